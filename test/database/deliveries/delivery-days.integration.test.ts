import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/client.js'
import { dayRecords } from '../../../src/database/deliveries/delivery-days.js'
import { exportDays } from '../../../src/domain/export-day.js'
import { monday, noon, sinceMonday, tuesday } from '../support/begun-run.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  intendFile,
  newTenant,
  noTrouble,
  openStores,
  publishFile,
  publishOnce,
  type Stores,
} from '../../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const daysOf = async (tenantId: string, entity?: string) =>
  exportDays(await stores.deliveries.days(tenantId, { from: monday, to: tuesday, entity }))

/** A run that fails for these entities, at the end of its work. */
async function failed(tenantId: string, to: Date, ...entities: string[]): Promise<void> {
  const run = await stores.runs.begin(aNewRun(tenantId, { to }), aPlan(...entities))
  const failures = entities.map((entity) => ({ entity, code: 'SFTP_UNAVAILABLE' as const, message: 'It is away.' }))
  await stores.runs.finish(run, { ...noTrouble, failures })
}

test('each day has the latest revision of each file', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday, file: { rows: 3, bytes: 30 } })
  await publishOnce(stores, tenantId, 'site_category', { to: monday, file: { rows: 1, bytes: 10 } })
  await publishOnce(stores, tenantId, 'user', { to: noon, load: sinceMonday, file: { rows: 7, bytes: 70 } })
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: { ...sinceMonday, from: noon, previous: 2 } })
  expect(await daysOf(tenantId)).toMatchObject([
    { day: monday, status: 'DELIVERED', files: 2, rows: 8, bytes: 80, fullLoads: 1 },
    { day: tuesday, status: 'DELIVERED', files: 1, rows: 3, bytes: 99, fullLoads: 0 },
  ])
  expect(await daysOf(tenantId, 'site_category')).toMatchObject([{ day: monday, files: 1, rows: 1 }])
})

test('days outside the range, and intents that are not published, are absent', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-22T00:00:00Z') })
  const run = await stores.runs.begin(aNewRun(tenantId, { to: monday }), aPlan('site_category'))
  const claim = await claimOf(stores, run, 'site_category')
  await intendFile(stores, claim, aFile(run, 'site_category'))
  expect(await daysOf(tenantId)).toEqual([])
})

test('a day has the entities that failed, also without any file', async () => {
  const tenantId = newTenant()
  await failed(tenantId, monday, 'user', 'site_category')
  await publishOnce(stores, tenantId, 'user', { to: noon })
  await failed(tenantId, tuesday, 'user')
  expect(await daysOf(tenantId)).toMatchObject([
    { status: 'PARTLY_DELIVERED', files: 1, failedEntities: 1, entities: [{ failed: true }, { failed: false }] },
    { status: 'FAILED', files: 0, rows: 0, failedEntities: 1 },
  ])
  expect(await daysOf(tenantId, 'user')).toMatchObject([{ status: 'DELIVERED' }, { status: 'FAILED' }])
})

test('a run that failed before it was planned makes a day without files failed', async () => {
  const tenantId = newTenant()
  const run = await stores.runs.begin(aNewRun(tenantId, { to: monday }), aPlan())
  await stores.runs.finish(run, { ...noTrouble, error: { code: 'SOURCE_UNAVAILABLE', message: 'It is away.' } })
  expect(await daysOf(tenantId)).toMatchObject([{ day: monday, status: 'FAILED', files: 0, failedEntities: 0 }])
})

test('a redelivery that failed leaves its day as it was', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const [delivery] = await stores.deliveries.newest(tenantId, ['user'])
  const planned = {
    entity: 'user',
    to: monday,
    day: monday,
    load: delivery!.load,
    redelivers: delivery!.id,
    previousDeliveryId: null,
  }
  const begun = await stores.runs.begin(aNewRun(tenantId, { to: tuesday, trigger: 'REDELIVERY' }), aPlan(planned))
  const failures = [{ entity: 'user', to: monday, code: 'SFTP_UNAVAILABLE' as const, message: 'It is away.' }]
  await stores.runs.finish(begun, { ...noTrouble, failures })
  expect(await stores.query("SELECT FROM run_entity WHERE run_id = $1 AND status = 'FAILED'", [begun.id])).toHaveLength(
    1,
  )
  expect(await daysOf(tenantId)).toMatchObject([{ day: monday, status: 'DELIVERED', failedEntities: 0 }])
})

test('a redelivered file counts as redelivered, and a removed file as removed', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const [delivery] = await stores.deliveries.newest(tenantId, ['user'])
  const planned = {
    entity: 'user',
    to: monday,
    day: monday,
    load: delivery!.load,
    redelivers: delivery!.id,
    previousDeliveryId: null,
  }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: tuesday, trigger: 'REDELIVERY' }), aPlan(planned))
  const answer = await stores.publications.claim({ runId: run.id, tenantId, entity: 'user', to: monday }, 1)
  if ('published' in answer) throw new Error('It is published already.')
  await publishFile(stores, answer.claim, aFile({ tenantId, to: monday }, 'user'))
  await stores.runs.finish(run, noTrouble)
  expect(await daysOf(tenantId)).toMatchObject([{ files: 1, redeliveredFiles: 1, removedFiles: 0 }])
  await stores.query('UPDATE manifest SET removed_at = now(), removed_through = now() WHERE tenant_id = $1', [tenantId])
  expect(await daysOf(tenantId)).toMatchObject([{ files: 1, redeliveredFiles: 1, removedFiles: 1 }])
})

test('a tenant never sees the days, the files or the failures of another tenant', async () => {
  const [mine, other] = [newTenant(), newTenant()]
  await publishOnce(stores, other, 'user', { to: monday })
  await failed(other, tuesday, 'user')
  const [delivery] = await stores.deliveries.newest(other, ['user'])
  expect(await daysOf(mine)).toEqual([])
  expect(await stores.deliveries.newest(mine, ['user'])).toEqual([])
  expect(await stores.deliveries.find(mine, delivery!.id)).toBeUndefined()
  expect(await stores.deliveries.find(other, delivery!.id)).toMatchObject({ id: delivery!.id })
  expect(await daysOf(other)).toHaveLength(2)
})

test("row-level security hides another tenant's days, also from a query that names that tenant (promise 13)", async () => {
  const [mine, other] = [newTenant(), newTenant()]
  await publishOnce(stores, other, 'user', { to: monday })
  await failed(other, tuesday, 'user')
  const database = openDatabase({ url: stores.serviceUrl, poolSize: 1 })
  const recordsAs = (tenantId: string) =>
    database.forTenant(tenantId, (transaction) => dayRecords(transaction, other, { from: monday, to: tuesday }))
  expect(await recordsAs(mine)).toEqual([])
  expect(await recordsAs(other)).toHaveLength(2)
  await database.close()
})
