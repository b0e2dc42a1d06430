import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeliveryFilter } from '../../../src/database/deliveries/delivery-store.js'
import type { Load } from '../../../src/domain/window.js'
import { monday, noon, sinceMonday, tuesday, watermarkOf } from '../support/begun-run.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  intendFile,
  newTenant,
  openStores,
  publishFile,
  publishOnce,
  requestFullLoad,
  type Stores,
} from '../../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const again: Load = { mode: 'FULL', reason: 'REQUESTED' }

test('a requested full load stays requested until a full load is published (promise 5)', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await requestFullLoad(stores, tenantId, ['user'])
  await publishOnce(stores, tenantId, 'user', { to: noon, load: sinceMonday })
  expect(await watermarkOf(stores, tenantId, 'user')).toMatchObject({ fullLoadRequested: true })
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: again })
  expect(await watermarkOf(stores, tenantId, 'user')).toMatchObject({ fullLoadRequested: false, load: again })
})

test('a full load is requested only for the named entities of the tenant (promise 5)', async () => {
  const [tenantId, other] = [newTenant(), newTenant()]
  for (const tenant of [tenantId, other]) await publishOnce(stores, tenant, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'feed', { to: monday })
  await requestFullLoad(stores, tenantId, ['user', 'site'])
  const requested = async (tenant: string) =>
    [...(await stores.deliveries.watermarks(tenant))]
      .filter(([, mark]) => mark.fullLoadRequested)
      .map(([entity]) => entity)
  expect(await requested(tenantId)).toEqual(['user'])
  expect(await requested(other)).toEqual([])
})

const sunday = new Date('2026-11-22T00:00:00Z')

async function threeDays(): Promise<string> {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: sunday })
  await publishOnce(stores, tenantId, 'user', { to: monday, load: { ...sinceMonday, from: sunday } })
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: { ...sinceMonday, previous: 2 } })
  return tenantId
}

test('past windows are those that overlap the requested time', async () => {
  const tenantId = await threeDays()
  const ends = async (from: Date, to: Date): Promise<Date[]> =>
    (await stores.deliveries.pastWindows(tenantId, { entities: ['user'], from, to })).map((window) => window.to)
  expect(await ends(sunday, monday)).toEqual([monday])
  expect(await ends(monday, noon)).toEqual([tuesday])
  expect(await ends(new Date(0), tuesday)).toEqual([sunday, monday, tuesday])
  expect(await ends(tuesday, new Date('2026-11-25T00:00:00Z'))).toEqual([])
  expect(await stores.deliveries.pastWindows(tenantId, { entities: ['feed'], from: sunday, to: tuesday })).toEqual([])
})

test('a redelivery keeps sequence and snapshot, has the next revision and does not move the watermark (promise 3)', async () => {
  const tenantId = await threeDays()
  const before = await watermarkOf(stores, tenantId, 'user')
  const [window] = await stores.deliveries.pastWindows(tenantId, { entities: ['user'], from: sunday, to: monday })
  const { id, entity, to, load } = window!
  const planned = { entity, to, load, redelivers: id, previousDeliveryId: null }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: noon, trigger: 'REDELIVERY' }), aPlan(planned))
  const claim = await claimOf(stores, { ...run, to }, 'user')
  expect(claim.redelivers).toMatchObject({ id, sequence: 2, snapshot: '900:905:901' })
  expect(await publishFile(stores, claim, aFile(run, 'user'))).toMatchObject({ revision: 2 })
  expect(await watermarkOf(stores, tenantId, 'user')).toEqual(before)
  expect(await stores.publications.filesOfDay(tenantId, monday)).toMatchObject([
    { revision: 2, sequence: 2, redelivered: true, load: { previous: 1 } },
  ])
})

test('a page of deliveries has only those of the entity that were published in the requested time', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'site', { to: monday })
  await publishOnce(stores, tenantId, 'user', { to: noon, load: sinceMonday })
  const page = (filter: DeliveryFilter) =>
    stores.deliveries.page(tenantId, filter, { take: 10, backwards: false, from: undefined })
  const [third, second, first] = await page({})
  expect(await page({ entity: 'user' })).toEqual([third, first])
  expect(await page({ since: second!.publishedAt })).toEqual([third, second])
  expect(await page({ until: second!.publishedAt })).toEqual([first])
  expect(await page({ since: first!.publishedAt, until: third!.publishedAt, entity: 'site' })).toEqual([second])
})

test('the deliveries of runs are the published files of the runs of that tenant', async () => {
  const [tenantId, other] = [newTenant(), newTenant()]
  const first = await publishOnce(stores, tenantId, 'user', { to: monday })
  const second = await publishOnce(stores, tenantId, 'user', { to: noon, load: sinceMonday })
  const foreign = await publishOnce(stores, other, 'user', { to: monday })
  const pending = await stores.runs.begin(aNewRun(tenantId, { to: tuesday }), aPlan('site'))
  await intendFile(stores, await claimOf(stores, pending, 'site'), aFile(pending, 'site'))
  const found = await stores.deliveries.ofRuns(tenantId, [first, second, foreign, pending.id])
  expect(found.map(({ runId, revision }) => ({ runId, revision })).toSorted((a, b) => a.revision - b.revision)).toEqual(
    [
      { runId: first, revision: 1 },
      { runId: second, revision: 2 },
    ],
  )
})
