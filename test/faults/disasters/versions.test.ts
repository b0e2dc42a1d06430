import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context } from '@temporalio/activity'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addExtra, insertRows, makeWarehouseTables, warehouseCatalog } from '../../clients/support/warehouse-source.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { createMigratedDatabase } from '../../support/postgres/postgres.js'
import { midnight } from '../../support/world/days.js'
import { createHolds } from '../../support/world/holds.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

/** Workers with different catalogs on one task queue: what one has planned, another one executes. */

interface StoredCatalog {
  entities: { name: string; columns: { name: string }[] }[]
}

let folder: string
let world: World
/** Catalog files: of the later release, of the earlier one without a column, and others. */
let later: string, earlier: string, withoutAmount: string, onlyPair: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-versions-'))
  later = await catalogIn('later', true)
  earlier = await catalogIn('earlier', false)
  withoutAmount = await changed('without-amount', (catalog) => {
    for (const entity of catalog.entities) entity.columns = entity.columns.filter(({ name }) => name !== 'amount')
  })
  onlyPair = await changed('only-pair', (catalog) => {
    catalog.entities = catalog.entities.filter(({ name }) => name === 'pair')
  })
  const database = await createMigratedDatabase()
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE: later } })
  await makeWarehouseTables(world)
  await addExtra(world)
})
afterEach(() => world.stopWorkers())
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function catalogIn(name: string, hasExtra: boolean): Promise<string> {
  await mkdir(join(folder, name))
  return warehouseCatalog(join(folder, name), hasExtra)
}

async function changed(name: string, change: (catalog: StoredCatalog) => void): Promise<string> {
  const catalog = JSON.parse(await readFile(later, 'utf8')) as StoredCatalog
  change(catalog)
  const path = join(folder, `${name}.json`)
  await writeFile(path, JSON.stringify(catalog))
  return path
}

/** A tenant with a full load by a worker with that catalog, and with rows for the next file. */
async function tenantOf(catalog: string): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: {} })
  await rows(tenant, 'a', midnight(9))
  await tenant.register({ entityList: 'thing' })
  const worker = await world.startWorker({ CATALOG_FILE: catalog })
  expect(await tenant.backfill(midnight(3))).toMatchObject([{ status: 'SUCCEEDED' }])
  await worker.stop()
  await rows(tenant, 'b', midnight(2.5))
  return tenant
}

async function rows(tenant: TestTenant, prefix: string, at: Date): Promise<void> {
  await insertRows(world, tenant.id, prefix, 12, at)
  await world.sql(`UPDATE s.thing SET extra = 7 WHERE tenant = $1 AND code LIKE $2 || '%'`, [tenant.id, prefix])
}

/** The run of that boundary, planned by a worker that then shuts down, before its first step of an entity. */
async function plannedBy(tenant: TestTenant, environment: Record<string, string>, boundary: Date): Promise<string> {
  let isHeld = false
  const until = () => once(Context.current().cancellationSignal, 'abort')
  const holds = createHolds({ [tenant.id]: 'claim' }, () => void (isHeld = true), until)
  const planner = await world.startWorker(environment, { onStep: holds.onStep })
  await tenant.startBackfill(boundary)
  const { id } = await tenant.runUpTo(boundary)
  await eventually('the planned run to be held', () => isHeld)
  await planner.stop()
  return id
}

/** The columns of each file, and how it was loaded. */
const filesOf = async (tenant: TestTenant) =>
  (await tenant.delivered()).map(({ file, resource }) => {
    const [header = ''] = file.content.toString().split('\n')
    return { mode: resource.mode, hasExtra: header.split(',').includes('extra'), rows: resource.rows }
  })

const refused = (tenant: TestTenant, id: string) =>
  eventually('the refusal of the worker with another catalog', async () =>
    (await tenant.find(id)).entities.find(({ error }) => error?.code === 'CATALOG_DIFFERS'),
  )

async function warehouseEquals(tenant: TestTenant): Promise<void> {
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'new', ['thing']))
}

test.each([
  ['lacks a column', () => earlier],
  ['lacks the entity', () => onlyPair],
])(
  'a worker whose catalog %s refuses the planned delta, and the right worker delivers it (promise 5)',
  async (what, catalog) => {
    attack({ name: `a run goes to a worker whose catalog ${what}` })
    const tenant = await tenantOf(later)
    const id = await plannedBy(tenant, { CATALOG_FILE: later }, midnight(2))
    const wrong = await world.startWorker({ CATALOG_FILE: catalog() })
    await refused(tenant, id)
    await wrong.stop()
    expect(await filesOf(tenant)).toHaveLength(1)
    await world.startWorker({ CATALOG_FILE: later })
    expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await filesOf(tenant)).toEqual([
      { mode: 'full', hasExtra: true, rows: 12 },
      { mode: 'delta', hasExtra: true, rows: 12 },
    ])
    await warehouseEquals(tenant)
  },
)

test('a delta that the earlier release has planned gets the column that the later release appends (promise 12)', async () => {
  attack({ name: 'an upgrade in the middle of a run' })
  const tenant = await tenantOf(earlier)
  const id = await plannedBy(tenant, { CATALOG_FILE: earlier }, midnight(2))
  await world.startWorker({ CATALOG_FILE: later })
  expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await filesOf(tenant)).toEqual([
    { mode: 'full', hasExtra: false, rows: 12 },
    { mode: 'delta', hasExtra: true, rows: 12 },
  ])
  await world.sql(`UPDATE s.thing SET extra = NULL WHERE tenant = $1 AND code LIKE 'a%'`, [tenant.id])
  await warehouseEquals(tenant)
})

test('a column that is dropped in the middle of a run leads to a full load, and never to a delta (promise 5)', async () => {
  attack({ name: 'a catalog that drops a column in the middle of a run' })
  const tenant = await tenantOf(later)
  const id = await plannedBy(tenant, { CATALOG_FILE: later, EXPORT_MAX_ATTEMPTS: '2' }, midnight(2))
  await world.startWorker({ CATALOG_FILE: withoutAmount })
  expect(await tenant.finished(id)).toMatchObject({
    status: 'FAILED',
    entities: [{ status: 'FAILED', error: { code: 'CATALOG_DIFFERS' } }],
  })
  expect(await tenant.backfill(midnight(1))).toMatchObject([
    { status: 'SUCCEEDED', entities: [{ mode: 'FULL', fullLoadReason: 'COLUMNS_CHANGED' }] },
  ])
})

test('a rollback of the catalog and an upgrade again break no chain, and a full load brings the column back', async () => {
  attack({ name: 'a catalog goes back a release, and forward again' })
  const tenant = await tenantOf(later)
  const day = async (catalog: string, daysAgo: number) => {
    const worker = await world.startWorker({ CATALOG_FILE: catalog })
    const [run] = await tenant.backfill(midnight(daysAgo))
    await worker.stop()
    if (daysAgo > 0) await rows(tenant, `d${daysAgo}-`, midnight(daysAgo - 0.5))
    return run?.entities.map(({ mode, fullLoadReason }) => [mode, fullLoadReason])
  }
  expect(await day(earlier, 2)).toEqual([['FULL', 'COLUMNS_CHANGED']])
  expect(await day(onlyPair, 1)).toEqual([])
  expect(await day(later, 0)).toEqual([['DELTA', null]])
  expect((await filesOf(tenant)).map(({ hasExtra }) => hasExtra)).toEqual([true, false, true])
  await world.sql('UPDATE tidemark.watermark SET full_load_requested = true WHERE tenant_id = $1', [tenant.id])
  await world.startWorker({ CATALOG_FILE: later })
  expect(await tenant.runNow()).toMatchObject({ entities: [{ mode: 'FULL', fullLoadReason: 'REQUESTED' }] })
  expect((await filesOf(tenant)).at(-1)).toMatchObject({ hasExtra: true })
  await warehouseEquals(tenant)
})
