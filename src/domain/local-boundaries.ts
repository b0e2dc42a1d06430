/**
 * The times at which a clock in a time zone shows the time of a schedule. They equal the times at which Temporal's schedules
 * match: docs/explanation/schedule-times.md says what this means for local times that a clock skips or shows twice.
 */
import type { ScheduleTime } from './schedule-time.js'
import { offsetAt } from './zone-offset.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/** The number of the local date, counted from 1970-01-01. */
export function localDay(timeZone: string, time: number): number {
  return Math.floor((time + offset(timeZone, time)) / dayMs)
}

/**
 * The boundaries of a local date, in order: one, except at a change of the clock. A local time that the clock skips has none.
 * Near an hour that the clock shows twice, there may be a second one, an hour after the first.
 */
export function boundariesOn(schedule: ScheduleTime, day: number): readonly number[] {
  const { timeZone, hour, minute } = schedule
  if (timeZone === 'UTC') return [day * dayMs + hour * hourMs + minute * minuteMs]
  const key = `${timeZone} ${hour}:${minute} ${day}`
  const known = found.get(key)
  if (known) return known
  const times = computed(schedule, day)
  if (found.size >= mostFound) found.clear()
  found.set(key, times)
  return times
}

/** Many tenants share a schedule, and a list of tenants asks for the same days again. */
const found = new Map<string, readonly number[]>()
const mostFound = 20_000

function computed({ timeZone, hour, minute }: ScheduleTime, day: number): number[] {
  const local = day * dayMs + hour * hourMs
  const first = timeOf(timeZone, local + minute * minuteMs)
  if (!hasChange(timeZone, first)) return [first]
  if (hourOf(timeZone, first) !== hour) return []
  // Temporal's rule: the next hour of the clock begins more than an hour later, and this is not the second showing already.
  const isRepeated =
    timeOf(timeZone, local + hourMs) - timeOf(timeZone, local) > hourMs && hourOf(timeZone, first - hourMs) !== hour
  return isRepeated ? [first, first + hourMs] : [first]
}

/**
 * Whether Temporal takes a local date for a Monday. It looks at the time of its midnight, which is on the day before if a clock
 * west of Greenwich skips it.
 */
export function isMonday(timeZone: string, day: number): boolean {
  // 1970-01-05 was a Monday.
  return (localDay(timeZone, timeOf(timeZone, day * dayMs)) - 4) % 7 === 0
}

/** Whether the clock is changed within four hours of a time. No change of one shifts it by more, except over a whole day. */
function hasChange(timeZone: string, time: number): boolean {
  const now = offset(timeZone, time)
  return [time - 4 * hourMs, time + 4 * hourMs].some((other) => offset(timeZone, other) !== now)
}

/** The time at which the clock shows a local time, as Go's `time.Date` computes it. */
function timeOf(timeZone: string, local: number): number {
  return local - offset(timeZone, local - offset(timeZone, local))
}

function hourOf(timeZone: string, time: number): number {
  const local = time + offset(timeZone, time)
  return Math.floor((local - Math.floor(local / dayMs) * dayMs) / hourMs)
}

function offset(timeZone: string, time: number): number {
  return timeZone === 'UTC' ? 0 : offsetAt(timeZone, time)
}
