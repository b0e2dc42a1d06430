import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Run } from '../../../src/domain/run.js'
import { composeAdmin } from '../../../src/compose/admin.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { testLogins } from '../../support/postgres/postgres.js'
import { startEmbeddedSftp, startQuirkyPlace } from '../../support/sftp/sftp-place.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import { indexOf } from '../../support/world/tenant-index.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World, type WorldOptions } from '../../support/world/world.js'
import { filesGiveTheSource, ledgerOf } from '../support/invariants.js'
import { backUpLedger, backUpServer } from './support/backups.js'
import { seenNumbers } from './support/numbers.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

/** Only Temporal remembers the runs that a restored ledger lacks. */
const entities = ['site', 'user']
const changes = { inserts: 2, updates: 3, deletes: 1 }

beforeAll(() => farFromMidnight())

async function aWorld(sftp: NonNullable<WorldOptions['sftp']>): Promise<World> {
  const world = await createWorld({ sftp })
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

async function aTenant(world: World): Promise<TestTenant> {
  const tenant = await world.tenant()
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(6))
  return tenant
}

/** Returns once Temporal has the end of the run, too: the ledger has it a moment earlier. */
async function aScheduledRun(world: World, tenant: TestTenant, daysAgo: number): Promise<Run> {
  await tenant.mutate(changes)
  const [run] = await tenant.backfill(midnight(daysAgo))
  const { workflowId, id } = run!
  await eventually(`the end of ${workflowId} in Temporal`, async () => {
    const { status } = await world.temporal.workflow.getHandle(workflowId, id).describe()
    return status.name !== 'RUNNING'
  })
  return run!
}

const loadsOf = (run: Run) => run.entities.map(({ status, mode, fullLoadReason }) => ({ status, mode, fullLoadReason }))
const full = { status: 'PUBLISHED', mode: 'FULL', fullLoadReason: 'LEDGER_RESTORED' }
const delta = { status: 'PUBLISHED', mode: 'DELTA', fullLoadReason: null }

const next = {
  'a scheduled run': (world: World, tenant: TestTenant) => aScheduledRun(world, tenant, 2),
  'a requested run': (_: World, tenant: TestTenant) => tenant.runNow(),
} as const

test.each(Object.keys(next) as (keyof typeof next)[])(
  'on a server that permits no reads, %s finds that the ledger was restored, and no number comes twice',
  async (kind) => {
    attack({ name: `a ledger restored without the last runs, on a server that permits no reads, before ${kind}` })
    const world = await aWorld(startQuirkyPlace({ noReads: true }))
    const tenant = await aTenant(world)
    const numbers = seenNumbers(tenant)
    const consumer = await openWarehouse(world, tenant, 'early', entities)
    await numbers.look()
    await world.stopWorkers()
    const backup = await backUpLedger(world, 'backup_of_ledger')
    await world.startWorker({ EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0' })
    expect(loadsOf(await aScheduledRun(world, tenant, 5))).toEqual([delta, delta])
    // A run that has failed for one of its entities is remembered, too.
    await world.sql(`REVOKE SELECT ON analytics.site FROM ${testLogins.reader.username}`)
    expect(await aScheduledRun(world, tenant, 4)).toMatchObject({ status: 'PARTIALLY_FAILED' })
    await world.sql(`GRANT SELECT ON analytics.site TO ${testLogins.reader.username}`)
    await consumer.loader?.load()
    await numbers.look()
    const before = await indexOf(tenant)
    await world.stopWorkers()
    await backup.restore()

    await world.startWorker()
    expect(loadsOf(await next[kind](world, tenant))).toEqual([full, full])
    await numbers.look()
    const after = await indexOf(tenant)
    expect(after.revision).toBeGreaterThan(before.revision)
    for (const entity of entities) {
      expect(after.entities[entity]!.sequence).toBeGreaterThan(before.entities[entity]!.sequence)
    }
    await tenant.mutate(changes)
    expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
    await numbers.look()
    await filesGiveTheSource(tenant)
    await warehouseGivesTheSource(tenant, consumer)
    await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
    expect(world.log()).toContain('a run in Temporal ended with revision')
  },
)

test('a ledger and files that are both from before the last runs continue with numbers of their own', async () => {
  attack({ name: 'ledger and files restored from backups of one moment' })
  const world = await aWorld(startEmbeddedSftp)
  const tenant = await aTenant(world)
  const numbers = seenNumbers(tenant)
  const consumer = await openWarehouse(world, tenant, 'early', entities)
  await world.stopWorkers()
  const [ledger, server] = [await backUpLedger(world, 'of_one_moment'), await backUpServer(world, 'one-moment')]
  await world.startWorker()
  await aScheduledRun(world, tenant, 5)
  await aScheduledRun(world, tenant, 4)
  await consumer.loader?.load()
  await numbers.look()
  await world.stopWorkers()
  await ledger.restore()
  await server.restore()

  await world.startWorker()
  expect(loadsOf(await aScheduledRun(world, tenant, 3))).toEqual([full, full])
  await numbers.look()
  await tenant.mutate(changes)
  expect(loadsOf(await tenant.runNow())).toEqual([delta, delta])
  await numbers.look()
  await filesGiveTheSource(tenant)
  await warehouseGivesTheSource(tenant, consumer)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
})

test('a run that finds a later run in Temporal waits for a server that is away', async () => {
  attack({ name: 'a ledger restored while the server is away, and Temporal remembers' })
  const world = await aWorld(startEmbeddedSftp)
  const tenant = await aTenant(world)
  const numbers = seenNumbers(tenant)
  await world.stopWorkers()
  const ledger = await backUpLedger(world, 'server_away')
  await world.startWorker()
  await aScheduledRun(world, tenant, 5)
  await numbers.look()
  await world.stopWorkers()
  await ledger.restore()
  await world.sftp.halt()

  await world.startWorker()
  const { id } = await tenant.startRun()
  await eventually('the wait for the server', async () => (await tenant.find(id)).waitingFor)
  expect((await tenant.find(id)).entities).toEqual([])
  await world.sftp.start()
  // The server knows which files the ledger lacks, so its index decides, and the lost day stays listed.
  expect(loadsOf(await tenant.finished(id))).toEqual([full, full])
  expect((await indexOf(tenant)).days).toHaveLength(3)
  await numbers.look()
})

test('the last run of another installation proves nothing', async () => {
  attack({ name: 'a schedule whose last run was one of another installation' })
  const world = await aWorld(startQuirkyPlace({ noReads: true }))
  const tenant = await aTenant(world)
  await world.stopWorkers()
  const ledger = await backUpLedger(world, 'of_another')
  await world.startWorker()
  await aScheduledRun(world, tenant, 5)
  await world.stopWorkers()
  await ledger.restore()
  await using admin = await composeAdmin(world.config)
  await admin.installations.renew()
  expect(await admin.installations.adopt()).toMatchObject({ adopted: [tenant.id] })

  await world.startWorker()
  expect(loadsOf(await tenant.runNow())).toEqual([delta, delta])
  expect(await ledgerOf(world, tenant)).toHaveLength(4)
})
