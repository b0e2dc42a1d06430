import { expect, test } from 'vitest'
import { addDays, daysBetween, weeksUntil } from '../../../console/src/format/days'
import { daySign, dayWords } from '../../../console/src/pages/overview/day-words'
import { readOverviewSearch } from '../../../console/src/pages/overview/overview-search'

const none = { fullLoads: 0, redeliveredFiles: 0, removedFiles: 0, failedEntities: 0 }
const facts = { date: '2026-11-27', status: 'DELIVERED', files: 26, rows: 60_019, bytes: 4_200_000, ...none } as const

test('a day names its files, rows and bytes, and what is special about it', () => {
  expect(dayWords('2026-11-27', facts)).toMatch(/: 26 files, 60.019 rows, 4.2 MB\.$/)
  expect(dayWords('2026-11-27', { ...facts, fullLoads: 1, redeliveredFiles: 2, removedFiles: 3 })).toMatch(
    /4.2 MB, 1 full load, 2 redelivered, 3 removed from the server\.$/,
  )
  expect(dayWords('2026-11-27', { ...facts, status: 'PARTLY_DELIVERED', failedEntities: 2 })).toMatch(
    /: partly delivered, 26 files.*2 entities failed\.$/,
  )
  expect(dayWords('2026-11-27', undefined)).toMatch(/: no files\.$/)
})

test('a sign and not only a color says that a day needs a look', () => {
  expect(daySign({ status: 'DELIVERED', redeliveredFiles: 0 })).toBe('')
  expect(daySign({ status: 'DELIVERED', redeliveredFiles: 1 })).toBe('↻')
  expect(daySign({ status: 'PARTLY_DELIVERED', redeliveredFiles: 1 })).toBe('!')
  expect(daySign({ status: 'FAILED', redeliveredFiles: 0 })).toBe('✕')
})

test('the weeks of the calendar begin on Monday and end with the last day', () => {
  const weeks = weeksUntil('2026-11-28', 2)
  expect(weeks.map((week) => [week[0], week.at(-1)])).toEqual([
    ['2026-11-16', '2026-11-22'],
    ['2026-11-23', '2026-11-28'],
  ])
  expect(weeksUntil('2026-11-23', 1)).toEqual([['2026-11-23']])
})

test('days cross months, leap days and years', () => {
  expect(daysBetween('2028-02-28', '2028-03-01')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01'])
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  expect(daysBetween('2026-01-02', '2026-01-01')).toEqual([])
})

test('an address selects only ranges that the plots have', () => {
  expect(readOverviewSearch({ entity: 'user', days: '365' })).toEqual({ entity: 'user', days: 365 })
  expect(readOverviewSearch({ entity: '', days: 30 })).toEqual({})
  expect(readOverviewSearch({ entity: 7, days: 'many' })).toEqual({})
})
