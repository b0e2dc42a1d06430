import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundariesBetween,
  boundaryAtOrBefore,
  exportFrequencies,
  type ExportFrequency,
  isBoundary,
  nextBoundaries,
  nextBoundary,
  startOfDay,
} from '../../src/domain/calendar.js'
import { namesOf } from '../../src/domain/described.js'
import { atMidnight } from '../support/world/builders.js'

const iso = (date: Date): string => date.toISOString()
const begin = new Date('2024-01-01T00:00:00Z')
const end = new Date('2033-01-01T00:00:00Z')

const anyTime = fc.date({ min: begin, max: end, noInvalidDate: true })
const anyFrequency = fc.constantFrom(...namesOf(exportFrequencies))

describe('boundaries are at midnight, on Monday and on the 1st, in UTC (promise 1)', () => {
  test.each<[ExportFrequency, string, string, string, string]>([
    ['DAILY', 'within a day', '2026-11-23T09:30:00.123Z', '2026-11-23', '2026-11-24'],
    ['DAILY', 'at midnight: that one and the next', '2026-11-23T00:00:00.000Z', '2026-11-23', '2026-11-24'],
    ['DAILY', 'a millisecond before midnight', '2026-11-23T23:59:59.999Z', '2026-11-23', '2026-11-24'],
    ['DAILY', 'over a leap day', '2028-02-28T12:00:00Z', '2028-02-28', '2028-02-29'],
    ['DAILY', 'over February 28 of a common year', '2027-02-28T12:00:00Z', '2027-02-28', '2027-03-01'],
    ['DAILY', 'over the end of a year', '2026-12-31T23:00:00Z', '2026-12-31', '2027-01-01'],
    ['DAILY', "over an hour that Europe's clocks skip", '2026-03-29T01:30:00Z', '2026-03-29', '2026-03-30'],
    ['WEEKLY', 'on a Monday at midnight', '2026-11-23T00:00:00Z', '2026-11-23', '2026-11-30'],
    ['WEEKLY', 'on a Monday in the evening', '2026-11-23T20:00:00Z', '2026-11-23', '2026-11-30'],
    ['WEEKLY', 'on a Wednesday', '2026-11-25T09:00:00Z', '2026-11-23', '2026-11-30'],
    ['WEEKLY', 'on a Sunday just before midnight', '2026-11-29T23:59:59.999Z', '2026-11-23', '2026-11-30'],
    ['WEEKLY', 'over the end of a year', '2026-12-31T12:00:00Z', '2026-12-28', '2027-01-04'],
    ['WEEKLY', 'over a leap day', '2028-02-29T12:00:00Z', '2028-02-28', '2028-03-06'],
    ['MONTHLY', 'on the 1st at midnight', '2026-11-01T00:00:00Z', '2026-11-01', '2026-12-01'],
    ['MONTHLY', 'on the last day', '2026-11-30T23:59:59.999Z', '2026-11-01', '2026-12-01'],
    ['MONTHLY', 'on the 31st, before a month that has none', '2027-01-31T12:00:00Z', '2027-01-01', '2027-02-01'],
    ['MONTHLY', 'in February of a leap year', '2028-02-29T12:00:00Z', '2028-02-01', '2028-03-01'],
    ['MONTHLY', 'over the end of a year', '2026-12-31T12:00:00Z', '2026-12-01', '2027-01-01'],
  ])('the boundaries are right for %s %s', (frequency, _when, at, before, after) => {
    expect(iso(boundaryAtOrBefore(atMidnight(frequency), new Date(at)))).toBe(`${before}T00:00:00.000Z`)
    expect(iso(nextBoundary(atMidnight(frequency), new Date(at)))).toBe(`${after}T00:00:00.000Z`)
  })

  test('nextBoundaries lists the next boundaries in order', () => {
    expect(nextBoundaries(atMidnight('MONTHLY'), new Date('2027-11-15T00:00:00Z'), 4).map(iso)).toEqual([
      '2027-12-01T00:00:00.000Z',
      '2028-01-01T00:00:00.000Z',
      '2028-02-01T00:00:00.000Z',
      '2028-03-01T00:00:00.000Z',
    ])
    expect(nextBoundaries(atMidnight('DAILY'), begin, 0)).toEqual([])
  })

  test('boundaries enclose every time: the one at or before it, and the next one after it', () => {
    fc.assert(
      fc.property(anyFrequency, anyTime, (frequency, at) => {
        const last = boundaryAtOrBefore(atMidnight(frequency), at)
        const next = nextBoundary(atMidnight(frequency), at)
        expect(last.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(next.getTime()).toBeGreaterThan(at.getTime())
        expect(isBoundary(atMidnight(frequency), last) && isBoundary(atMidnight(frequency), next)).toBe(true)
        expect(iso(boundaryAtOrBefore(atMidnight(frequency), new Date(next.getTime() - 1)))).toBe(iso(last))
        expect(isBoundary(atMidnight(frequency), at)).toBe(last.getTime() === at.getTime())
      }),
      { numRuns: 1000 },
    )
  })

  test.each(namesOf(exportFrequencies))('%s boundaries tile 2024 to 2032 without gap or overlap', (frequency) => {
    const isExpected: Record<ExportFrequency, (day: Date) => boolean> = {
      DAILY: () => true,
      WEEKLY: (day) => day.getUTCDay() === 1,
      MONTHLY: (day) => day.getUTCDate() === 1,
    }
    const expected: string[] = []
    for (let time = begin.getTime(); time < end.getTime(); time += 86_400_000) {
      if (isExpected[frequency](new Date(time))) expected.push(iso(new Date(time)))
    }
    const found = nextBoundaries(atMidnight(frequency), new Date(begin.getTime() - 1), expected.length)
    expect(found.map(iso)).toEqual(expected)
  })
})

describe('the start of a day', () => {
  test('the start of a day is the midnight of its UTC day', () => {
    expect(iso(startOfDay(new Date('2026-11-23T23:59:59.999Z')))).toBe('2026-11-23T00:00:00.000Z')
    expect(iso(startOfDay(new Date('2026-11-24T00:00:00+02:00')))).toBe('2026-11-23T00:00:00.000Z')
  })
})

describe('the boundaries of a pause', () => {
  test('the boundaries between two times exclude the first time, include the second, and end at the limit', () => {
    const between = (from: string, to: string, atMost = 10) =>
      boundariesBetween(atMidnight('DAILY'), new Date(from), new Date(to), atMost).map((at) => iso(at).slice(0, 10))
    expect(between('2026-11-23T00:00:00Z', '2026-11-25T00:00:00Z')).toEqual(['2026-11-24', '2026-11-25'])
    expect(between('2026-11-22T23:59:59.999Z', '2026-11-23T00:00:00Z')).toEqual(['2026-11-23'])
    expect(between('2026-11-23T09:00:00Z', '2026-11-23T23:00:00Z')).toEqual([])
    expect(between('2026-11-01T09:00:00Z', '2026-11-23T23:00:00Z', 2)).toEqual(['2026-11-02', '2026-11-03'])
  })
})
