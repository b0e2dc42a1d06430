import type { ExportFrequency } from '../../../src/domain/calendar.js'

/** Days counted by hand, as on a wall calendar: an oracle that shares nothing with JavaScript's Date or the product. */

interface CivilDay {
  /** `2028-02-29` */
  readonly name: string
  readonly monday: boolean
  readonly first: boolean
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : monthLengths[month - 1]!
}

/** The days from the beginning of 2024, which was a Monday, to the end of `lastYear`. */
export function civilDays(lastYear: number): CivilDay[] {
  const days: CivilDay[] = []
  for (let year = 2024; year <= lastYear; year++) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= daysInMonth(year, month); day++) {
        const name = [year, String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-')
        days.push({ name, monday: days.length % 7 === 0, first: day === 1 })
      }
    }
  }
  return days
}

export function isDue(frequency: ExportFrequency, day: CivilDay): boolean {
  return { DAILY: true, WEEKLY: day.monday, MONTHLY: day.first }[frequency]
}

/** The boundaries from the beginning of 2024 to the end of `lastYear`, as ISO 8601 with milliseconds. */
export function civilBoundaries(frequency: ExportFrequency, lastYear: number): string[] {
  return civilDays(lastYear)
    .filter((day) => isDue(frequency, day))
    .map(({ name }) => `${name}T00:00:00.000Z`)
}
