import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ReservedIndex } from '../../../src/domain/export-index.js'
import { isoDay } from '../../../src/domain/delivery-path.js'
import type { PublicationStore } from '../../../src/domain/publication-ports.js'
import { newTenant, openStores, publishOnce, type Stores } from '../../support/world/stores.js'

let stores: Stores
let store: PublicationStore
beforeAll(async () => {
  stores = await openStores()
  store = stores.publications
})
afterAll(() => stores[Symbol.asyncDispose]())

const [monday, tuesday] = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-24T00:00:00Z')]
const noon = new Date('2026-11-23T12:00:00Z')
const sha256 = 'cd'.repeat(32)
const contracts = { user: { schemaVersion: 1, bytes: 3, sha256 } }
const place = async (): Promise<void> => undefined

/** Publishes a file and writes the manifest of its day, as a run does. */
async function deliver(tenantId: string, to: Date, entity = 'user'): Promise<void> {
  await publishOnce(stores, tenantId, entity, { to })
  for (const manifest of await store.pendingManifests(tenantId)) {
    const content = { bytes: 10, sha256, signedBy: null, revision: manifest.revision + 1 }
    expect(await store.recordManifest(tenantId, manifest, content, place)).toBe(true)
  }
}

async function reserved(tenantId: string): Promise<ReservedIndex> {
  const index = await store.reserveIndex(tenantId)
  if (!index) throw new Error('the index is up to date')
  return index
}

function record(tenantId: string, revision: number, rename = place): Promise<boolean> {
  return store.recordIndex(tenantId, revision, { bytes: 20, sha256, signedBy: null, contracts }, rename)
}

async function written(tenantId: string): Promise<ReservedIndex> {
  const index = await reserved(tenantId)
  expect(await record(tenantId, index.revision)).toBe(true)
  return index
}

const changes = ({ days }: ReservedIndex) => days.map(({ day, change }) => [isoDay(day), change])

describe('the index of a tenant', () => {
  test('a tenant without a manifest has no index', async () => {
    const tenantId = newTenant()
    expect(await store.reserveIndex(tenantId)).toBeUndefined()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    expect(await store.reserveIndex(tenantId)).toBeUndefined()
  })

  test('each change of a day gets a higher number, and other days keep theirs', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    expect(changes(await written(tenantId))).toEqual([['2026-11-23', 1]])
    expect(await store.reserveIndex(tenantId)).toBeUndefined()
    await deliver(tenantId, tuesday)
    expect(changes(await written(tenantId))).toEqual([
      ['2026-11-23', 1],
      ['2026-11-24', 2],
    ])
    await publishOnce(stores, tenantId, 'site', { to: noon })
    await deliver(tenantId, noon, 'feed')
    const third = await written(tenantId)
    expect(third).toMatchObject({ revision: 3, lastChange: 3, isInterrupted: false, contracts })
    expect(changes(third)).toEqual([
      ['2026-11-23', 3],
      ['2026-11-24', 2],
    ])
    expect(third.days[0]).toMatchObject({ revision: 2, bytes: 10, sha256, isRemoved: false })
  })

  test('an index names the newest delivery of each entity', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday, 'site')
    await deliver(tenantId, monday)
    await deliver(tenantId, tuesday)
    const { entities } = await written(tenantId)
    expect(entities).toMatchObject([
      { entity: 'site', sequence: 1, revision: 1, day: monday, schemaVersion: 1, isRemoved: false },
      { entity: 'user', sequence: 2, revision: 1, day: tuesday, path: expect.stringContaining('/2026/11/24/user/') },
    ])
    const deliveries = await store.deliveriesById(
      tenantId,
      entities.map(({ deliveryId }) => deliveryId),
    )
    expect(deliveries.map(({ entity, sequence }) => `${entity} ${sequence}`).toSorted()).toEqual(['site 1', 'user 2'])
  })

  test('numbers and revision of an index that was never written are not given again', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    const lost = await reserved(tenantId)
    expect(changes(lost)).toEqual([['2026-11-23', 1]])
    await deliver(tenantId, tuesday)
    const next = await written(tenantId)
    expect(next).toMatchObject({ revision: 2, isInterrupted: true })
    expect(changes(next)).toEqual([
      ['2026-11-23', 1],
      ['2026-11-24', 2],
    ])
    expect(await store.reserveIndex(tenantId)).toBeUndefined()
  })

  test('a stale attempt gives its index no final name', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    const [stale, later] = [await reserved(tenantId), await reserved(tenantId)]
    const rename = vi.fn<() => Promise<void>>(place)
    expect(await record(tenantId, stale.revision, rename)).toBe(false)
    expect(rename).not.toHaveBeenCalled()
    expect(await record(tenantId, later.revision, rename)).toBe(true)
    expect(rename).toHaveBeenCalledOnce()
  })

  test('an index stays to be written if its rename fails', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    const { revision } = await reserved(tenantId)
    await expect(record(tenantId, revision, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await reserved(tenantId)).toMatchObject({ revision: 2, isInterrupted: true })
  })

  test('attempts at the same time reserve different revisions, and the last one lists every day', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    await deliver(tenantId, tuesday)
    const all = (await Promise.all([1, 2, 3, 4].map(() => store.reserveIndex(tenantId)))).flatMap((each) => each ?? [])
    const last = all.toSorted((one, other) => one.revision - other.revision).at(-1)
    expect(new Set(all.map(({ revision }) => revision)).size).toBe(all.length)
    for (const each of all) expect(changes(each)).toEqual(changes(all[0]!))
    expect(await record(tenantId, last?.revision ?? 0)).toBe(true)
  })

  test('a day that another transaction is changing is listed again after that', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    await deliver(tenantId, tuesday)
    const other = await stores.connect()
    try {
      await other.query('BEGIN')
      await other.query('SELECT 1 FROM manifest WHERE tenant_id = $1 AND day = $2 FOR UPDATE', [tenantId, '2026-11-23'])
      expect(changes(await written(tenantId))).toEqual([['2026-11-24', 1]])
    } finally {
      await other.query('ROLLBACK')
      await other.end()
    }
    expect(changes(await written(tenantId))).toEqual([
      ['2026-11-23', 2],
      ['2026-11-24', 1],
    ])
  })
})

describe('an index after a removal', () => {
  test('an index marks a removed day with a new number, and drops it after 400 days', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    await deliver(tenantId, tuesday)
    await written(tenantId)
    await stores.transact(tenantId, ({ files }) => files.recordRemoval(monday))
    const index = await written(tenantId)
    expect(index.days).toMatchObject([
      { day: monday, change: 3, isRemoved: true },
      { day: tuesday, change: 2, isRemoved: false },
    ])
    await stores.query(`UPDATE manifest SET removed_at = now() - interval '401 days' WHERE tenant_id = $1`, [tenantId])
    await deliver(tenantId, new Date('2026-11-25T00:00:00Z'))
    expect(changes(await written(tenantId))).toEqual([
      ['2026-11-24', 2],
      ['2026-11-25', 4],
    ])
  })

  test('an index of an erased tenant is not written again, and its numbers go on', async () => {
    const tenantId = newTenant()
    await deliver(tenantId, monday)
    const { revision } = await reserved(tenantId)
    await stores.transact(tenantId, async ({ files }) => {
      await files.recordRemoval()
      await files.forgetIndex()
    })
    expect(await record(tenantId, revision)).toBe(false)
    expect(await store.reserveIndex(tenantId)).toBeUndefined()
    await deliver(tenantId, tuesday)
    const index = await written(tenantId)
    expect(changes(index)).toEqual([['2026-11-24', 2]])
    expect(index.contracts).toEqual({})
  })
})

describe('tenants whose index is out of date', () => {
  const soon = (): Date => new Date(Date.now() + 60_000)

  test('a tenant of a release without indexes is found if it has files, and its first index lists all days', async () => {
    const [tenantId, erased] = [newTenant(), newTenant()]
    for (const each of [tenantId, erased]) {
      await deliver(each, monday)
      await deliver(each, tuesday)
    }
    await stores.transact(erased, ({ files }) => files.recordRemoval())
    const found = await stores.oldIndexes.tenants(soon(), 1000)
    expect(found).toContain(tenantId)
    expect(found).not.toContain(erased)
    expect(await store.reserveIndex(erased)).toBeUndefined()
    expect(changes(await written(tenantId))).toEqual([
      ['2026-11-23', 1],
      ['2026-11-24', 2],
    ])
    expect(await stores.oldIndexes.tenants(soon(), 1000)).not.toContain(tenantId)
  })

  test('a tenant whose index was reserved and not written is found, after those that were tried longer ago', async () => {
    const [first, second] = [newTenant(), newTenant()]
    for (const each of [first, second]) {
      await deliver(each, monday)
      await reserved(each)
    }
    await reserved(first)
    const mine = (found: string[]) => found.filter((each) => [first, second].includes(each))
    expect(mine(await stores.oldIndexes.tenants(soon(), 1000))).toEqual([second, first])
    expect(mine(await stores.oldIndexes.tenants(new Date(Date.now() - 60_000), 1000))).toEqual([])
  })
})
