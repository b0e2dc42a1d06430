import { exportFrequencies } from '../../domain/calendar.js'
import { catchUps } from '../../services/registrations/pause.js'
import { exportOptions } from '../../domain/registration.js'
import { scheduleStates } from '../../services/registrations/registration-view.js'
import { enumOf } from '../enum.js'

export const ExportOptionEnum = enumOf('ExportOption', 'Which entities are exported.', exportOptions)

export const ExportFrequencyEnum = enumOf('ExportFrequency', 'How often files are delivered.', exportFrequencies)

export const ScheduleStateEnum = enumOf('ScheduleState', "The state of a tenant's schedule.", scheduleStates)

export const CatchUpEnum = enumOf('CatchUp', 'How an export that was paused makes up for the pause.', catchUps)
