import type { Connection } from '@temporalio/client'
import { msToTs, tsToDate } from '@temporalio/common/lib/time.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Calendar, nextBoundary } from '../../src/domain/calendar.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { attack } from '../support/attacks.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { change, selected } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'

let services: TestServices
beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

const zones = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Sao_Paulo', 'America/Havana'],
  ...['America/Santiago', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Kwajalein'],
  ...['Pacific/Auckland', 'Asia/Kathmandu', 'Asia/Beirut', 'Asia/Tehran', 'Asia/Gaza', 'Africa/Casablanca'],
  ...['Africa/Cairo', 'Antarctica/Troll', 'Atlantic/Azores', 'Asia/Pyongyang', 'America/Caracas'],
]

const schedules = [
  ['DAILY', 0, 0],
  ['DAILY', 0, 30],
  ['DAILY', 1, 0],
  ['DAILY', 1, 15],
  ['DAILY', 1, 45],
  ['DAILY', 2, 0],
  ['DAILY', 2, 30],
  ['DAILY', 3, 0],
  ['DAILY', 6, 45],
  ['DAILY', 23, 30],
  ['WEEKLY', 0, 0],
  ['WEEKLY', 2, 30],
  ['MONTHLY', 0, 0],
  ['MONTHLY', 2, 15],
] as const

/** `TIME_ZONES=all npx vitest run test/faults/time-zones.test.ts` compares each schedule in each zone, and not every third. */
const takesAll = process.env['TIME_ZONES'] === 'all'

function schedulesOf(timeZone: string) {
  const offset = zones.indexOf(timeZone) % 3
  return schedules.filter((_, index) => takesAll || index % 3 === offset)
}

const yearMs = 366 * 86_400_000
const begin = Date.UTC(2000, 0, 1)
const end = Date.UTC(2037, 0, 1)

/**
 * Spans in which Temporal tells one time again and again: west of Greenwich, it finds the time before a change for a local time
 * that the clock skips, if both are in the same hour of the clock.
 */
const endless: Readonly<Record<string, readonly [from: number, to: number]>> = {
  // 30 December 2011 was skipped.
  'Pacific/Apia': [Date.UTC(2011, 11, 25), Date.UTC(2012, 0, 5)],
  // 02:30 on 1 May 2016 became 03:00.
  'America/Caracas': [Date.UTC(2016, 3, 25), Date.UTC(2016, 4, 5)],
}

/** The spans that are compared, each short enough for one answer of at most 1,000 times. */
function spansOf(timeZone: string): (readonly [from: number, to: number])[] {
  const spans: [number, number][] = []
  for (let from = begin; from < end; from += 2 * yearMs) spans.push([from, Math.min(from + 2 * yearMs, end)])
  const [first, last] = endless[timeZone] ?? [end, end]
  return spans.flatMap(([from, to]): [number, number][] =>
    first < from || first >= to
      ? [[from, to]]
      : [
          [from, first],
          [last, to],
        ],
  )
}

async function dueInTemporal(scheduleId: string, from: number, to: number): Promise<string[]> {
  const { workflowService } = services.temporal.client.connection as Connection
  const { startTime } = await workflowService.listScheduleMatchingTimes({
    namespace: 'default',
    scheduleId,
    startTime: msToTs(from),
    endTime: msToTs(to),
  })
  return startTime.map((time) => tsToDate(time).toISOString())
}

function dueInCalendar(calendar: Calendar, from: number, to: number): string[] {
  const times: string[] = []
  for (let at = nextBoundary(calendar, new Date(from)); at.getTime() <= to; at = nextBoundary(calendar, at)) {
    times.push(at.toISOString())
  }
  return times
}

test.each(zones)(
  'schedules in %s are due in Temporal exactly at the boundaries from 2000 to 2036 (promise 1)',
  async (timeZone) => {
    const tenantId = newTenant()
    let times = 0
    for (const [frequency, hour, minute] of schedulesOf(timeZone)) {
      const schedule = { timeZone, hour, minute }
      const target = { ...selected('user'), frequency, schedule }
      const registration = replaceRegistration(undefined, target, change('2024-01-01T00:00:00Z', 'tester', tenantId))
      const spec = { ...scheduleSpec(registration, ['user'], { jitterSeconds: 0 }), paused: true }
      await services.gateways.schedules.apply(spec)
      for (const [from, to] of spansOf(timeZone)) {
        const expected = dueInCalendar({ frequency, ...schedule }, from, to)
        const found = await dueInTemporal(spec.scheduleId, from, to)
        expect({ hour, minute, frequency, times: found }).toEqual({ hour, minute, frequency, times: expected })
        times += expected.length
      }
      await services.gateways.schedules.remove(tenantId)
    }
    attack({ name: 'calendar: schedules in time zones', times })
  },
)
