import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import type { ExportOption as Option } from '../../domain/registration.js'
import type { ScheduleState as State } from '../../services/registrations/registration-view.js'
import { enumOf } from '../enum.js'

export const ExportOption = enumOf<Option>('ExportOption', 'Which entities a tenant wants exported.', {
  EXPORT_ALL: 'Every entity, also those that are added later. An entityList is ignored.',
  EXPORT_SELECTED: 'The entities of the entityList, no others.',
  DISABLE_EXPORT: 'None. The entities stay visible as inactive; files already delivered stay where they are.',
})

export const ExportFrequency = enumOf<Frequency>('ExportFrequency', 'How often files are delivered.', {
  DAILY: 'Every day, at midnight UTC.',
  WEEKLY: 'Every Monday, at midnight UTC.',
  MONTHLY: 'On the 1st of every month, at midnight UTC.',
})

export const ScheduleState = enumOf<State>('ScheduleState', "The state of a tenant's schedule.", {
  ACTIVE: 'Runs will start at the next run times.',
  PAUSED: 'No runs will start by themselves, since the export is disabled or paused.',
  PENDING: 'The registration is saved, but the scheduler does not have it yet; it will get it by itself.',
})
