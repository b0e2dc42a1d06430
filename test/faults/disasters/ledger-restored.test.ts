import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import { indexOf } from '../../support/world/tenant-index.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import { pace } from '../incidents/support/bounds.js'
import { holdAll, ledgerOf } from '../support/invariants.js'
import { backUpLedger } from './support/backups.js'
import { seenNumbers } from './support/numbers.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

const entities = ['site', 'user']

let world: World
beforeAll(async () => {
  await farFromMidnight()
  world = await createWorld({ worker: false })
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function aTenant(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: 400 })
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(6), midnight(5))
  return tenant
}

const changes = { inserts: 2, updates: 3, deletes: 1 }

test('a ledger that lacks the last runs continues with full loads and numbers of their own', async () => {
  attack({ name: 'a ledger restored without the last runs' })
  await world.startWorker({}, { pace })
  const tenant = await aTenant()
  const numbers = seenNumbers(tenant)
  const early = await openWarehouse(world, tenant, 'early', entities)
  await numbers.look()
  await world.stopWorkers()
  const backup = await backUpLedger(world, 'backup_of_ledger')

  await world.startWorker({}, { pace })
  await tenant.mutate(changes)
  await tenant.backfill(midnight(4), midnight(3))
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await warehouseGivesTheSource(tenant, early)
  await numbers.look()
  const before = await indexOf(tenant)
  await world.stopWorkers()
  await backup.restore()

  await world.startWorker({}, { pace })
  await tenant.mutate(changes)
  const run = await tenant.runNow()
  expect(run.entities.map(({ status, mode, fullLoadReason }) => ({ status, mode, fullLoadReason }))).toEqual(
    entities.map(() => ({ status: 'PUBLISHED', mode: 'FULL', fullLoadReason: 'LEDGER_RESTORED' })),
  )
  await numbers.look()
  const after = await indexOf(tenant)
  expect(after.revision).toBeGreaterThan(before.revision)
  expect(after.days.map(({ day }) => day)).toEqual(before.days.map(({ day }) => day))
  for (const entity of entities) {
    expect(after.entities[entity]!.sequence).toBeGreaterThan(before.entities[entity]!.sequence)
    expect(after.entities[entity]!.revision).toBeGreaterThan(before.entities[entity]!.revision)
  }

  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  await holdAll(world, tenant)
  await warehouseGivesTheSource(tenant, early)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))

  const reported = await eventually('the end of the incident', async () => {
    const rows = await world.own(`SELECT resolved_at FROM tidemark.incident WHERE code = 'LEDGER_RESTORED'`)
    return rows[0]?.['resolved_at'] ? rows : undefined
  })
  expect(reported).toHaveLength(1)
  expect(world.log()).toContain('was restored from an older backup')
})

test('a ledger that was restored to the time before its first run continues with full loads', async () => {
  attack({ name: 'a ledger restored without any run' })
  await world.stopWorkers()
  const tenant = await world.tenant({ rows: 400 })
  await tenant.register({ entityList: 'site, user' })
  const backup = await backUpLedger(world, 'backup_before_first')
  await world.startWorker()
  const numbers = seenNumbers(tenant)
  await tenant.backfill(midnight(3), midnight(2))
  await numbers.look()
  await world.stopWorkers()
  await backup.restore()

  await world.startWorker()
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  expect(await ledgerOf(world, tenant)).toMatchObject(entities.map(() => ({ mode: 'FULL' })))
  await holdAll(world, tenant)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
})

test('an index on the server that names paths of another tenant changes no number of the ledger', async () => {
  attack({ name: 'an index with paths of another tenant' })
  await world.stopWorkers()
  await world.startWorker()
  const tenant = await aTenant()
  const path = `${world.sftp.folder}/exports/${tenant.id}/index.json`
  const index = JSON.parse(await readFile(path, 'utf8')) as { revision: number; days: { manifest: string }[] }
  index.revision += 100
  index.days[0]!.manifest = '/exports/other/2026/01/01/datapackage.json'
  await writeFile(path, JSON.stringify(index))
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  expect((await ledgerOf(world, tenant)).filter(({ mode }) => mode === 'FULL')).toHaveLength(entities.length)
  expect((await indexOf(tenant)).revision).toBeLessThan(100)
})
