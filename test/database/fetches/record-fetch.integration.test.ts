import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FetchRecorder } from '../../../src/database/fetches/record-fetch.js'
import { deliveryPath } from '../../../src/domain/delivery-path.js'
import type { Delivery, WrittenFile } from '../../../src/domain/delivery.js'
import { aFetch, openRecorder } from '../../support/world/fetches.js'
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

const to = new Date('2026-11-23T00:00:00Z')

async function published(tenantId: string, file: Partial<WrittenFile> = {}): Promise<Delivery> {
  const runId = await publishOnce(stores, tenantId, 'user', { to, load: firstLoad, file })
  const [delivery] = await stores.deliveries.ofRuns(tenantId, [runId])
  if (!delivery) throw new Error('nothing was published')
  return delivery
}

const partsOf = async ({ tenantId, id }: Delivery) => (await stores.fetches.parts(tenantId, [id])).get(id) ?? []
const pageOf = ({ tenantId, id }: Delivery) =>
  stores.fetches.page(tenantId, id, { take: 10, backwards: false, from: undefined })

describe('a fetch', () => {
  test('a fetch of all bytes is on record with its key, its address and its times, and is whole', async () => {
    const delivery = await published(newTenant())
    const keyFingerprint = `SHA256:${'k'.repeat(43)}`
    const startedAt = new Date(Date.now() - 5_000)
    const fetch = aFetch(delivery.tenantId, delivery.path, { keyFingerprint, startedAt })
    expect(await recorder.fetched(fetch)).toBe(true)
    const { tenantId: _tenantId, ranges: _ranges, ...reported } = fetch
    expect(await pageOf(delivery)).toEqual([{ ...reported, deliveryId: delivery.id, isWhole: true }])
    expect(await partsOf(delivery)).toEqual([{ fetches: 1, wholeAt: fetch.endedAt }])
  })

  test('a fetch that is reported twice counts once', async () => {
    const delivery = await published(newTenant())
    const fetch = aFetch(delivery.tenantId, delivery.path)
    expect([await recorder.fetched(fetch), await recorder.fetched(fetch)]).toEqual([true, false])
    expect(await partsOf(delivery)).toMatchObject([{ fetches: 1 }])
  })

  test('two ranges that cover a file are a whole fetch, and the same half twice is none', async () => {
    const [resumed, repeated] = [await published(newTenant()), await published(newTenant())]
    const half = (delivery: Delivery, from: number, end: number) =>
      recorder.fetched(aFetch(delivery.tenantId, delivery.path, { bytesRead: end - from, ranges: [{ from, to: end }] }))
    await half(resumed, 0, 60)
    expect(await partsOf(resumed)).toEqual([{ fetches: 1, wholeAt: null }])
    await half(resumed, 50, 99)
    expect(await partsOf(resumed)).toEqual([{ fetches: 2, wholeAt: expect.any(Date) }])
    await half(repeated, 0, 60)
    await half(repeated, 0, 60)
    expect(await partsOf(repeated)).toEqual([{ fetches: 2, wholeAt: null }])
  })

  test('the first whole fetch stays the first, also if it is reported last', async () => {
    const delivery = await published(newTenant())
    const first = new Date(delivery.publishedAt.getTime() + 1)
    const later = new Date(first.getTime() + 5)
    for (const endedAt of [later, first]) {
      await recorder.fetched(aFetch(delivery.tenantId, delivery.path, { startedAt: first, endedAt }))
    }
    expect(await partsOf(delivery)).toEqual([{ fetches: 2, wholeAt: first }])
  })

  test('a fetch from before the file was written is not recorded', async () => {
    const delivery = await published(newTenant())
    const before = new Date(delivery.publishedAt.getTime() - 120_000)
    const fetch = aFetch(delivery.tenantId, delivery.path, { startedAt: before, endedAt: before })
    expect(await recorder.fetched(fetch)).toBe(false)
  })

  test('each file part of a split file is fetched for itself', async () => {
    const tenantId = newTenant()
    const path = (number: number) => deliveryPath(tenantId, 'user', to).replace('user.csv', `user.000${number}.csv`)
    const part = (number: number, bytes: number) => ({ path: path(number), rows: 1, bytes, sha256: 'ab'.repeat(32) })
    const delivery = await published(tenantId, { path: path(1), bytes: 150, parts: [part(1, 100), part(2, 50)] })
    await recorder.fetched(aFetch(tenantId, path(2), { bytesRead: 50 }))
    await recorder.fetched(aFetch(tenantId, path(1), { bytesRead: 99 }))
    expect((await partsOf(delivery)).map(({ wholeAt }) => wholeAt !== null).toSorted()).toEqual([false, true])
    await recorder.fetched(aFetch(tenantId, path(1), { bytesRead: 100 }))
    expect((await partsOf(delivery)).every(({ wholeAt }) => wholeAt !== null)).toBe(true)
  })

  test('a fetch counts for the revision that had the name when the file was opened', async () => {
    const tenantId = newTenant()
    const first = await published(tenantId)
    const opened = new Date(first.publishedAt.getTime() + 1)
    const second = await published(tenantId, { bytes: 200 })
    expect([first.revision, second.revision, second.path]).toEqual([1, 2, first.path])
    await recorder.fetched(aFetch(tenantId, first.path, { startedAt: opened }))
    const after = new Date(second.publishedAt.getTime() + 1)
    await recorder.fetched(aFetch(tenantId, first.path, { startedAt: after, endedAt: after, bytesRead: 200 }))
    expect(await partsOf(first)).toMatchObject([{ fetches: 1, wholeAt: expect.any(Date) as unknown }])
    expect(await partsOf(second)).toMatchObject([{ fetches: 1, wholeAt: expect.any(Date) as unknown }])
  })

  test.each([
    ['the file of another tenant', (path: string) => path, newTenant()],
    ['a file that was never delivered', (path: string) => path.replace('user.csv', 'other.csv'), undefined],
    ['the manifest', (path: string) => path.replace('user/user.csv', 'datapackage.json'), undefined],
    ['a day that does not exist', (path: string) => path.replace('/11/23/', '/11/31/'), undefined],
    ['a path that leads out', (path: string) => path.replace('/user/', '/../user/'), undefined],
    ['a path with a line break', (path: string) => `${path}\nclose`, undefined],
  ])('a fetch of %s is not recorded', async (_what, change, account) => {
    const delivery = await published(newTenant())
    expect(await recorder.fetched(aFetch(account ?? delivery.tenantId, change(delivery.path)))).toBe(false)
    expect(await partsOf(delivery)).toEqual([])
  })

  test('a fetch without any byte is not recorded', async () => {
    const delivery = await published(newTenant())
    expect(await recorder.fetched(aFetch(delivery.tenantId, delivery.path, { bytesRead: 0 }))).toBe(false)
  })

  test('a tenant reads no fetch of another tenant', async () => {
    const [mine, theirs] = [await published(newTenant()), await published(newTenant())]
    for (const { tenantId, path } of [mine, theirs]) await recorder.fetched(aFetch(tenantId, path))
    expect(
      await stores.fetches.page(mine.tenantId, theirs.id, { take: 10, backwards: false, from: undefined }),
    ).toEqual([])
    expect(await stores.fetches.parts(mine.tenantId, [theirs.id])).toEqual(new Map())
  })
})

describe('what is kept', () => {
  test('old fetches are removed, and what was fetched stays with the delivery', async () => {
    const delivery = await published(newTenant())
    await recorder.fetched(aFetch(delivery.tenantId, delivery.path))
    await stores.query("UPDATE file_fetch SET ended_at = now() - interval '91 days' WHERE delivery_id = $1", [
      delivery.id,
    ])
    expect(await stores.retention.removeOldFetches(0, 100)).toBe(0)
    expect(await stores.retention.removeOldFetches(100, 100)).toBe(0)
    expect(await stores.retention.removeOldFetches(90, 100)).toBe(1)
    expect(await pageOf(delivery)).toEqual([])
    expect(await partsOf(delivery)).toMatchObject([{ fetches: 1, wholeAt: expect.any(Date) as unknown }])
  })

  test('no fetch that is younger than 90 days is removed', async () => {
    const delivery = await published(newTenant())
    await recorder.fetched(aFetch(delivery.tenantId, delivery.path))
    expect(await stores.retention.removeOldFetches(1, 100)).toBe(0)
  })

  test('erasing a tenant removes what is known of its clients', async () => {
    const delivery = await published(newTenant())
    await recorder.fetched(aFetch(delivery.tenantId, delivery.path))
    await stores.transact(delivery.tenantId, ({ fetches }) => fetches.removeAll())
    expect([await pageOf(delivery), await partsOf(delivery)]).toEqual([[], []])
  })
})

describe('the source of fetches', () => {
  test('a report after a gap of more than 15 minutes begins anew, and a shorter gap does not', async () => {
    const sinceIs = async () => (await stores.fetches.reports())?.since
    await recorder.alive()
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
    const set = (since: Date, seen: Date) =>
      stores.query('UPDATE fetch_source SET since = $1, seen_at = $2', [since, seen])
    const start = ago(100)
    await set(start, ago(14))
    await recorder.alive()
    expect(await sinceIs()).toEqual(start)
    await set(start, ago(16))
    await recorder.alive()
    expect((await sinceIs())?.getTime()).toBeGreaterThan(ago(1).getTime())
  })

  test('the last use of a key is that of the tenant that has it', async () => {
    const [mine, theirs] = [newTenant(), newTenant()]
    const fingerprint = `SHA256:${'u'.repeat(43)}`
    const key = {
      type: 'ssh-ed25519' as const,
      blob: 'AAAA',
      fingerprint,
      label: 'l',
      addedBy: 'x',
      addedAt: new Date(),
    }
    for (const tenantId of [mine, theirs]) {
      await stores.transact(tenantId, ({ sftpKeys }) => sftpKeys.add({ ...key, id: randomUUID() }))
    }
    const at = new Date()
    await recorder.loggedIn({ tenantId: mine, keyFingerprint: fingerprint, at })
    await recorder.loggedIn({ tenantId: mine, keyFingerprint: `SHA256:${'v'.repeat(43)}`, at })
    expect(await stores.fetches.keyUses(mine)).toEqual(new Map([[fingerprint, at]]))
    expect(await stores.fetches.keyUses(theirs)).toEqual(new Map())
  })
})
