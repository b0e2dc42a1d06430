import type { Connection } from '@temporalio/client'
import { msToTs, tsToDate } from '@temporalio/common/lib/time.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  boundaryAtOrBefore,
  exportFrequencies,
  type ExportFrequency,
  isBoundary,
  nextBoundaries,
  nextBoundary,
  startOfDay,
} from '../../src/domain/calendar.js'
import { columnsFingerprint } from '../../src/domain/entity.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { planLoad, type Watermark } from '../../src/domain/window.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { attack } from '../support/attacks.js'
import { atMidnight, anEntity, change, selected, sourceIdentity } from '../support/world/builders.js'
import { civilBoundaries } from './support/civil-days.js'
import { Files, type MadeFile } from './support/histories/files.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { newTenant } from '../support/world/stores.js'
import { namesOf } from '../../src/domain/described.js'

const hourMs = 3_600_000
const begin = Date.parse('2024-01-01T00:00:00Z')
const end = Date.parse('2033-01-01T00:00:00Z')
const iso = (times: readonly Date[]): string[] => times.map((time) => time.toISOString())

describe('the boundaries from 2024 to 2032', () => {
  test.each(namesOf(exportFrequencies))(
    'each %s boundary from 2024 to 2032 is that of a civil calendar (promise 1)',
    (frequency) => {
      const expected = civilBoundaries(frequency, 2032)
      attack({ name: 'calendar: every boundary from 2024 to 2032', times: expected.length })
      expect(iso(nextBoundaries(atMidnight(frequency), new Date(begin - 1), expected.length))).toEqual(expected)
      expect(nextBoundary(atMidnight(frequency), new Date(expected.at(-1)!)).getTime()).toBeGreaterThanOrEqual(end)
    },
  )

  test.each(namesOf(exportFrequencies))(
    'every hour from 2024 to 2032 lies between the right %s boundaries (promise 1)',
    (frequency) => {
      const boundaries = civilBoundaries(frequency, 2033).map((name) => Date.parse(name))
      attack({ name: 'calendar: every hour from 2024 to 2032', times: (end - begin) / hourMs })
      let next = 0
      let wrong = 0
      for (let hour = begin; hour < end; hour += hourMs) {
        for (const at of [hour, hour + 1, hour + hourMs - 1]) {
          if (at >= boundaries[next]!) next += 1
          const date = new Date(at)
          const isRight =
            boundaryAtOrBefore(atMidnight(frequency), date).getTime() === boundaries[next - 1] &&
            nextBoundary(atMidnight(frequency), date).getTime() === boundaries[next] &&
            isBoundary(atMidnight(frequency), date) === (boundaries[next - 1] === at)
          if (!isRight) wrong += 1
        }
      }
      expect(wrong).toBe(0)
    },
  )

  test('the boundaries have exactly the leap days of 2024, 2028 and 2032', () => {
    const leapDays = civilBoundaries('DAILY', 2032).filter((name) => name.includes('-02-29'))
    expect(leapDays.map((name) => name.slice(0, 4))).toEqual(['2024', '2028', '2032'])
  })
})

describe('the times of schedules in Temporal', () => {
  let services: TestServices

  beforeAll(async () => {
    services = await openServices()
  })
  afterAll(() => services[Symbol.asyncDispose]())

  /** When the schedule is due in a year: the server tells at most 1,000 times at once. */
  async function dueIn(year: number, scheduleId: string): Promise<string[]> {
    const { workflowService } = services.temporal.client.connection as Connection
    const { startTime } = await workflowService.listScheduleMatchingTimes({
      namespace: 'default',
      scheduleId,
      startTime: msToTs(Date.UTC(year, 0, 1) - 1000),
      endTime: msToTs(Date.UTC(year + 1, 0, 1) - 1000),
    })
    return iso(startTime.map((time) => tsToDate(time)))
  }

  test.each(namesOf(exportFrequencies))(
    'a %s schedule in Temporal is due exactly at the boundaries from 2024 to 2032 (promise 1)',
    async (frequency) => {
      const expected = civilBoundaries(frequency, 2032)
      attack({ name: "calendar: Temporal's schedule at every boundary", times: expected.length })
      const tenantId = newTenant()
      const target = { ...selected('user'), frequency }
      const registration = replaceRegistration(undefined, target, change('2024-01-01T00:00:00Z', 'tester', tenantId))
      const spec = { ...scheduleSpec(registration, ['user'], { jitterSeconds: 0 }), paused: true }
      await services.gateways.schedules.apply(spec)
      const due: string[] = []
      for (let year = 2024; year <= 2032; year++) due.push(...(await dueIn(year, spec.scheduleId)))
      await services.gateways.schedules.remove(tenantId)
      expect(due).toEqual(expected)
    },
  )
})

/** How a run that somebody asks for comes with the change of frequency. */
type ByHand = 'no run by hand' | 'a run by hand before it' | 'a run by hand after it'

describe('a change of frequency at every point of a period', () => {
  const user = anEntity('user')
  const days = civilBoundaries('DAILY', 2029).map((name) => Date.parse(name))
  const leapYear = days.filter((day) => day >= Date.UTC(2027, 11, 25) && day < Date.UTC(2029, 0, 8))
  const moments = leapYear.flatMap((day) => [day - 1, day, day + 1, day + 7.5 * hourMs, day + 23 * hourMs])
  const byHands: ByHand[] = ['no run by hand', 'a run by hand before it', 'a run by hand after it']
  const pairs = namesOf(exportFrequencies).flatMap((before) =>
    namesOf(exportFrequencies).map((after) => [before, after] as const),
  )

  /** When runs are due that a tenant has whose frequency changes at that moment: two before it, three after it. */
  function runsAround(moment: number, before: ExportFrequency, after: ExportFrequency, byHand: ByHand): Date[] {
    const at = new Date(moment)
    const last = boundaryAtOrBefore(atMidnight(before), at)
    const earlier = boundaryAtOrBefore(atMidnight(before), new Date(last.getTime() - 1))
    const manual = [new Date(moment + (byHand === 'a run by hand before it' ? -hourMs : hourMs))]
    const due = [
      earlier,
      last,
      ...nextBoundaries(atMidnight(after), at, 3),
      ...(byHand === 'no run by hand' ? [] : manual),
    ]
    return due.toSorted((a, b) => a.getTime() - b.getTime())
  }

  /** The windows of these runs, as the product plans them, each published. */
  function windowsOf(runs: readonly Date[]): MadeFile[] {
    const files = new Files()
    const made: MadeFile[] = []
    let watermark: Watermark | undefined
    for (const [index, to] of runs.entries()) {
      const day = startOfDay(to)
      const load = planLoad(user, { to, day }, watermark, sourceIdentity)
      if (load === 'SKIP') continue
      const snapshot = `${index}:${index}:`
      const file = { load, to, day, snapshot, sequence: made.length + 1, rows: [] }
      files.publish(file, new Map())
      made.push(file)
      watermark = { ...sourceIdentity, ...file, fullLoadRequested: false, columns: columnsFingerprint(user) }
    }
    return made
  }

  test.each(pairs)(
    'after a change from %s to %s the windows tile and each run has its file (promise 1)',
    (before, after) => {
      attack({ name: 'calendar: a change of frequency', times: moments.length * byHands.length })
      for (const moment of moments) {
        for (const byHand of byHands) {
          const runs = [...new Set(iso(runsAround(moment, before, after, byHand)))].map((time) => new Date(time))
          const where = `${new Date(moment).toISOString()}, ${byHand}`
          expect(iso(windowsOf(runs).map(({ to }) => to)), where).toEqual(iso(runs))
        }
      }
    },
  )
})
