import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { inParallel } from '../../src/domain/in-parallel.js'
import type { Run } from '../../src/domain/run.js'
import { type RunStep, runSteps } from '../../src/domain/run-step.js'
import { attack, faultsSeed } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import { type HeldWorker, startHeldWorker } from './support/held-worker.js'
import { filesGiveTheSource, manifestsTellTheTruth, watermarksAreCovered, windowsTile } from './support/invariants.js'
import type { Quirks } from '../support/sftp/quirky-sftp.js'
import { startQuirkyPlace } from '../support/sftp/sftp-place.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/**
 * A worker is killed at each step of a run, on servers that answer few questions. The next run can't see what became of
 * the files, and still continues.
 */
const servers: readonly (readonly [string, Quirks])[] = [
  ['permits no reads, tells nothing and lists nothing', { noReads: true, noStats: true, noListing: true }],
  [
    'sends attributes without permissions and takes no name that begins with a dot',
    { attributes: 'no mode', noReadlink: true, noDotNames: true },
  ],
  ['permits no reads', { noReads: true }],
  ['sends attributes without sizes', { attributes: 'no size' }],
  ['tells nothing of any place', { noStats: true }],
  ['lists no folder', { noListing: true }],
]
/** `REFUSING_SERVERS=all` takes all of them; by default one, by the seed. */
const chosen = process.env['REFUSING_SERVERS'] === 'all' ? servers : [servers[faultsSeed % servers.length]!]

let worker: HeldWorker | undefined
afterEach(async () => {
  worker?.signal('SIGKILL')
  await worker?.ended
  worker = undefined
})

async function worldOn(quirks: Quirks): Promise<World> {
  const world = await createWorld({
    worker: false,
    sftp: startQuirkyPlace(quirks),
    environment: {
      ...(quirks.noDotNames && { SFTP_HIDDEN_NAME: '{name}.{id}.filepart' }),
      EXPORT_ENTITY_CONCURRENCY: '1',
      EXPORT_MAX_ATTEMPTS: '3',
      EXPORT_RETRY_MINUTES: '0',
      WORKER_CONCURRENCY: '100',
      DATABASE_POOL_SIZE: '60',
      SOURCE_POOL_SIZE: '30',
      SFTP_MAX_CONNECTIONS: '40',
    },
  })
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

/** A tenant for each step, with a full load of two days ago. */
async function tenantsOf(world: World): Promise<ReadonlyMap<RunStep, TestTenant>> {
  const tenants = new Map<RunStep, TestTenant>()
  await inParallel(runSteps, 4, async (step) => {
    const tenant = await world.tenant({ rows: { user: 30, site: 6, site_category: 3 }, before: midnight(4) })
    await tenant.register({ entityList: 'site, user' })
    const [first] = await tenant.backfill(midnight(3))
    expect(first?.status).toBe('SUCCEEDED')
    tenants.set(step, tenant)
  })
  return tenants
}

/** Kills a worker while the runs of all tenants are held at their steps. Gives how the runs ended in the next worker. */
async function killAtEachStep(
  world: World,
  tenants: ReadonlyMap<RunStep, TestTenant>,
  start: (tenant: TestTenant) => Promise<() => Promise<Run>>,
): Promise<Run[]> {
  const steps = Object.fromEntries([...tenants].map(([step, { id }]) => [id, step]))
  worker = await startHeldWorker(world.environment, steps)
  const ends = await Promise.all([...tenants.values()].map(start))
  await worker.allHeld()
  worker.signal('SIGKILL')
  await worker.ended
  await world.startWorker()
  return Promise.all(ends.map((end) => end()))
}

async function backfilled(tenant: TestTenant, boundary: Date): Promise<() => Promise<Run>> {
  const before = await tenant.allRuns()
  await tenant.startBackfill(boundary)
  return async () => tenant.finished((await tenant.runUpTo(boundary, before)).id, 180_000)
}

async function expectWhole(world: World, tenant: TestTenant): Promise<void> {
  await manifestsTellTheTruth(tenant)
  await filesGiveTheSource(tenant)
  await watermarksAreCovered(world, tenant)
  await windowsTile(world, tenant)
  expect(await world.useCases.publications.pendingIntents(tenant.id)).toEqual([])
}

describe.each(chosen)('a server that %s', (what, quirks) => {
  test('the next run of each tenant continues after its worker was killed at a step, and no row is lost (promises 2, 4)', async () => {
    attack({ name: `kill -9 at each step, on a server that ${what}`, times: runSteps.length })
    const world = await worldOn(quirks)
    await world.startWorker()
    const tenants = await tenantsOf(world)
    await world.stopWorkers()
    const all = [...tenants.values()]
    await Promise.all(
      all.map((tenant) => tenant.mutate({ entities: ['site', 'user'], inserts: 3, updates: 3, deletes: 1 })),
    )
    const killed = await killAtEachStep(world, tenants, (tenant) => backfilled(tenant, midnight(2)))
    expect(killed.map(({ status }) => status)).toEqual(killed.map(() => 'SUCCEEDED'))
    const next = await Promise.all(all.map((tenant) => tenant.backfill(midnight(1))))
    expect(next.flat().map(({ status }) => status)).toEqual(all.map(() => 'SUCCEEDED'))
    await Promise.all(all.map((tenant) => tenant.runNow()))
    for (const tenant of all) await expectWhole(world, tenant)
  })
})

test('on a server that permits no reads, a pending publication that replaces files of its day is completed or discarded after a kill (promise 6)', async () => {
  attack({
    name: 'kill -9 at each step of a second run of a day, on a server that permits no reads',
    times: runSteps.length,
  })
  const world = await worldOn({ noReads: true })
  await world.startWorker()
  const tenants = await tenantsOf(world)
  const all = [...tenants.values()]
  const change = (tenant: TestTenant) =>
    tenant.mutate({ entities: ['site', 'user'], inserts: 3, updates: 3, deletes: 1 })
  await Promise.all(all.map(change))
  await Promise.all(all.map((tenant) => tenant.runNow()))
  await world.stopWorkers()
  await Promise.all(all.map(change))
  const killed = await killAtEachStep(world, tenants, async (tenant) => {
    const { id } = await tenant.startRun()
    return () => tenant.finished(id, 180_000)
  })
  expect(killed.map(({ status }) => status)).toEqual(killed.map(() => 'SUCCEEDED'))
  await Promise.all(all.map(change))
  const next = await Promise.all(all.map((tenant) => tenant.runNow()))
  expect(next.map(({ status }) => status)).toEqual(next.map(() => 'SUCCEEDED'))
  for (const tenant of all) await expectWhole(world, tenant)
})
