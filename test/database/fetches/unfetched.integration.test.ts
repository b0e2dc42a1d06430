import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FetchRecorder } from '../../../src/database/fetches/record-fetch.js'
import type { Delivery } from '../../../src/domain/delivery.js'
import { unfetchedPeriod } from '../../../src/domain/fetch.js'
import { createDeliveries } from '../../../src/services/deliveries.js'
import { createFetches } from '../../../src/services/fetches.js'
import { anActor } from '../../support/world/builders.js'
import { aFetch, openRecorder, reportedFrom } from '../../support/world/fetches.js'
import { firstLoad, newTenant, openStores, publishOnce, type Stores } from '../../support/world/stores.js'

let stores: Stores
let recorder: FetchRecorder & AsyncDisposable
beforeAll(async () => {
  stores = await openStores()
  recorder = openRecorder(stores)
})
afterAll(async () => {
  await recorder?.[Symbol.asyncDispose]()
  await stores?.[Symbol.asyncDispose]()
})

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs)
// The last report is in the future, so that a file of now is eight days old.
beforeEach(() => reportedFrom(stores, inDays(-1), inDays(8)))

async function published(tenantId: string, entity = 'user', day = '2026-11-23'): Promise<Delivery> {
  const runId = await publishOnce(stores, tenantId, entity, { to: new Date(`${day}T00:00:00Z`), load: firstLoad })
  const [delivery] = await stores.deliveries.ofRuns(tenantId, [runId])
  if (!delivery) throw new Error('nothing was published')
  return delivery
}

const fetchWhole = ({ tenantId, path }: Delivery) => recorder.fetched(aFetch(tenantId, path))

/** A tenant that has fetched one file, of another day, so that it is known to fetch over SFTP. */
async function fetchingTenant(): Promise<string> {
  const tenantId = newTenant()
  await fetchWhole(await published(tenantId, 'site', '2026-11-20'))
  return tenantId
}

async function unfetchedPaths(tenantId: string, days = 7): Promise<string[]> {
  const { edges } = await createDeliveries(stores).page(anActor(tenantId), { notFetchedForDays: days })
  return edges.map(({ node }) => node.path)
}

const warningTo = (tenantId: string) => createFetches({ ...stores, unfetchedAfterDays: 7 }).unfetched(anActor(tenantId))

test('a delivered file that is not fetched for seven days is found, until it is fetched', async () => {
  const tenantId = await fetchingTenant()
  const delivery = await published(tenantId)
  expect(await unfetchedPaths(tenantId)).toEqual([delivery.path])
  expect(await warningTo(tenantId)).toEqual({ days: 7, files: 1, oldest: delivery.publishedAt })
  await fetchWhole(delivery)
  expect(await unfetchedPaths(tenantId)).toEqual([])
  expect(await warningTo(tenantId)).toBeNull()
})

test('a file that is younger than the days is not found', async () => {
  const tenantId = await fetchingTenant()
  await published(tenantId)
  expect(await unfetchedPaths(tenantId, 9)).toEqual([])
})

test('half a file is not fetched, and two halves of unknown places are not surely unfetched', async () => {
  const tenantId = await fetchingTenant()
  const delivery = await published(tenantId)
  await recorder.fetched(aFetch(tenantId, delivery.path, { bytesRead: 60 }))
  expect(await unfetchedPaths(tenantId)).toEqual([delivery.path])
  await recorder.fetched(aFetch(tenantId, delivery.path, { bytesRead: 60 }))
  expect(await unfetchedPaths(tenantId)).toEqual([])
})

test('the same half twice is not fetched if the server reports which bytes were read', async () => {
  const tenantId = await fetchingTenant()
  const delivery = await published(tenantId)
  const half = { bytesRead: 60, ranges: [{ from: 0, to: 60 }] }
  for (let times = 0; times < 2; times++) await recorder.fetched(aFetch(tenantId, delivery.path, half))
  expect(await unfetchedPaths(tenantId)).toEqual([delivery.path])
})

test('a revision that was replaced and a file that was removed need not be fetched', async () => {
  const tenantId = await fetchingTenant()
  await published(tenantId)
  const second = await published(tenantId)
  expect(second.revision).toBe(2)
  expect(await warningTo(tenantId)).toMatchObject({ files: 1, oldest: second.publishedAt })
  await stores.query(
    `INSERT INTO manifest (tenant_id, day, path, pending) VALUES ($1, $2, 'datapackage.json', false)
     ON CONFLICT DO NOTHING`,
    [tenantId, second.day],
  )
  await stores.transact(tenantId, ({ files }) => files.recordRemoval(second.day))
  expect(await warningTo(tenantId)).toBeNull()
})

test('a tenant without a key that has fetched nothing gets no warning, and one with a key gets it', async () => {
  const tenantId = newTenant()
  await published(tenantId)
  expect(await warningTo(tenantId)).toBeNull()
  await stores.query(
    `INSERT INTO sftp_key (id, tenant_id, type, public_key, fingerprint, label, added_at, added_by)
     VALUES (gen_random_uuid(), $1, 'ssh-ed25519', 'AAAA', $2, 'l', now(), 'x')`,
    [tenantId, `SHA256:${'k'.repeat(43)}`],
  )
  expect(await warningTo(tenantId)).toMatchObject({ files: 1 })
})

test('operators find the tenants with such files, and no others', async () => {
  const [late, punctual, silent] = [await fetchingTenant(), await fetchingTenant(), newTenant()]
  const oldest = await published(late)
  await published(late, 'content')
  await fetchWhole(await published(punctual))
  await published(silent)
  const period = unfetchedPeriod(await stores.fetches.reports(), 7)
  const found = await stores.fetches.unfetchedByTenant(period!)
  expect(found.get(late)).toEqual({ files: 2, oldest: oldest.publishedAt })
  expect([found.has(punctual), found.has(silent)]).toEqual([false, false])
})

test('without a server that reports fetches, no file is found and no tenant is warned', async () => {
  const tenantId = await fetchingTenant()
  await published(tenantId)
  await stores.query('DELETE FROM fetch_source')
  expect(await unfetchedPaths(tenantId)).toEqual([])
  expect(await warningTo(tenantId)).toBeNull()
})

test('files from before the first report are not found', async () => {
  const tenantId = await fetchingTenant()
  await published(tenantId)
  await reportedFrom(stores, inDays(1), inDays(8))
  expect(await unfetchedPaths(tenantId)).toEqual([])
})

test.each([0, 91, 1.5, -1, Number.NaN])('%d days are refused', async (days) => {
  await expect(unfetchedPaths(newTenant(), days)).rejects.toThrow('Give a whole number of days from 1 to 90')
})
