/** A period of whole days in UTC, as the address of a page has it: `2026-11-28`. Both days belong to it. */
export interface Period {
  readonly from?: string
  readonly to?: string
}

/** The half-open interval that the API takes. Null is no limit. */
export interface Interval {
  readonly from: string | null
  readonly to: string | null
}

/** Reads the period of an address. Days that do not exist are left out. */
export function readPeriod({ from, to }: Record<string, unknown>): Period {
  return { ...(isDay(from) && { from }), ...(isDay(to) && { to }) }
}

/** The last day of a period ends at the midnight after it. */
export function intervalOf({ from, to }: Period): Interval {
  return { from: from === undefined ? null : midnight(from, 0), to: to === undefined ? null : midnight(to, 1) }
}

function midnight(day: string, daysLater: number): string {
  const time = new Date(`${day}T00:00:00Z`)
  time.setUTCDate(time.getUTCDate() + daysLater)
  return time.toISOString()
}

/** Whether a value is a day of the calendar, such as `2026-11-28`. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[12]\d{3}-\d\d-\d\d$/.test(value)) return false
  const time = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value)
}
