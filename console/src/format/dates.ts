/** Times as the reader's locale writes them, always with the time zone that they are in. */

/** Boundaries and paths are in UTC; so the console shows every time in UTC, and the reader's own time beside it on demand. */
const utc = 'UTC'

const day = new Intl.DateTimeFormat(undefined, { timeZone: utc, year: 'numeric', month: 'short', day: 'numeric' })
const shortDay = new Intl.DateTimeFormat(undefined, { timeZone: utc, month: 'short', day: 'numeric' })
const weekday = new Intl.DateTimeFormat(undefined, { timeZone: utc, weekday: 'long' })
const minute = new Intl.DateTimeFormat(undefined, {
  timeZone: utc,
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
})
const clock = new Intl.DateTimeFormat(undefined, {
  timeZone: utc,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})
const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

/** A day: `Nov 28, 2026`. It takes a time or a date such as `2026-11-28`. */
export function formatDay(value: string): string {
  return day.format(new Date(value))
}

/** For axes: `Nov 28`. */
export function formatShortDay(value: string): string {
  return shortDay.format(new Date(value))
}

export function formatWeekday(value: string): string {
  return weekday.format(new Date(value))
}

/** A time to the minute: `Nov 28, 2026, 12:00 AM UTC`. */
export function formatTime(value: string): string {
  return minute.format(new Date(value))
}

/** The time of day to the second, where the day is shown already: `12:00:00 AM UTC`. */
export function formatClock(value: string): string {
  return clock.format(new Date(value))
}

/** The same moment in the reader's own time zone, with its name. */
export function formatLocalTime(value: string): string {
  return local.format(new Date(value))
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** `3 hours ago`, `in 5 minutes`. */
export function formatRelative(value: string, now: number): string {
  const seconds = (new Date(value).getTime() - now) / 1000
  const [unit, size] = steps.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}

/** How long it is since a time, in its largest unit: `3 hours`. */
export function formatElapsed(value: string, now: number): string {
  const seconds = Math.max(1, (now - new Date(value).getTime()) / 1000)
  const [unit, size] = steps.find(([, each]) => seconds >= each) ?? ['second', 1]
  const inUnit = new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'long' })
  return inUnit.format(Math.trunc(seconds / size))
}

/** A duration: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 60) return `${seconds.toLocaleString(undefined, { maximumFractionDigits: 1 })} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
