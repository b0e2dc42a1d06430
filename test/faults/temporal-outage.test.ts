import { ScheduleNotFoundError } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { nextBoundaries } from '../../src/domain/calendar.js'
import { activeEntities } from '../../src/domain/registration.js'
import type { Run } from '../../src/domain/run.js'
import { createScheduleGateway, type ScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { scheduleSpec, type ScheduleSpec } from '../../src/schedules/schedule-spec.js'
import { openTemporal, type Temporal } from '../../src/schedules/temporal.js'
import { attack } from '../support/attacks.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdAll, ledgerOf, onlyWholeFilesSeen } from './support/invariants.js'
import { startPoller } from './support/poller.js'
import { startApi } from './support/running-api.js'
import { startTemporalPlace, type TemporalPlace } from './support/temporal-place.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { atMidnight } from '../support/world/builders.js'

let place: TemporalPlace
let world: World
let temporal: Temporal
let schedules: ScheduleGateway

beforeAll(async () => {
  place = await startTemporalPlace()
  world = await createWorld({
    worker: false,
    // One process may reach Temporal a few seconds before the other: each connects again within five seconds. Until then the
    // other one opens the incident again, which is announced only if it lasts.
    environment: { TEMPORAL_ADDRESS: place.address, RECONCILE_SECONDS: '1', PORT: '0', ALERT_DELAY_SECONDS: '8' },
  })
  temporal = openTemporal(world.config.temporal)
  schedules = createScheduleGateway(temporal, world.config.temporal, () => world.useCases.installation.id())
})
afterEach(async () => {
  world.sftp.proxy.throttle(Infinity)
  await world.stopWorkers()
})
afterAll(async () => {
  await temporal[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

const few = { user: 30, site: 8, site_category: 3 }

test('a run finishes after Temporal is killed in the middle of a file and restarted, and nothing is lost or repeated (promise 2)', async () => {
  attack({ name: 'Temporal killed in the middle of a file' })
  await farFromMidnight()
  await world.startWorker()
  const tenant = await world.tenant({ rows: { user: 30_000, site: 8, site_category: 3 }, before: midnight(1) })
  await tenant.register({ entityList: 'user, site' })
  const poller = startPoller(world.sftp.folder)
  world.sftp.proxy.throttle(300_000)
  const run = await tenant.startRun()
  await eventually('a hidden file to grow', async () =>
    (await tenant.files()).some(({ path, content }) => path.endsWith('.part') && content.length > 100_000),
  )
  await place.kill()
  await place.start()
  world.sftp.proxy.throttle(Infinity)
  expect(await tenant.finished(run.id, 120_000)).toMatchObject({ status: 'SUCCEEDED' })
  const seen = await poller.stop()
  expect(poller.violations).toEqual([])
  await holdAll(world, tenant)
  await onlyWholeFilesSeen(world, [tenant], seen)
  expect((await tenant.allRuns()).map(({ id }) => id)).toEqual([run.id])

  await tenant.mutate({ entities: ['user'], inserts: 5, updates: 5, deletes: 0 })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
})

/** What a tenant's schedule shall be, by its registration. */
async function wanted({ id }: TestTenant): Promise<ScheduleSpec> {
  const registration = await world.useCases.registrationStore.find(id)
  if (!registration) throw new Error(`${id} is not registered`)
  const names = activeEntities(registration.registration, world.catalog).map(({ name }) => name)
  return scheduleSpec(registration.registration, names, world.config.schedule)
}

const exists = (tenant: TestTenant): Promise<boolean> =>
  handleOf(tenant)
    .describe()
    .then(
      () => true,
      (error: unknown) => !(error instanceof ScheduleNotFoundError),
    )

const handleOf = ({ id }: TestTenant) => world.temporal.schedule.getHandle(scheduleId(id))

test('two API processes make all schedules match after Temporal was down while tenants registered, changed and disabled', async () => {
  attack({ name: 'Temporal down while registrations change, two reconcilers' })
  const fresh = await world.tenant({ rows: few })
  const changed = await world.tenant({ rows: few })
  const disabled = await world.tenant({ rows: few })
  const deleted = await world.tenant({ rows: few })
  const edited = await world.tenant({ rows: few })
  const orphan = await world.tenant({ rows: few })
  const paused = await world.tenant({ rows: few })
  for (const tenant of [changed, disabled, deleted, edited, orphan, paused]) {
    await tenant.register({ entityList: 'site', frequency: 'DAILY' })
  }
  const lost = await paused.startRun()
  await handleOf(paused).pause('under repair')
  await world.temporal.workflow.getHandle(lost.workflowId).terminate('by a test')
  await world.sql(`UPDATE tidemark.run SET queued_at = queued_at - interval '5 minutes' WHERE id = $1`, [lost.id])
  await handleOf(deleted).delete()
  await handleOf(edited).update((found) => ({ ...found, spec: { calendars: [{ hour: 3 }] } }))

  await place.kill()
  const apis = [await startApi(world.config), await startApi(world.config)]
  const opened = () => apis.flatMap((api) => api.alerts('opened'))
  try {
    await fresh.register({ entityList: 'site', frequency: 'WEEKLY' })
    await changed.register({ entityList: 'site, user', frequency: 'MONTHLY' })
    await disabled.register({ exportOption: 'DISABLE_EXPORT' })
    await world.sql('DELETE FROM tidemark.registration WHERE tenant_id = $1', [orphan.id])
    await eventually('the outage to be announced', () => opened().includes('TEMPORAL_UNAVAILABLE'))
    await place.start()

    await eventually('each schedule to match its registration', async () => {
      const specs = await Promise.all(
        [fresh, changed, disabled, deleted, edited, paused].map((tenant) => wanted(tenant)),
      )
      const matching = await Promise.all(
        specs.map((spec) =>
          schedules.compare(spec).then(
            ({ matches }) => matches,
            () => false,
          ),
        ),
      )
      return matching.every(Boolean) && !(await exists(orphan))
    })
    // A process that reaches Temporal late may have noted a failure after the other one had made the schedule match.
    await eventually('no schedule to be pending', async () => {
      const pending = await world.useCases.registrationStore.tenantsWithPendingSchedule(100)
      return pending.length === 0
    })
    await eventually('the lost run to be ended', async () => (await paused.finished(lost.id)).finishedAt)
  } finally {
    for (const api of apis) await api[Symbol.asyncDispose]()
  }

  for (const [tenant, frequency] of [
    [fresh, 'WEEKLY'],
    [changed, 'MONTHLY'],
    [deleted, 'DAILY'],
    [edited, 'DAILY'],
  ] as const) {
    const { info, state } = await handleOf(tenant).describe()
    expect([info.nextActionTimes[0], state.paused]).toEqual([
      nextBoundaries(atMidnight(frequency), new Date(), 1)[0],
      false,
    ])
  }
  expect((await handleOf(disabled).describe()).state.paused).toBe(true)
  expect((await handleOf(paused).describe()).state).toEqual({ paused: true, note: 'under repair' })
  expect(await exists(orphan)).toBe(false)
  expect(await paused.allRuns()).toMatchObject([{ id: lost.id, status: 'FAILED', error: { code: 'RUN_LOST' } }])
  // Once for the outage, by one of the processes.
  expect(opened().filter((code) => code === 'TEMPORAL_UNAVAILABLE')).toHaveLength(1)
  expect(apis.flatMap((api) => api.alerts('resolved'))).toContain('TEMPORAL_UNAVAILABLE')
})

/** In ms; runs take longer than that now and then, and then they queue up. */
const tickMs = 5000

test('after Temporal was down for three periods, each gets its run in order, and the windows tile (promises 1, 4)', async () => {
  attack({ name: 'three periods missed while Temporal is down' })
  await farFromMidnight()
  await world.startWorker()
  const tenant = await world.tenant({ rows: few, before: midnight(3) })
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(2), midnight(1))
  const ticks = { hour: '*', minute: '*', second: { start: 0, end: 59, step: tickMs / 1000 } } as const
  await schedules.apply({ ...(await wanted(tenant)), calendar: ticks })
  const scheduled = async (): Promise<Run[]> => (await tenant.allRuns()).filter(({ to }) => to > midnight(1))
  await eventually('the first run of the schedule', async () => (await scheduled())[0]?.finishedAt)

  await place.kill()
  const down = Date.now()
  await tenant.mutate({ entities: ['site', 'user'], inserts: 3, updates: 3, deletes: 1 })
  await eventually('three periods to pass', () => Date.now() > down + 3 * tickMs)
  await place.start()
  const back = Date.now()
  await eventually(
    'a run of a period after the outage',
    async () => (await scheduled()).some(({ to, finishedAt }) => to.getTime() > back && finishedAt),
    120_000,
  )
  await handleOf(tenant).pause('enough')
  // Also one that has begun and is not on record yet.
  await eventually('the schedule to have started its last run, and that to end', async () => {
    const { info, raw } = await handleOf(tenant).describe()
    return info.runningActions.length === 0 && !Number(raw.info?.bufferSize)
  })
  await eventually('all runs to end', async () => (await scheduled()).every(({ finishedAt }) => finishedAt))

  const runs = (await scheduled()).toSorted((one, other) => one.to.getTime() - other.to.getTime())
  const missed = runs.filter(({ to }) => to.getTime() > down && to.getTime() < back)
  expect(missed.length).toBeGreaterThanOrEqual(3)
  const first = runs[0]?.to.getTime() ?? 0
  expect(runs.map(({ to }) => to.getTime())).toEqual(runs.map((_, index) => first + index * tickMs))
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'SUCCEEDED'))
  for (const [index, run] of runs.entries()) {
    const before = runs[index - 1]
    if (before) expect(run.startedAt?.getTime()).toBeGreaterThanOrEqual(before.finishedAt?.getTime() ?? Infinity)
  }
  await holdAll(world, tenant)
  // All on one day: each file replaces the one before and holds everything since the last file of an earlier day.
  const today = (await ledgerOf(world, tenant)).filter(({ to }) => to > midnight(1))
  expect(today).toHaveLength(2 * runs.length)
  expect(new Set(today.map(({ from }) => from?.toISOString()))).toEqual(new Set([midnight(1).toISOString()]))
})
