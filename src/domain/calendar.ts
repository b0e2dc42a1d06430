/**
 * When exports are due. A boundary is a time at which a period ends: the same hour and minute of each day, of each Monday or of
 * each 1st, in the time zone of the schedule. By default it is midnight UTC.
 */
import { boundariesOn, dayMs, isMonday, localDay } from './local-boundaries.js'
import { defaultScheduleTime, type ScheduleTime } from './schedule-time.js'

export const exportFrequencies = {
  DAILY: 'Every day at the time of the schedule.',
  WEEKLY: 'Every Monday at the time of the schedule.',
  MONTHLY: 'On the 1st of every month at the time of the schedule.',
} as const
export type ExportFrequency = keyof typeof exportFrequencies

export const defaultFrequency: ExportFrequency = 'DAILY'

/** What decides when exports are due. */
export interface Calendar extends ScheduleTime {
  readonly frequency: ExportFrequency
}

/** The calendar of a registration. Without one, runs are daily at the default time. */
export function calendarOf(
  registration: { readonly frequency: ExportFrequency; readonly schedule: ScheduleTime } | undefined,
): Calendar {
  const { frequency, schedule } = registration ?? { frequency: defaultFrequency, schedule: defaultScheduleTime }
  return { frequency, ...schedule }
}

export function isSameCalendar(one: Calendar, other: Calendar): boolean {
  return (
    one.frequency === other.frequency &&
    one.timeZone === other.timeZone &&
    one.hour === other.hour &&
    one.minute === other.minute
  )
}

/** The midnight that the UTC day of `at` begins with. */
export function startOfDay(at: Date): Date {
  return new Date(Math.floor(at.getTime() / dayMs) * dayMs)
}

/** The latest boundary that is not after `at`. */
export function boundaryAtOrBefore(calendar: Calendar, at: Date): Date {
  const time = at.getTime()
  // A clock that skips a day shows the same date for a boundary of the next one.
  for (let day = localDay(calendar.timeZone, time) + 1; ; day -= 1) {
    const last = boundariesIn(calendar, day).findLast((boundary) => boundary <= time)
    if (last !== undefined) return new Date(last)
  }
}

/** The earliest boundary that is after `at`. */
export function nextBoundary(calendar: Calendar, at: Date): Date {
  const time = at.getTime()
  for (let day = localDay(calendar.timeZone, time) - 1; ; day += 1) {
    const next = boundariesIn(calendar, day).find((boundary) => boundary > time)
    if (next !== undefined) return new Date(next)
  }
}

/** The next `count` boundaries after `at`, in order. */
export function nextBoundaries(calendar: Calendar, at: Date, count: number): Date[] {
  const boundaries: Date[] = []
  for (let from = at; boundaries.length < count;) {
    from = nextBoundary(calendar, from)
    boundaries.push(from)
  }
  return boundaries
}

/** The boundaries after `after` up to `upTo`, in order, at most so many. */
export function boundariesBetween(calendar: Calendar, after: Date, upTo: Date, atMost: number): Date[] {
  const boundaries: Date[] = []
  for (let at = nextBoundary(calendar, after); at <= upTo && boundaries.length < atMost;) {
    boundaries.push(at)
    at = nextBoundary(calendar, at)
  }
  return boundaries
}

export function isBoundary(calendar: Calendar, at: Date): boolean {
  return boundaryAtOrBefore(calendar, at).getTime() === at.getTime()
}

/**
 * The day of a time: the local date of the latest daily boundary that is not after it, whatever the frequency, as midnight UTC.
 * With the default schedule it is the UTC date.
 */
export function slotDay(schedule: ScheduleTime, at: Date): Date {
  const { timeZone, hour, minute } = schedule
  const slot = boundaryAtOrBefore({ timeZone, hour, minute, frequency: 'DAILY' }, at)
  return new Date(localDay(timeZone, slot.getTime()) * dayMs)
}

const isDue: Readonly<Record<ExportFrequency, (day: number, timeZone: string) => boolean>> = {
  DAILY: () => true,
  WEEKLY: (day, timeZone) => isMonday(timeZone, day),
  MONTHLY: (day) => new Date(day * dayMs).getUTCDate() === 1,
}

function boundariesIn(calendar: Calendar, day: number): readonly number[] {
  return isDue[calendar.frequency](day, calendar.timeZone) ? boundariesOn(calendar, day) : []
}
