import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { boundaryAtOrBefore, type Calendar, nextBoundaries, slotDay } from '../../src/domain/calendar.js'
import { isoDay } from '../../src/domain/delivery-path.js'
import type { Run } from '../../src/domain/run.js'
import { scheduleId } from '../../src/contracts.js'
import { windowOf } from './support/run-results.js'
import { anActor } from '../support/world/builders.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const dayMs = 86_400_000
const auckland: Calendar = { frequency: 'DAILY', timeZone: 'Pacific/Auckland', hour: 6, minute: 30 }
const losAngeles: Calendar = { frequency: 'DAILY', timeZone: 'America/Los_Angeles', hour: 22, minute: 15 }

/** The last boundaries of a calendar that are at least so many days ago, in order. */
function boundariesOf(calendar: Calendar, count: number, daysAgo = 0): Date[] {
  const last = boundaryAtOrBefore(calendar, new Date(Date.now() - daysAgo * dayMs - 60_000))
  const before = boundaryAtOrBefore(calendar, new Date(last.getTime() - (count - 1) * dayMs))
  return nextBoundaries(calendar, new Date(before.getTime() - 1), count)
}

function register(tenant: TestTenant, { frequency, ...schedule }: Calendar) {
  return tenant.register({ entityList: 'user', frequency, schedule })
}

const pathOf = (tenant: TestTenant, day: string) => `/exports/${tenant.id}/${day.replaceAll('-', '/')}/user/user.csv`
const pathsIn = (run: Run | undefined) => run?.entities.map(({ path }) => path)

async function expectClean(tenant: TestTenant): Promise<void> {
  await using verifier = await composeVerifier(loadConfig(world.environment))
  const report = await verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
  expect(report).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
}

test('a registration in a time zone has its schedule in Temporal, and its runs have the local date in their paths (promise 1)', async () => {
  const tenant = await world.tenant({ rows: { user: 20 } })
  await register(tenant, auckland)
  const [first, second] = boundariesOf(auckland, 2)
  const runs = await tenant.backfill(first!, second!)
  const { spec, action } = await world.temporal.schedule.getHandle(scheduleId(tenant.id)).describe()
  expect(spec).toMatchObject({
    timezone: 'Pacific/Auckland',
    calendars: [{ hour: [{ start: 6 }], minute: [{ start: 30 }] }],
  })
  expect(action).toMatchObject({
    staticSummary: expect.stringContaining('daily export at 06:30 Pacific/Auckland of 1 entities'),
  })

  expect(runs.map(({ trigger, status }) => [trigger, status])).toEqual([
    ['SCHEDULED', 'SUCCEEDED'],
    ['SCHEDULED', 'SUCCEEDED'],
  ])
  expect(windowOf(runs[1], 'user')).toEqual([first, second])
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland' })
  expect(runs.map(pathsIn)).toEqual([first, second].map((to) => [pathOf(tenant, local.format(to))]))
  const manifests = (await tenant.delivered()).map(({ resource }) => resource.window.to)
  expect(manifests).toEqual([first, second].map((to) => to!.toISOString()))
  await expectClean(tenant)
})

test("a run by hand before the hour of the schedule replaces the file of the slot's day with a superset (promise 6)", async () => {
  const tenant = await world.tenant({ rows: { user: 20 } })
  const due = new Date(Date.now() + 3_600_000)
  const later: Calendar = { frequency: 'DAILY', timeZone: 'UTC', hour: due.getUTCHours(), minute: 45 }
  await register(tenant, later)
  const [before, last] = boundariesOf(later, 2)
  const [, published] = await tenant.backfill(before!, last!)
  const byHand = await tenant.runNow()
  expect(pathsIn(byHand)).toEqual(pathsIn(published))
  expect(byHand.entities[0]).toMatchObject({ from: before, revision: 2 })
  await expectClean(tenant)
})

test('changes of zone, hour and frequency leave no gap, and a file of the same day is replaced by a superset (promises 1, 4, 6)', async () => {
  const tenant = await world.tenant({ rows: { user: 40 } })
  await register(tenant, auckland)
  const [a, b] = boundariesOf(auckland, 2, 3)
  await tenant.backfill(a!, b!)
  await register(tenant, losAngeles)
  // In Los Angeles it is still the day before: the first file there belongs to the day that Auckland has begun.
  const [c, d] = nextBoundaries(losAngeles, b!, 2)
  const [moved, next] = await tenant.backfill(c!, d!)
  const days = [slotDay(auckland, b!), slotDay(losAngeles, c!), slotDay(losAngeles, d!)].map(isoDay)
  expect(days[1]! < days[0]!).toBe(true)
  expect(pathsIn(moved)).toEqual([pathOf(tenant, days[0]!)])
  expect(windowOf(moved, 'user')).toEqual([a, c])
  expect(moved?.entities[0]).toMatchObject({ revision: 2 })

  await register(tenant, { ...losAngeles, frequency: 'WEEKLY', timeZone: 'UTC' })
  const byHand = await tenant.runNow()
  expect(windowOf(next, 'user')?.at(1)).toEqual(d)
  expect(windowOf(byHand, 'user')?.at(0)).toEqual(d)
  const report = (await tenant.compare()).find(({ entity }) => entity === 'user')
  expect(report).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
  await expectClean(tenant)
})

test('a redelivered window keeps the day of its file after the zone has changed', async () => {
  const tenant = await world.tenant({ rows: { user: 20 } })
  await register(tenant, auckland)
  const [first, second] = boundariesOf(auckland, 2, 2)
  const runs = await tenant.backfill(first!, second!)
  await register(tenant, losAngeles)
  const started = await world.useCases.runs.redeliver(anActor(tenant.id), { from: first!, to: second! })
  if (!started.ok) throw new Error('the redelivery was refused')
  const again = await tenant.finished(started.value.id)
  expect(again.status).toBe('SUCCEEDED')
  expect(pathsIn(again)).toEqual(pathsIn(runs[1]))
  await expectClean(tenant)
})
