import { isDeepStrictEqual } from 'node:util'
import type { CalendarSpec, ScheduleDescription } from '@temporalio/client'

/** A schedule as Tidemark writes it, in the types of Temporal's client. */
export interface WrittenSchedule {
  readonly spec: { readonly calendars: readonly [CalendarSpec]; readonly timezone: string; readonly jitter: number }
  readonly action: {
    readonly workflowType: string
    readonly workflowId: string
    readonly taskQueue: string
    readonly args: readonly unknown[]
    readonly staticSummary: string
    readonly memo: Readonly<Record<string, unknown>>
    readonly priority: { readonly fairnessKey: string }
  }
  readonly policies: ScheduleDescription['policies']
}

/**
 * Whether a schedule is as Tidemark writes it: when it is due, and what it starts and how. It ignores the pause and the note,
 * which an operator may change.
 */
export function isAsWritten(found: ScheduleDescription, { spec, action, policies }: WrittenSchedule): boolean {
  const parts = [
    [timesOf(found), { calendars: spec.calendars.map(inFull), timezone: spec.timezone, jitter: spec.jitter }],
    [actionOf(found.action), actionOf(action)],
    [{ ...found.policies }, policies],
  ]
  return parts.every(([actual, expected]) => isDeepStrictEqual(actual, expected)) && !isLimited(found)
}

function timesOf({ spec }: ScheduleDescription): object {
  const calendars = spec.calendars?.map((calendar) => ({ ...calendar, comment: undefined }))
  return { calendars, timezone: spec.timezone, jitter: spec.jitter ?? 0 }
}

/** The memo has tenant and version, too, so that search attributes need not be compared. */
function actionOf(action: ScheduleDescription['action'] | WrittenSchedule['action']): object {
  const { workflowType, workflowId, taskQueue, args, staticSummary, memo, priority } = action
  return { workflowType, workflowId, taskQueue, args, staticSummary, memo, fairnessKey: priority?.fairnessKey }
}

/** Whether the schedule has settings that Tidemark never sets. */
function isLimited({ spec, action, state }: ScheduleDescription): boolean {
  const never = [spec.startAt, spec.endAt, state.remainingActions, action.retry, action.staticDetails]
  const timeouts = [action.workflowExecutionTimeout, action.workflowRunTimeout, action.workflowTaskTimeout]
  const lists = [...(spec.intervals ?? []), ...(spec.skip ?? [])]
  return lists.length > 0 || [...never, ...timeouts].some((value) => value !== undefined)
}

/** A calendar as Temporal returns it: each field is a list of ranges, with the server's defaults. */
function inFull(calendar: CalendarSpec): object {
  return {
    comment: undefined,
    second: only(calendar.second ?? 0),
    minute: only(calendar.minute ?? 0),
    hour: only(calendar.hour ?? 0),
    dayOfMonth: calendar.dayOfMonth === undefined ? [{ start: 1, end: 31, step: 1 }] : only(calendar.dayOfMonth),
    month: [{ start: 'JANUARY', end: 'DECEMBER', step: 1 }],
    year: [],
    dayOfWeek:
      calendar.dayOfWeek === undefined ? [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }] : only(calendar.dayOfWeek),
  }
}

function only(value: unknown): object[] {
  return [{ start: value, end: value, step: 1 }]
}
