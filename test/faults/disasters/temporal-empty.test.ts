import { afterAll, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../../src/contracts.js'
import type { Run } from '../../../src/domain/run.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import { holdAll } from '../support/invariants.js'
import { startApi } from '../support/running-api.js'
import { startTemporalPlace, type TemporalPlace } from '../support/temporal-place.js'

let place: TemporalPlace
let world: World
beforeAll(async () => {
  place = await startTemporalPlace()
  world = await createWorld({
    worker: false,
    environment: { TEMPORAL_ADDRESS: place.address, RECONCILE_SECONDS: '1', PORT: '0' },
  })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

/** A tenant of three days ago, whose last file is that of yesterday's boundary. */
async function tenantOfYesterday(rows: Readonly<Record<string, number>>): Promise<TestTenant> {
  const tenant = await world.tenant({ rows, before: midnight(4) })
  await tenant.register({ entityList: 'user, site' })
  await world.sql(`UPDATE tidemark.registered_entity SET activated_at = $2 WHERE tenant_id = $1`, [
    tenant.id,
    midnight(3),
  ])
  const runs = await tenant.backfill(midnight(2), midnight(1))
  expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  await tenant.mutate({ entities: ['user'], inserts: 5, updates: 5, deletes: 2 })
  return tenant
}

const hasSchedule = ({ id }: TestTenant): Promise<boolean> =>
  world.temporal.schedule
    .getHandle(scheduleId(id))
    .describe()
    .then(
      () => true,
      () => false,
    )

const upTo = (runs: readonly Run[], to: Date) => runs.filter((run) => run.to.getTime() === to.getTime())

test('after Temporal is replaced by an empty one, schedules come back, the missed boundary is run once, and a run under way ends as lost', async () => {
  attack({ name: 'Temporal replaced by an empty server, with a run under way' })
  await farFromMidnight()
  await world.startWorker()
  await using _api = await startApi(world.config)
  const idle = await tenantOfYesterday({ user: 30, site: 8, site_category: 3 })
  const busy = await tenantOfYesterday({ user: 8000, site: 8, site_category: 3 })
  world.sftp.proxy.throttle(50_000)
  const lost = await busy.startRun()
  await eventually('the run to be under way', async () => (await busy.find(lost.id)).status === 'RUNNING')
  await place.kill()
  await place.startEmpty()
  world.sftp.proxy.throttle(Infinity)

  await eventually(
    'the schedules to be back',
    async () => (await hasSchedule(idle)) && (await hasSchedule(busy)),
    60_000,
  )
  const run = await idle.runUpTo(midnight(0))
  expect(await idle.finished(run.id)).toMatchObject({ status: 'SUCCEEDED' })
  expect(upTo(await idle.allRuns(), midnight(0))).toHaveLength(1)
  // The reconciler leaves young runs alone, since nearly all of them are alive.
  await world.sql(`UPDATE tidemark.run SET queued_at = queued_at - interval '5 minutes' WHERE id = $1`, [lost.id])
  expect(await busy.finished(lost.id)).toMatchObject({ error: { code: 'RUN_LOST' } })
  const next = await busy.runUpTo(midnight(0))
  expect(await busy.finished(next.id)).toMatchObject({ status: 'SUCCEEDED' })
  for (const tenant of [idle, busy]) expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  for (const tenant of [idle, busy]) {
    await holdAll(world, tenant)
    expect((await tenant.compare()).map(({ onlyInSource, onlyDelivered }) => [onlyInSource, onlyDelivered])).toEqual([
      [0, 0],
      [0, 0],
    ])
  }
})
