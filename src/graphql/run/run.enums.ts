import type { RunEntityStatus, RunStatus, RunTrigger } from '../../domain/run.js'
import type { FullLoadReason, LoadMode } from '../../domain/window.js'
import { type ExportErrorCode, exportErrors } from '../../domain/errors.js'
import type { FullLoadTime as Time } from '../../services/runs.js'
import { enumOf } from '../enum.js'

export const ExportRunStatus = enumOf<RunStatus>('ExportRunStatus', 'How far a run is, or how it ended.', {
  QUEUED: 'Asked for, not yet begun.',
  RUNNING: 'At work.',
  SUCCEEDED: 'Every entity is published.',
  PARTIALLY_FAILED: 'Some entities are published, others are not; the next run covers those.',
  FAILED: 'Nothing is published; the next run covers it.',
  CANCELLED: 'Stopped by somebody; the next run covers what is missing.',
})

export const ExportRunTrigger = enumOf<RunTrigger>('ExportRunTrigger', 'Why a run was started.', {
  SCHEDULED: 'By the schedule.',
  MANUAL: 'By runDataExport.',
  REDELIVERY: 'By redeliver: past windows are written again, and nothing else.',
})

export const ExportRunEntityStatus = enumOf<RunEntityStatus>(
  'ExportRunEntityStatus',
  'How far a run is with one entity.',
  {
    PENDING: 'Not yet begun.',
    RUNNING: 'At work, or waiting to try again.',
    PUBLISHED: 'Its file lies complete under its final name.',
    SKIPPED: 'Nothing to do: it is published up to the end of the window already.',
    FAILED: 'Given up; the next run covers its window.',
    CANCELLED: 'Stopped with the run.',
  },
)

export const ExportMode = enumOf<LoadMode>('ExportMode', 'What a file holds.', {
  FULL: 'Everything up to the end of the window.',
  DELTA: 'What was inserted, changed or deleted in the window.',
})

export const FullLoadReasonEnum = enumOf<FullLoadReason>('FullLoadReason', 'Why a file is a full load.', {
  FIRST: 'It is the first file of the entity.',
  COLUMNS_CHANGED: 'The columns are others than in the file before.',
  SOURCE_RESET: 'The source database was restored or replaced.',
  REQUESTED: 'Somebody asked for it.',
})

export const FullLoadTime = enumOf<Time>('FullLoadTime', 'When a full load is made.', {
  WITH_NEXT_RUN: 'With the next run, scheduled or not.',
  NOW: 'In a run of these entities that starts now.',
})

const errorDescriptions = Object.fromEntries(
  Object.entries(exportErrors).map(([code, { meaning }]) => [code, meaning]),
) as Record<ExportErrorCode, string>

export const ExportErrorCodeEnum = enumOf<ExportErrorCode>(
  'ExportErrorCode',
  'Why an export failed.',
  errorDescriptions,
)
