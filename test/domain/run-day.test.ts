import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Calendar } from '../../src/domain/calendar.js'
import { isoDay } from '../../src/domain/delivery-path.js'
import { isScheduledTime, runDay } from '../../src/domain/run-day.js'
import { scheduleMinutes } from '../../src/domain/schedule-time.js'
import { planLoad, type Watermark } from '../../src/domain/window.js'
import { anEntity, atMidnight, aWatermark, sourceIdentity } from '../support/world/builders.js'

const at = (text: string): Date => new Date(text)
const day = (date: string): Date => at(`${date}T00:00:00Z`)
const berlin: Calendar = { frequency: 'DAILY', timeZone: 'Europe/Berlin', hour: 6, minute: 0 }

describe('the day of a run', () => {
  test('without files, the day of a run is that of its slot', () => {
    expect(isoDay(runDay(berlin, at('2026-11-28T03:00:00Z'), []))).toBe('2026-11-27')
  })

  test('after a change of the zone, a run does not go back to an earlier day', () => {
    const watermarks = [{ to: at('2026-11-28T11:00:00Z'), day: day('2026-11-29') }]
    const losAngeles = { ...atMidnight('DAILY'), timeZone: 'America/Los_Angeles' }
    expect(isoDay(runDay(losAngeles, at('2026-11-29T08:00:00Z'), watermarks))).toBe('2026-11-29')
    expect(isoDay(runDay(losAngeles, at('2026-11-28T12:00:00Z'), watermarks))).toBe('2026-11-29')
  })

  test('a run for an earlier time does not take the day of a later file', () => {
    const watermarks = [{ to: at('2026-11-28T00:00:00Z'), day: day('2026-11-28') }]
    expect(isoDay(runDay(atMidnight('DAILY'), at('2026-11-25T00:00:00Z'), watermarks))).toBe('2026-11-25')
  })

  test("a run that Temporal's time zone data schedules an hour earlier has the day of its boundary", () => {
    const to = at('2026-11-28T04:00:00Z')
    expect(isScheduledTime(berlin, to)).toBe(true)
    expect(isoDay(runDay(berlin, to, [], { isScheduled: true }))).toBe('2026-11-28')
    expect(isoDay(runDay(berlin, to, []))).toBe('2026-11-27')
  })

  test('a time that no time zone data explain is not a scheduled one', () => {
    expect(isScheduledTime(berlin, at('2026-11-28T04:59:00Z'))).toBe(false)
    expect(isScheduledTime(berlin, at('2026-11-28T11:00:00Z'))).toBe(false)
    expect(isScheduledTime(atMidnight('DAILY'), at('2026-11-28T01:00:00Z'))).toBe(false)
  })
})

describe('any changes of the schedule', () => {
  const user = anEntity('user')
  const anyRun = fc.record({
    afterMinutes: fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 5000 })),
    frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const, 'MONTHLY' as const),
    timeZone: fc.constantFrom('UTC', 'Pacific/Auckland', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Europe/Berlin'),
    hour: fc.nat({ max: 23 }),
    minute: fc.constantFrom(...scheduleMinutes),
  })

  test('the stored windows tile, days never go back, and a file of the same day is a superset (promises 1, 4, 6)', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { minLength: 2, maxLength: 30 }), (runs) => {
        let now = at('2026-10-20T00:00:00Z').getTime()
        let watermark: Watermark | undefined
        let sequence = 0
        for (const { afterMinutes, ...calendar } of runs) {
          now += (afterMinutes + 1) * 60_000
          const run = { to: new Date(now), day: runDay(calendar, new Date(now), watermark ? [watermark] : []) }
          const load = planLoad(user, run, watermark, sourceIdentity)
          if (load === 'SKIP') throw new Error('skipped')
          if (watermark) {
            expect(run.day >= watermark.day).toBe(true)
            const isSameDay = run.day.getTime() === watermark.day.getTime()
            const follows = { mode: 'DELTA', from: watermark.to, fromSnapshot: watermark.snapshot, previous: sequence }
            expect(load).toEqual(isSameDay ? watermark.load : follows)
          }
          sequence += 1
          watermark = aWatermark(user, run.to.toISOString(), {
            day: run.day,
            load,
            sequence,
            snapshot: `${sequence}:${sequence}:`,
          })
        }
      }),
      { numRuns: 300 },
    )
  })
})
