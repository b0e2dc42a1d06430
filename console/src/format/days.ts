/** Calendar days in UTC, as the API and the paths have them: `2026-11-28`. */

const dayMs = 86_400_000

export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

export function addDays(day: string, count: number): string {
  return dayOf(new Date(day).getTime() + count * dayMs)
}

/** The days from the first to the last, both included. */
export function daysBetween(first: string, last: string): readonly string[] {
  const count = Math.round((new Date(last).getTime() - new Date(first).getTime()) / dayMs) + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => addDays(first, index))
}

/** Monday is 0. */
function weekdayOf(day: string): number {
  return (new Date(day).getUTCDay() + 6) % 7
}

/** The weeks that end with the week of the last day, each from Monday; days after the last one are left out. */
export function weeksUntil(last: string, count: number): readonly (readonly string[])[] {
  const monday = addDays(last, -weekdayOf(last) - 7 * (count - 1))
  return Array.from({ length: count }, (_, week) =>
    daysBetween(addDays(monday, 7 * week), addDays(monday, 7 * week + 6)).filter((day) => day <= last),
  )
}
