import { type Calendar, isBoundary, nextBoundary, slotDay } from './calendar.js'
import type { Watermark } from './window.js'

const quarterMs = 15 * 60 * 1000

/** How far Temporal's time zone data may differ from Node's, in milliseconds. */
const toleranceMs = 8 * quarterMs

/**
 * Whether Temporal has scheduled a run at that time. Temporal and Node may have different releases of the time zone database, so
 * a time near a boundary counts if it differs by quarters of an hour. In UTC there is no such difference.
 */
export function isScheduledTime(calendar: Calendar, at: Date): boolean {
  return boundaryMeantBy(calendar, at) !== undefined
}

/**
 * The day of a run, which is the date in its paths: that of the slot, but never before the day of a file that it follows. So a
 * window never changes the files of an earlier day after the schedule has changed. `isScheduled`: whether Temporal chose `to`.
 */
export function runDay(
  calendar: Calendar,
  to: Date,
  watermarks: Iterable<Pick<Watermark, 'to' | 'day'>>,
  { isScheduled = false }: { readonly isScheduled?: boolean } = {},
): Date {
  const earlier = [...watermarks].filter((watermark) => watermark.to <= to)
  const slot = (isScheduled && boundaryMeantBy({ ...calendar, frequency: 'DAILY' }, to)) || to
  const days = [slotDay(calendar, slot), ...earlier.map(({ day }) => day)]
  return new Date(Math.max(...days.map((day) => day.getTime())))
}

/** The boundary that Temporal means by a time. */
function boundaryMeantBy(calendar: Calendar, at: Date): Date | undefined {
  if (isBoundary(calendar, at)) return at
  if (calendar.timeZone === 'UTC') return undefined
  const near = nextBoundary(calendar, new Date(at.getTime() - toleranceMs - 1))
  const differenceMs = Math.abs(near.getTime() - at.getTime())
  return differenceMs <= toleranceMs && differenceMs % quarterMs === 0 ? near : undefined
}
