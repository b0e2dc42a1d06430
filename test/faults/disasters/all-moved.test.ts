import { afterAll, beforeAll, expect, test } from 'vitest'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import { indexOf } from '../../support/world/tenant-index.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, removeSchedule, type World } from '../../support/world/world.js'
import { filesGiveTheSource, holdAll } from '../support/invariants.js'
import { backUpLedger, backUpServer } from './support/backups.js'
import { seenNumbers } from './support/numbers.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

const entities = ['site', 'user']
const changes = { inserts: 2, updates: 3, deletes: 1 }

let world: World
beforeAll(async () => {
  await farFromMidnight()
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function aTenant(): Promise<TestTenant> {
  const tenant = await world.tenant()
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(6))
  return tenant
}

async function change(tenant: TestTenant, daysAgo: number): Promise<void> {
  await tenant.mutate(changes)
  await tenant.backfill(midnight(daysAgo))
}

const loadsOf = (run: Awaited<ReturnType<TestTenant['runNow']>>) =>
  run.entities.map(({ status, mode, fullLoadReason }) => ({ status, mode, fullLoadReason }))
const full = { status: 'PUBLISHED', mode: 'FULL', fullLoadReason: 'LEDGER_RESTORED' }

test('a ledger and files from backups of other moments, without their schedule, continue with full loads', async () => {
  attack({ name: 'ledger and files restored from backups of other moments' })
  const tenant = await aTenant()
  const numbers = seenNumbers(tenant)
  const consumer = await openWarehouse(world, tenant, 'early', entities)
  await world.stopWorkers()
  const ledger = await backUpLedger(world, 'all_moved_ledger')
  await world.startWorker()
  await change(tenant, 5)
  await world.stopWorkers()
  const server = await backUpServer(world, 'all-moved-server')
  await world.startWorker()
  await change(tenant, 4)
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await warehouseGivesTheSource(tenant, consumer)
  await numbers.look()
  await world.stopWorkers()
  await ledger.restore()
  await server.restore()
  await removeSchedule(world.temporal, tenant.id)

  await world.startWorker()
  await tenant.register({ entityList: 'site, user' })
  const run = await tenant.runNow()
  expect(loadsOf(run)).toEqual([full, full])
  await numbers.look()
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  await holdAll(world, tenant)
  await warehouseGivesTheSource(tenant, consumer)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
})

test('files from a backup that is older than the ledger are listed as they are, and full loads follow', async () => {
  attack({ name: 'files restored from an older backup' })
  const tenant = await aTenant()
  const numbers = seenNumbers(tenant)
  const consumer = await openWarehouse(world, tenant, 'early', entities)
  await numbers.look()
  await world.stopWorkers()
  const server = await backUpServer(world, 'older-server')
  await world.startWorker()
  await change(tenant, 5)
  await tenant.mutate(changes)
  await tenant.runNow()
  await warehouseGivesTheSource(tenant, consumer)
  await numbers.look()
  const before = await indexOf(tenant)
  await world.stopWorkers()
  await server.restore()

  await world.startWorker()
  await tenant.mutate(changes)
  const run = await tenant.runNow()
  expect(loadsOf(run)).toEqual([full, full])
  await numbers.look()
  const after = await indexOf(tenant)
  expect(after.revision).toBeGreaterThan(before.revision)
  const removed = after.days.filter((day) => day.removed).map(({ day }) => day)
  // The run has written the third day again.
  expect(removed).toEqual([before.days[1]!.day])
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  await holdAll(world, tenant)
  await warehouseGivesTheSource(tenant, consumer)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
})

test('a pending publication of a restored ledger does not touch the files that were published since', async () => {
  attack({ name: 'a ledger restored with a pending publication' })
  const tenant = await aTenant()
  await world.stopWorkers()
  const ledger = await backUpLedger(world, 'with_intent')
  await world.startWorker()
  await change(tenant, 5)
  await world.stopWorkers()
  const before = await tenant.files()
  await ledger.restore()
  // As a backup has it that was made between the intent and the record.
  await world.own(`
    SET session_replication_role = replica;
    UPDATE tidemark.delivery SET published_at = NULL WHERE tenant_id = '${tenant.id}' AND entity = 'user';
    DELETE FROM tidemark.watermark WHERE tenant_id = '${tenant.id}' AND entity = 'user'`)

  await world.startWorker()
  expect(loadsOf(await tenant.runNow())).toEqual([full, full])
  const after = new Map((await tenant.files()).map(({ path, content }) => [path, content]))
  for (const { path, content } of before) expect(after.get(path)?.equals(content), path).toBe(true)
})

test('a run that is planned while the server is away compares before it publishes', async () => {
  attack({ name: 'a ledger restored while the server is away' })
  const tenant = await aTenant()
  const numbers = seenNumbers(tenant)
  await world.stopWorkers()
  const ledger = await backUpLedger(world, 'server_away')
  await world.startWorker()
  // Temporal does not remember a requested run for the next one.
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  await world.stopWorkers()
  await ledger.restore()

  await world.sftp.halt()
  await world.startWorker()
  const { id } = await tenant.startRun()
  await eventually('the plan', async () => (await tenant.find(id)).entities.length > 0)
  await world.sftp.start()
  await tenant.finished(id)
  await numbers.look()
  expect(loadsOf(await tenant.runNow())).toEqual([full, full])
  await numbers.look()
  await filesGiveTheSource(tenant)
})
