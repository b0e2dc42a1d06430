import { meaningsOf } from '../../domain/described.js'
import { exportErrors } from '../../domain/errors.js'
import { runEntityStatuses, runStatuses, runTriggers } from '../../domain/run.js'
import { fullLoadReasons, loadModes } from '../../domain/window.js'
import { fullLoadTimes } from '../../services/runs/full-load.js'
import { enumOf } from '../enum.js'

export const ExportRunStatus = enumOf('ExportRunStatus', 'The status of a run.', runStatuses)

export const ExportRunTrigger = enumOf('ExportRunTrigger', 'What started a run.', runTriggers)

export const ExportRunEntityStatus = enumOf(
  'ExportRunEntityStatus',
  'The status of one entity in a run.',
  runEntityStatuses,
)

export const ExportMode = enumOf('ExportMode', 'Which rows a file contains.', loadModes)

export const FullLoadReasonEnum = enumOf('FullLoadReason', 'Why a file is a full load.', fullLoadReasons)

export const FullLoadTimeEnum = enumOf('FullLoadTime', 'When a full load is exported.', fullLoadTimes)

export const ExportErrorCodeEnum = enumOf('ExportErrorCode', 'Why an export failed.', meaningsOf(exportErrors))
