import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DeliveryStore } from '../../src/database/delivery-store.js'
import { ExportError } from '../../src/domain/errors.js'
import type { Run } from '../../src/domain/run.js'
import type { Extent } from '../../src/domain/window.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  firstLoad,
  newTenant,
  noTrouble,
  openStores,
  publishOnce,
  type Stores,
} from '../support/stores.js'

let stores: Stores
let store: DeliveryStore

beforeAll(async () => {
  stores = await openStores()
  store = stores.deliveries
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = new Date('2026-11-23T00:00:00Z')
const noon = new Date('2026-11-23T12:00:00Z')
const tuesday = new Date('2026-11-24T00:00:00Z')
const done = async (): Promise<void> => undefined

const sinceMonday: Extent = { mode: 'DELTA', from: monday, baseSnapshot: '900:905:901' }

/** A run of a new tenant that has begun, with its entities waiting. */
function begunRun(...entities: string[]): Promise<Run> {
  return stores.runs.begin(aNewRun(newTenant()), aPlan(...entities))
}

const partOf = (run: Run, entity: string) => ({ runId: run.id, tenantId: run.tenantId, entity })

async function entityOf(run: Run, name: string) {
  const found = await stores.runs.find(run.tenantId, run.id)
  return found?.entities.find(({ entity }) => entity === name)
}

async function watermarkOf(tenantId: string, entity: string) {
  return (await store.watermarks(tenantId)).get(entity)
}

const superseded = { code: 'SUPERSEDED', retryable: false }

describe('publishing a file (promise 3: the watermark moves last, with the delivery)', () => {
  it('records the delivery, the watermark and the end of the entity, and gives the file its name', async () => {
    const run = await begunRun('user')
    const rename = vi.fn<typeof done>(done)
    const claim = await claimOf(stores, run, 'user')
    expect(await store.publish(claim, aFile(run, 'user', { rows: 7, bytes: 123 }), rename)).toEqual({
      rows: 7,
      bytes: 123,
      path: `/exports/${run.tenantId}/2026/11/23/user/user.csv`,
      revision: 1,
    })
    expect(rename).toHaveBeenCalledTimes(1)
    expect(await watermarkOf(run.tenantId, 'user')).toEqual({
      to: monday,
      fullLoadRequested: false,
      deliveryId: expect.any(String),
      extent: firstLoad,
      snapshot: '900:905:901',
      systemIdentifier: '7000000000000000001',
      columns: 'code:string',
    })
    expect(await entityOf(run, 'user')).toMatchObject({
      status: 'PUBLISHED',
      rows: 7n,
      bytes: 123n,
      sha256: 'ab'.repeat(32),
      revision: 1,
      error: null,
      finishedAt: expect.any(Date),
    })
  })

  it('rolls everything back where the rename fails, and the same attempt can try again', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    const failing = store.publish(claim, aFile(run, 'user'), async () => {
      throw new ExportError('SFTP_PROTOCOL', 'no')
    })
    await expect(failing).rejects.toMatchObject({ code: 'SFTP_PROTOCOL' })
    expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    expect(await stores.query('SELECT 1 FROM delivery WHERE tenant_id = $1', [run.tenantId])).toEqual([])
    expect(await stores.manifests.pending(run.tenantId)).toEqual([])
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'RUNNING', path: null })
    expect(await store.publish(claim, aFile(run, 'user'), done)).toMatchObject({ revision: 1 })
  })

  it('shows nobody the watermark before the file has its name', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await store.publish(claim, aFile(run, 'user'), async () => {
      expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    })
    expect(await watermarkOf(run.tenantId, 'user')).toBeDefined()
  })

  it('told again, gives what was published, and publishes nothing twice', async () => {
    const run = await begunRun('user')
    const published = await store.publish(await claimOf(stores, run, 'user'), aFile(run, 'user'), done)
    expect(await store.claim(partOf(run, 'user'), 2)).toEqual({ published })
    expect(await entityOf(run, 'user')).toMatchObject({ attempts: 1 })
  })

  it('of rows and bytes beyond 32 bits keeps the numbers', async () => {
    const run = await begunRun('user')
    const file = aFile(run, 'user', { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 })
    await store.publish(await claimOf(stores, run, 'user'), file, done)
    expect(await store.claim(partOf(run, 'user'), 2)).toMatchObject({
      published: { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 },
    })
  })

  it('keeps the window and the snapshot that a delta began at', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: sinceMonday, file: { snapshot: '950:950:' } })
    expect(await watermarkOf(tenantId, 'user')).toMatchObject({
      to: tuesday,
      extent: sinceMonday,
      snapshot: '950:950:',
    })
  })
})

describe('one writer for a tenant and entity (promise 11)', () => {
  it('fences off an attempt once a later one has begun: SUPERSEDED, and nothing is renamed', async () => {
    const run = await begunRun('user')
    const [old, rename] = [await claimOf(stores, run, 'user', 1), vi.fn<typeof done>(done)]
    const later = await claimOf(stores, run, 'user', 2)
    await expect(store.publish(old, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    await expect(store.noteParts(old, '/part')).rejects.toMatchObject(superseded)
    expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    expect(await store.publish(later, aFile(run, 'user'), rename)).toMatchObject({ revision: 1 })
    expect(rename).toHaveBeenCalledTimes(1)
  })

  it('lets a later attempt wait while a file is being renamed, and then tells it that it is published', async () => {
    const run = await begunRun('user')
    let later: ReturnType<DeliveryStore['claim']> | undefined
    const published = await store.publish(await claimOf(stores, run, 'user'), aFile(run, 'user'), async () => {
      later = store.claim(partOf(run, 'user'), 2)
      await vi.waitFor(async () => {
        const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
        expect(await stores.query(sql)).toHaveLength(1)
      })
    })
    expect(await later).toEqual({ published })
  })

  it.each([
    ['failed', noTrouble],
    ['was cancelled', { ...noTrouble, cancelled: true }],
  ])('fences off an attempt of a run that %s', async (_how, end) => {
    const run = await begunRun('user')
    const [claim, rename] = [await claimOf(stores, run, 'user'), vi.fn<typeof done>(done)]
    await stores.runs.finish(run.id, end)
    await expect(store.publish(claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    await expect(store.claim(partOf(run, 'user'), 2)).rejects.toMatchObject(superseded)
  })

  it('refuses a claim on what is not part of a run', async () => {
    const run = await begunRun('user')
    await expect(store.claim(partOf(run, 'feed'), 1)).rejects.toMatchObject(superseded)
    await expect(store.claim({ ...partOf(run, 'user'), runId: randomUUID() }, 1)).rejects.toMatchObject(superseded)
  })

  it('counts attempts, keeps when the first began, and gives the window that was planned', async () => {
    const tenantId = newTenant()
    const planned = { entity: 'user', extent: sinceMonday, previousDeliveryId: null }
    const run = await stores.runs.begin(aNewRun(tenantId), aPlan(planned))
    const first = await claimOf(stores, run, 'user', 1)
    const before = await entityOf(run, 'user')
    const second = await claimOf(stores, run, 'user', 2)
    expect([first.extent, second.extent]).toEqual([sinceMonday, sinceMonday])
    expect(second.id).not.toBe(first.id)
    expect(await entityOf(run, 'user')).toMatchObject({
      status: 'RUNNING',
      attempts: 2,
      startedAt: before?.startedAt,
    })
  })
})

describe('the watermark (promise 3: compare-and-set, never back)', () => {
  it('refuses a file planned from where it no longer stands', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const previousDeliveryId = (await watermarkOf(tenantId, 'user'))!.deliveryId
    const stale = await stores.runs.begin(
      aNewRun(tenantId, { to: tuesday }),
      aPlan({ entity: 'user', extent: sinceMonday, previousDeliveryId }),
    )
    const claim = await claimOf(stores, stale, 'user')
    await moveBehindOurBack(tenantId)
    const [moved, rename] = [await watermarkOf(tenantId, 'user'), vi.fn<typeof done>(done)]
    await expect(store.publish(claim, aFile(stale, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    expect(await watermarkOf(tenantId, 'user')).toEqual(moved)
  })

  it('refuses a first file where another one has come first', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await moveBehindOurBack(run.tenantId)
    const rename = vi.fn<typeof done>(done)
    await expect(store.publish(claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
  })

  it('never goes back, whoever writes it: the database refuses', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const back = stores.query(`UPDATE watermark SET "to" = "to" - interval '1 ms' WHERE tenant_id = $1`, [tenantId])
    await expect(back).rejects.toThrow('would go back')
    const watermark = await watermarkOf(tenantId, 'user')
    const planned = { entity: 'user', extent: firstLoad, previousDeliveryId: watermark!.deliveryId }
    const early = await stores.runs.begin(aNewRun(tenantId, { to: new Date('2026-11-22T00:00:00Z') }), aPlan(planned))
    const rename = vi.fn<typeof done>(done)
    const publishing = store.publish(await claimOf(stores, early, 'user'), aFile(early, 'user'), rename)
    await expect(publishing).rejects.toBeInstanceOf(ExportError)
    expect(rename).not.toHaveBeenCalled()
    expect(await watermarkOf(tenantId, 'user')).toEqual(watermark)
  })

  it('is one for each entity and tenant', async () => {
    const [tenantId, other] = [newTenant(), newTenant()]
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'feed', { to: tuesday })
    await publishOnce(stores, other, 'user', { to: noon })
    const found = await store.watermarks(tenantId)
    expect([...found].map(([entity, { to }]) => [entity, to]).toSorted()).toEqual([
      ['feed', tuesday],
      ['user', monday],
    ])
  })

  /** As a second run of the same tenant would, which the index on running runs forbids. */
  async function moveBehindOurBack(tenantId: string): Promise<void> {
    const deliveryId = randomUUID()
    await stores.query(
      `INSERT INTO delivery (id, tenant_id, entity, run_id, day, revision, path, mode, full_load_reason, "to", snapshot,
                             system_identifier, columns, rows, bytes, sha256, published_at)
       VALUES ($1, $2, 'user', gen_random_uuid(), '2026-11-23', 9, '/x', 'FULL', 'FIRST', $3, '1:1:', '1', 'c:string',
               0, 0, '', now())`,
      [deliveryId, tenantId, noon],
    )
    await stores.query(
      `INSERT INTO watermark (tenant_id, entity, "to", delivery_id, updated_at) VALUES ($1, 'user', $3, $2, now())
       ON CONFLICT (tenant_id, entity) DO UPDATE SET "to" = excluded."to", delivery_id = excluded.delivery_id`,
      [tenantId, deliveryId, noon],
    )
  }
})

describe('the revision (promise 6: it goes up with each file of a day)', () => {
  it('counts within the day and entity, and begins anew with the next day', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'user', { to: noon })
    await publishOnce(stores, tenantId, 'feed', { to: noon })
    await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-23T23:59:59.999Z') })
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: sinceMonday })
    const sql = `SELECT entity, day::text, revision FROM delivery WHERE tenant_id = $1 ORDER BY published_at`
    const rows = await stores.query(sql, [tenantId])
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      'user 2026-11-23 1',
      'user 2026-11-23 2',
      'feed 2026-11-23 1',
      'user 2026-11-23 3',
      'user 2026-11-24 1',
    ])
  })
})

describe('a full load that is asked for (promise 5)', () => {
  const again: Extent = { mode: 'FULL', reason: 'REQUESTED' }

  it('stays asked for over a delta, and is answered by a full load', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await store.requestFullLoad(tenantId, ['user'])
    await publishOnce(stores, tenantId, 'user', { to: noon, extent: sinceMonday })
    expect(await watermarkOf(tenantId, 'user')).toMatchObject({ fullLoadRequested: true })
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: again })
    expect(await watermarkOf(tenantId, 'user')).toMatchObject({ fullLoadRequested: false, extent: again })
  })

  it('is of the entities and the tenant that were named, and no matter where nothing was published', async () => {
    const [tenantId, other] = [newTenant(), newTenant()]
    for (const tenant of [tenantId, other]) await publishOnce(stores, tenant, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'feed', { to: monday })
    await store.requestFullLoad(tenantId, ['user', 'site'])
    const requested = async (tenant: string) =>
      [...(await store.watermarks(tenant))].filter(([, mark]) => mark.fullLoadRequested).map(([entity]) => entity)
    expect(await requested(tenantId)).toEqual(['user'])
    expect(await requested(other)).toEqual([])
  })
})

describe('hidden files (promise 7: what an attempt leaves behind is removed)', () => {
  it('of earlier attempts and runs are told to each next one, until it has noted that they are gone', async () => {
    const tenantId = newTenant()
    const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    await store.noteParts(await claimOf(stores, first, 'user', 1), '/a.part')
    const retried = await claimOf(stores, first, 'user', 2)
    expect(retried.leftovers).toEqual(['/a.part'])
    await store.noteParts(retried, '/b.part')
    await stores.runs.finish(first.id, noTrouble)

    const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const claim = await claimOf(stores, next, 'user', 1)
    expect(claim.leftovers).toEqual(['/b.part'])
    const undone = await claimOf(stores, next, 'user', 2)
    expect(undone.leftovers).toEqual(['/b.part'])
    await store.noteParts(undone, '/c.part')
    await store.noteParts({ ...undone, leftovers: [] }, null)
    expect((await claimOf(stores, next, 'user', 3)).leftovers).toEqual([])
  })

  it('are none once the file is published', async () => {
    const tenantId = newTenant()
    const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const claim = await claimOf(stores, first, 'user')
    await store.noteParts(claim, '/a.part')
    await store.publish(claim, aFile(first, 'user'), done)
    await stores.runs.finish(first.id, noTrouble)
    const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    expect((await claimOf(stores, next, 'user')).leftovers).toEqual([])
  })

  it('are those of the entity and the tenant alone', async () => {
    const [run, other] = [await begunRun('user', 'feed'), await begunRun('user')]
    await store.noteParts(await claimOf(stores, run, 'user'), '/a.part')
    expect((await claimOf(stores, run, 'feed')).leftovers).toEqual([])
    expect((await claimOf(stores, other, 'user')).leftovers).toEqual([])
  })
})

describe('the error of an attempt', () => {
  const full = { code: 'SFTP_NO_SPACE' as const, message: 'full' }

  it('shows while it is tried again, and goes with success', async () => {
    const run = await begunRun('user')
    await claimOf(stores, run, 'user', 1)
    await store.noteFailure(partOf(run, 'user'), full)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'RUNNING', error: full })
    await store.publish(await claimOf(stores, run, 'user', 2), aFile(run, 'user'), done)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'PUBLISHED', error: null, attempts: 2 })
  })

  it('stays with what failed in the end, and does not stick to what is published', async () => {
    const run = await begunRun('user', 'feed')
    await claimOf(stores, run, 'user')
    await store.noteFailure(partOf(run, 'user'), full)
    await store.publish(await claimOf(stores, run, 'feed'), aFile(run, 'feed'), done)
    await store.noteFailure(partOf(run, 'feed'), { code: 'SUPERSEDED', message: 'too late' })
    await stores.runs.finish(run.id, noTrouble)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'FAILED', error: full })
    expect(await entityOf(run, 'feed')).toMatchObject({ status: 'PUBLISHED', error: null })
  })
})
