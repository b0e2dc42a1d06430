import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { PendingManifest } from '../../../src/domain/publication.js'
import type { PublicationStore } from '../../../src/domain/publication-ports.js'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import { manifestPath } from '../../../src/domain/delivery-path.js'
import { newTenant, openStores, publishOnce, type Stores } from '../../support/world/stores.js'

let stores: Stores
let store: PublicationStore

beforeAll(async () => {
  stores = await openStores()
  store = stores.publications
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = new Date('2026-11-23T00:00:00Z')
const noon = new Date('2026-11-23T12:00:00Z')
const tuesday = new Date('2026-11-24T00:00:00Z')
const written = { bytes: 10, sha256: 'cd'.repeat(32), signedBy: null }

function write(tenantId: string, manifest: PendingManifest): Promise<boolean> {
  return store.recordManifest(
    tenantId,
    manifest,
    { ...written, revision: manifest.revision + 1 },
    async () => undefined,
  )
}

/** Writes the manifests that are pending, as publishManifest does. */
async function writeAll(tenantId: string): Promise<void> {
  for (const manifest of await store.pendingManifests(tenantId)) await write(tenantId, manifest)
}

describe('the manifest of a day (promise 8)', () => {
  test('a manifest stays pending if a file of its day has changed since it was read', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const [read] = await store.pendingManifests(tenantId)
    if (!read) throw new Error('nothing is pending')
    await publishOnce(stores, tenantId, 'site', { to: monday })
    const place = vi.fn<() => Promise<void>>(async () => undefined)
    expect(await store.recordManifest(tenantId, read, { ...written, revision: 1 }, place)).toBe(false)
    expect(place).not.toHaveBeenCalled()
    expect(await store.pendingManifests(tenantId)).toMatchObject([{ day: monday, revision: 0 }])
    await writeAll(tenantId)
    expect(await store.pendingManifests(tenantId)).toEqual([])
  })

  test('a manifest is pending from the first file of its day until it is written', async () => {
    const tenantId = newTenant()
    expect(await store.pendingManifests(tenantId)).toEqual([])
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const path = manifestPath(tenantId, monday)
    expect(await store.pendingManifests(tenantId)).toMatchObject([{ day: monday, path, revision: 0 }])
    await writeAll(tenantId)
    expect(await store.pendingManifests(tenantId)).toEqual([])
    const [row] = await stores.query('SELECT * FROM manifest WHERE tenant_id = $1', [tenantId])
    expect(row).toMatchObject({ revision: 1, bytes: '10', sha256: written.sha256, published_at: expect.any(Date) })
  })

  test('one attempt at a time renames a manifest, and a stale attempt does not', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const [read] = await store.pendingManifests(tenantId)
    if (!read) throw new Error('nothing is pending')
    await store.recordManifest(tenantId, read, { ...written, revision: 1 }, async () => {
      const other = stores.connect()
      const lock = (await other).query(`SELECT 1 FROM manifest WHERE tenant_id = $1 FOR UPDATE NOWAIT`, [tenantId])
      await expect(lock).rejects.toMatchObject({ code: '55P03' })
      await (await other).end()
    })
    const place = vi.fn<() => Promise<void>>(async () => undefined)
    expect(await store.recordManifest(tenantId, read, { ...written, revision: 1 }, place)).toBe(false)
    expect(place).not.toHaveBeenCalled()
  })

  test('a manifest stays pending if its rename fails', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const [read] = await store.pendingManifests(tenantId)
    if (!read) throw new Error('nothing is pending')
    const placing = store.recordManifest(tenantId, read, { ...written, revision: 1 }, () =>
      Promise.reject(new Error('no')),
    )
    await expect(placing).rejects.toThrow('no')
    expect(await store.pendingManifests(tenantId)).toEqual([read])
  })

  test('a day has one manifest, and pending manifests are sorted by day', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'feed', { to: tuesday })
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'user', { to: noon })
    expect((await store.pendingManifests(tenantId)).map(({ day, revision }) => [day, revision])).toEqual([
      [monday, 0],
      [tuesday, 0],
    ])
  })

  test('a manifest is pending again once a file of its day is replaced (promise 6)', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await writeAll(tenantId)
    await publishOnce(stores, tenantId, 'user', { to: noon })
    expect(await store.pendingManifests(tenantId)).toMatchObject([{ day: monday, revision: 1 }])
    await writeAll(tenantId)
    await publishOnce(stores, tenantId, 'user', { to: tuesday })
    expect(await store.pendingManifests(tenantId)).toMatchObject([{ day: tuesday, revision: 0 }])
  })

  test('each tenant has a manifest of its own for a day', async () => {
    const [tenantId, other] = [newTenant(), newTenant()]
    await publishOnce(stores, tenantId, 'user', { to: monday })
    expect(await store.pendingManifests(other)).toEqual([])
    await publishOnce(stores, other, 'user', { to: monday })
    await writeAll(tenantId)
    expect(await store.pendingManifests(other)).toHaveLength(1)
    expect(await store.filesOfDay(tenantId, monday)).toHaveLength(1)
  })
})

describe('an announced change of the files of a day', () => {
  test('an announced change returns the path of the published manifest and makes it pending (promise 8)', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await writeAll(tenantId)
    expect(await store.announceChange(tenantId, noon)).toBe(manifestPath(tenantId, monday))
    expect(await store.pendingManifests(tenantId)).toMatchObject([{ day: monday, revision: 1 }])
  })

  test('an announced change returns no path if the day has no published manifest', async () => {
    const tenantId = newTenant()
    expect(await store.announceChange(tenantId, monday)).toBeUndefined()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    expect(await store.announceChange(tenantId, monday)).toBeUndefined()
    await writeAll(tenantId)
    expect(await store.announceChange(tenantId, tuesday)).toBeUndefined()
    expect(await store.pendingManifests(tenantId)).toEqual([])
  })
})

describe('the files of a day', () => {
  test('the files of a day are the latest revision of each entity', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'site', { to: monday })
    const load = {
      mode: 'DELTA' as const,
      from: new Date('2026-11-22T00:00:00Z'),
      fromSnapshot: '800:800:',
      previous: 1,
    }
    const file = { rows: 8, bytes: 5_000_000_000, sha256: 'ef'.repeat(32), columns: 'code:string,name:string' }
    await publishOnce(stores, tenantId, 'user', { to: noon, load, file })
    await publishOnce(stores, tenantId, 'user', { to: tuesday })
    const files = await store.filesOfDay(tenantId, monday)
    expect(files.map(({ entity, revision }) => [entity, revision])).toEqual([
      ['site', 1],
      ['user', 2],
    ])
    expect(files[1]).toEqual({
      entity: 'user',
      path: `/exports/${tenantId}/2026/11/23/user/user.csv`,
      ...file,
      format: defaultFileFormat,
      encryption: null,
      parts: null,
      load,
      to: noon,
      revision: 2,
      sequence: 2,
      sourceRows: 8,
      irregular: [],
      sourceTypes: null,
      schemaVersion: 2,
      redelivered: false,
      attempts: 1,
      publishedAt: expect.any(Date),
      removedAt: null,
      id: expect.any(String),
      runId: expect.any(String),
      tenantId,
      day: monday,
      snapshot: '900:905:901',
      systemIdentifier: '7000000000000000001',
      timeline: 1,
    })
  })

  test('revisions of a day are sorted as numbers', async () => {
    const tenantId = newTenant()
    for (let minute = 0; minute < 11; minute++) {
      await publishOnce(stores, tenantId, 'user', { to: new Date(monday.getTime() + minute * 60_000) })
    }
    expect(await store.filesOfDay(tenantId, monday)).toMatchObject([{ revision: 11 }])
  })
})
