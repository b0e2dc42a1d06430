import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import {
  boundariesBetween,
  boundaryAtOrBefore,
  type Calendar,
  exportFrequencies,
  isBoundary,
  nextBoundaries,
  nextBoundary,
  slotDay,
} from '../../src/domain/calendar.js'
import { namesOf } from '../../src/domain/described.js'
import { isoDay } from '../../src/domain/delivery-path.js'
import { scheduleMinutes } from '../../src/domain/schedule-time.js'

const at = (text: string): Date => new Date(text)
const texts = (times: readonly Date[]): string[] => times.map((time) => time.toISOString().replace(':00.000Z', 'Z'))

function daily(timeZone: string, time: string): Calendar {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return { frequency: 'DAILY', timeZone, hour, minute }
}

describe('the boundaries of a schedule in a time zone (promise 1)', () => {
  test.each([
    [
      'before a change to summer time, after which a day has 23 hours',
      '2026-03-28T12:00Z',
      ['2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ],
    [
      'before a change to winter time, after which a day has 25 hours',
      '2026-10-24T12:00Z',
      ['2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ],
  ])('midnight in Berlin is right %s', (_when, from, expected) => {
    expect(texts(nextBoundaries(daily('Europe/Berlin', '00:00'), at(from), 2))).toEqual(expected)
  })

  test('weeks begin on Monday and months on the 1st, in local time', () => {
    const noon = at('2026-11-25T12:00:00Z')
    const auckland = { timeZone: 'Pacific/Auckland', hour: 6, minute: 30 }
    expect(texts(nextBoundaries({ ...auckland, frequency: 'WEEKLY' }, noon, 2))).toEqual([
      '2026-11-29T17:30Z',
      '2026-12-06T17:30Z',
    ])
    expect(texts([boundaryAtOrBefore({ ...auckland, frequency: 'MONTHLY' }, noon)])).toEqual(['2026-10-31T17:30Z'])
  })

  test('a zone may be at a quarter of an hour', () => {
    expect(texts(nextBoundaries(daily('Asia/Kathmandu', '00:15'), at('2026-11-28T00:00Z'), 1))).toEqual([
      '2026-11-28T18:30Z',
    ])
  })

  test('an hour in UTC shifts the boundaries', () => {
    expect(texts([boundaryAtOrBefore(daily('UTC', '06:15'), at('2026-11-28T06:14:59.999Z'))])).toEqual([
      '2026-11-27T06:15Z',
    ])
  })

  test.each([
    ['Europe/Berlin', '02:30', '2026-03-28T12:00Z', ['2026-03-30T00:30Z']],
    ['America/Havana', '00:00', '2026-03-07T12:00Z', ['2026-03-09T04:00Z']],
  ])('a local time that the clock skips in %s has no boundary', (timeZone, time, from, expected) => {
    expect(texts(nextBoundaries(daily(timeZone, time), at(from), 1))).toEqual(expected)
  })

  test.each([
    [
      'both times of 01:30 in New York',
      'America/New_York',
      '01:30',
      '2026-11-01T04:00Z',
      ['2026-11-01T05:30Z', '2026-11-01T06:30Z'],
    ],
    [
      'only the second 02:30 in Berlin',
      'Europe/Berlin',
      '02:30',
      '2026-10-24T12:00Z',
      ['2026-10-25T01:30Z', '2026-10-26T01:30Z'],
    ],
    [
      '01:30 in Berlin and the hour after it',
      'Europe/Berlin',
      '01:30',
      '2026-10-24T12:00Z',
      ['2026-10-24T23:30Z', '2026-10-25T00:30Z'],
    ],
  ])('at a clock that is turned back, the boundaries are %s', (_which, timeZone, time, from, expected) => {
    expect(texts(nextBoundaries(daily(timeZone, time), at(from), 2))).toEqual(expected)
  })

  test("a Tuesday counts as a Monday, too, if the clock skips its midnight west of Greenwich, as in Temporal's schedules", () => {
    const weekly: Calendar = { frequency: 'WEEKLY', timeZone: 'America/Sao_Paulo', hour: 2, minute: 30 }
    expect(texts(nextBoundaries(weekly, at('2004-10-30T00:00Z'), 3))).toEqual([
      '2004-11-01T05:30Z',
      '2004-11-02T04:30Z',
      '2004-11-08T04:30Z',
    ])
  })

  test('a date that a zone skipped has no boundary', () => {
    const boundaries = nextBoundaries(daily('Pacific/Apia', '06:00'), at('2011-12-29T10:00Z'), 3)
    expect(texts(boundaries)).toEqual(['2011-12-29T16:00Z', '2011-12-30T16:00Z', '2011-12-31T16:00Z'])
  })
})

describe('the day of a time', () => {
  test('with the default schedule the day is the UTC date', () => {
    expect(isoDay(slotDay(daily('UTC', '00:00'), at('2026-11-28T23:59:59.999Z')))).toBe('2026-11-28')
  })

  test('before the hour of the schedule, the day is the one before (promise 6)', () => {
    const schedule = daily('Europe/Berlin', '06:00')
    expect(isoDay(slotDay(schedule, at('2026-11-28T04:59:59Z')))).toBe('2026-11-27')
    expect(isoDay(slotDay(schedule, at('2026-11-28T05:00:00Z')))).toBe('2026-11-28')
  })

  test('the day is a local date', () => {
    expect(isoDay(slotDay(daily('Pacific/Auckland', '00:00'), at('2026-11-28T11:00:00Z')))).toBe('2026-11-29')
    expect(isoDay(slotDay(daily('America/Los_Angeles', '00:00'), at('2026-11-28T07:59:00Z')))).toBe('2026-11-27')
  })

  test('both boundaries of an hour that the clock shows twice are on one day', () => {
    const schedule = daily('America/New_York', '01:30')
    const days = nextBoundaries(schedule, at('2026-11-01T04:00Z'), 2).map((time) => isoDay(slotDay(schedule, time)))
    expect(days).toEqual(['2026-11-01', '2026-11-01'])
  })
})

describe('any schedule in any time zone', () => {
  const anyCalendar: fc.Arbitrary<Calendar> = fc.record({
    frequency: fc.constantFrom(...namesOf(exportFrequencies)),
    timeZone: fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone')),
    hour: fc.oneof(fc.nat({ max: 23 }), fc.constantFrom(0, 1, 2, 3, 23)),
    minute: fc.constantFrom(...scheduleMinutes),
  })
  const anyTime = fc.date({ min: at('2000-01-01T00:00Z'), max: at('2040-01-01T00:00Z'), noInvalidDate: true })

  /** The next change of the clock in the zone, if there is one; otherwise the time itself. */
  function changeAfter(timeZone: string, time: Date): Date {
    const zoned = Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(timeZone)
    const change = zoned.getTimeZoneTransition('next')
    return change ? new Date(change.epochMilliseconds) : time
  }

  test('boundaries enclose each time near a change of the clock, and tile without gap or overlap (promise 1)', () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, fc.integer({ min: -180, max: 180 }), (calendar, time, minutes) => {
        const near = new Date(changeAfter(calendar.timeZone, time).getTime() + minutes * 15 * 60_000)
        const last = boundaryAtOrBefore(calendar, near)
        const next = nextBoundary(calendar, near)
        expect(last <= near && near < next).toBe(true)
        expect(isBoundary(calendar, last) && isBoundary(calendar, next)).toBe(true)
        expect(boundaryAtOrBefore(calendar, new Date(next.getTime() - 1))).toEqual(last)
        expect(nextBoundary(calendar, last)).toEqual(next)
        expect(boundariesBetween(calendar, new Date(last.getTime() - 1), next, 9)).toEqual([last, next])
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  test('days never go back, and a daily boundary begins a new day unless the clock is turned back', () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, (calendar, time) => {
        const boundaries = nextBoundaries({ ...calendar, frequency: 'DAILY' }, time, 10)
        const days = boundaries.map((boundary) => slotDay(calendar, boundary).getTime())
        expect(days).toEqual(days.toSorted((one, other) => one - other))
        for (const [index, boundary] of boundaries.slice(1).entries()) {
          const hours = (boundary.getTime() - boundaries[index]!.getTime()) / 3_600_000
          if (hours > 2) expect(days[index + 1]! - days[index]!).toBeGreaterThanOrEqual(86_400_000)
        }
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
