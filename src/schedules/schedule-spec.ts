import type { CalendarSpec } from '@temporalio/client'
import { exportRunWorkflow, type ExportRunInput, runPriority, scheduleId } from '../contracts.js'
import type { ExportFrequency } from '../domain/calendar.js'
import type { Registration } from '../domain/registration.js'
import { clockTime, defaultScheduleTime, isSameTime } from '../domain/schedule-time.js'

/** What a tenant's schedule is to be, as a pure function of its registration. */
export interface ScheduleSpec {
  readonly scheduleId: string
  readonly tenantId: string
  readonly calendar: CalendarSpec
  readonly timeZone: string
  readonly jitterSeconds: number
  readonly paused: boolean
  /** What an operator reads beside the schedule. */
  readonly note: string
  readonly workflowType: string
  readonly input: ExportRunInput
  /** The priority of each run, and so of its activities. */
  readonly priority: { readonly fairnessKey: string }
  /** Shown beside each run. */
  readonly summary: string
  readonly registrationVersion: number
  readonly frequency: ExportFrequency
}

/** The beginning of a schedule's note if the export was disabled or paused through Tidemark, and not in Temporal itself. */
export const pausedByTenant = 'Paused: the tenant '

const days: Record<ExportFrequency, CalendarSpec> = {
  DAILY: {},
  WEEKLY: { dayOfWeek: 'MONDAY' },
  MONTHLY: { dayOfMonth: 1 },
}

export function scheduleSpec(
  registration: Registration,
  activeEntityNames: readonly string[],
  options: { readonly jitterSeconds: number; readonly isPaused?: boolean },
): ScheduleSpec {
  const { tenantId, frequency, schedule, version } = registration
  const { timeZone, hour, minute } = schedule
  const disabled = registration.exportOption === 'DISABLE_EXPORT'
  const noteOf = (): string => {
    if (disabled) return `${pausedByTenant}disabled its export (registration ${version})`
    if (options.isPaused) return `${pausedByTenant}or an operator paused the export (registration ${version})`
    return `Active: ${what}`
  }
  const due = isSameTime(schedule, defaultScheduleTime) ? '' : ` at ${clockTime(schedule)} ${timeZone}`
  const what = `${frequency.toLowerCase()} export${due} of ${activeEntityNames.length} entities (registration ${version})`
  return {
    scheduleId: scheduleId(tenantId),
    tenantId,
    calendar: { ...days[frequency], hour, minute, second: 0 },
    timeZone,
    jitterSeconds: options.jitterSeconds,
    paused: disabled || options.isPaused === true,
    note: noteOf(),
    workflowType: exportRunWorkflow,
    input: { tenantId },
    priority: runPriority(tenantId),
    summary: `${tenantId}: ${what}`,
    registrationVersion: version,
    frequency,
  }
}
