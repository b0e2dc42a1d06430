import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertRows, makeWarehouseTables, tables, warehouseCatalog } from '../../clients/support/warehouse-source.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { createMigratedDatabase } from '../../support/postgres/postgres.js'
import { anActor } from '../../support/world/builders.js'
import { midnight } from '../../support/world/days.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import { shiftClock } from './support/shifted-clock.js'
import { openWarehouse, type Warehouse, warehouseGivesTheSource } from './support/warehouse.js'

const hourMs = 60 * 60 * 1000
const after = (at: Date, hours: number): Date => new Date(at.getTime() + hours * hourMs)

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-clocks-'))
  const CATALOG_FILE = await warehouseCatalog(folder, false)
  const database = await createMigratedDatabase()
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
  await makeWarehouseTables(world)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A tenant whose full load of three days ago is in its warehouse. */
async function tenantWithWarehouse(): Promise<{ tenant: TestTenant; warehouse: Warehouse }> {
  const tenant = await world.tenant({ rows: {} })
  await insertRows(world, tenant.id, 'a', 20, midnight(9))
  await tenant.register({ entityList: 'thing, pair' })
  expect(await tenant.backfill(midnight(3))).toMatchObject([{ status: 'SUCCEEDED' }])
  const warehouse = await openWarehouse(world, tenant, 'loaded', tables)
  await warehouseGivesTheSource(tenant, warehouse)
  return { tenant, warehouse }
}

async function bothGiveTheSource(tenant: TestTenant, warehouse: Warehouse): Promise<void> {
  await warehouseGivesTheSource(tenant, warehouse)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'new', tables))
}

const deliveredRows = async (tenant: TestTenant): Promise<number[]> =>
  (await tenant.delivered()).filter(({ resource }) => resource.entity === 'thing').map(({ resource }) => resource.rows)

test('rows that a source with a wrong clock dates hours ahead or behind are each delivered once (promise 2)', async () => {
  attack({ name: "the source's clock is hours ahead, then hours behind", times: 2 })
  const worker = await world.startWorker()
  const { tenant, warehouse } = await tenantWithWarehouse()
  // Dated after the end of the next window.
  await insertRows(world, tenant.id, 'ahead', 5, after(midnight(2), 5))
  // Dated before the watermark.
  await insertRows(world, tenant.id, 'behind', 7, after(midnight(3), -5))
  await tenant.backfill(midnight(2))
  expect(await deliveredRows(tenant)).toEqual([20, 7])
  await tenant.backfill(midnight(1))
  expect(await deliveredRows(tenant)).toEqual([20, 7, 5])
  await bothGiveTheSource(tenant, warehouse)
  await worker.stop()
})

test('a run that ends before the watermark changes no file, and the next one has all rows', async () => {
  attack({ name: 'a run whose windows end before a published one' })
  const worker = await world.startWorker()
  const { tenant, warehouse } = await tenantWithWarehouse()
  await tenant.backfill(midnight(1))
  await insertRows(world, tenant.id, 'late', 4, after(midnight(2), 3))
  const before = (await tenant.files()).map(({ path }) => path)
  const [early] = await tenant.backfill(midnight(2))
  expect(early).toMatchObject({ status: 'SUCCEEDED', entities: [{ status: 'SKIPPED' }, { status: 'SKIPPED' }] })
  expect((await tenant.files()).map(({ path }) => path)).toEqual(before)
  expect(await tenant.backfill(midnight(0))).toMatchObject([{ status: 'SUCCEEDED' }])
  expect((await deliveredRows(tenant)).at(-1)).toBe(4)
  await bothGiveTheSource(tenant, warehouse)
  await worker.stop()
})

test('a run that an API with a clock three hours ahead requests waits, and moves no watermark into the future', async () => {
  attack({ name: "the API's clock is three hours ahead" })
  const first = await world.startWorker()
  const { tenant, warehouse } = await tenantWithWarehouse()
  await first.stop()
  const started = await requestedAhead(tenant, 3)
  const worker = await world.startWorker()
  const waiting = await eventually('the run to say what it waits for', async () => {
    const run = await tenant.find(started.id)
    return run.waitingFor && run
  })
  expect(waiting).toMatchObject({ status: 'QUEUED', waitingFor: { code: 'WINDOW_IN_FUTURE' } })
  const incident = await eventually('the incident', async () =>
    (await world.own(`SELECT code, subject FROM tidemark.incident WHERE code = 'WINDOW_IN_FUTURE'`)).at(0),
  )
  expect(incident['subject']).toBe(world.config.temporal.taskQueue)

  // The clock is right again, and an operator does not want to wait.
  await insertRows(world, tenant.id, 'now', 6, new Date())
  expect((await world.useCases.runs.cancel(anActor(tenant.id), started.id)).ok).toBe(true)
  expect(await tenant.finished(started.id)).toMatchObject({ status: 'CANCELLED' })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  expect((await deliveredRows(tenant)).at(-1)).toBe(6)
  await bothGiveTheSource(tenant, warehouse)
  await worker.stop()
})

test('a worker whose clock is hours behind delivers the windows that are due', async () => {
  attack({ name: "the worker's clock is three hours behind" })
  const first = await world.startWorker()
  const { tenant, warehouse } = await tenantWithWarehouse()
  await insertRows(world, tenant.id, 'b', 3, new Date())
  await first.stop()
  const started = await tenant.startRun()
  {
    using _clock = shiftClock(-3 * hourMs)
    await world.startWorker()
    expect(await tenant.finished(started.id)).toMatchObject({ status: 'SUCCEEDED' })
  }
  expect((await deliveredRows(tenant)).at(-1)).toBe(3)
  await bothGiveTheSource(tenant, warehouse)
  await world.stopWorkers()
})

async function requestedAhead(tenant: TestTenant, hours: number) {
  using _clock = shiftClock(hours * hourMs)
  return await tenant.startRun()
}
