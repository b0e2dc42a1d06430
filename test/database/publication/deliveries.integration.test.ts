import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DeliveryFilter, DeliveryStore } from '../../../src/database/delivery-store.js'
import { deliveryPath } from '../../../src/domain/delivery-path.js'
import { ExportError } from '../../../src/domain/errors.js'
import { defaultFileFormat, type FileFormat } from '../../../src/domain/file-format.js'
import type { Intent, UploadedFile } from '../../../src/domain/publication.js'
import type { PublicationStore } from '../../../src/domain/publication-ports.js'
import type { Run } from '../../../src/domain/run.js'
import type { Extent } from '../../../src/domain/window.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  firstLoad,
  newTenant,
  noTrouble,
  openStores,
  partOf,
  publishFile,
  publishOnce,
  type Stores,
  requestFullLoad,
} from '../../support/stores.js'

let stores: Stores
let store: DeliveryStore
let publications: PublicationStore

beforeAll(async () => {
  stores = await openStores()
  store = stores.deliveries
  publications = stores.publications
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = new Date('2026-11-23T00:00:00Z')
const noon = new Date('2026-11-23T12:00:00Z')
const tuesday = new Date('2026-11-24T00:00:00Z')
const done = async (): Promise<void> => undefined

const sinceMonday = { mode: 'DELTA' as const, from: monday, baseSnapshot: '900:905:901', previous: 1 }

/** A run of a new tenant that has begun, with its entities waiting. */
function begunRun(...entities: string[]): Promise<Run> {
  return stores.runs.begin(aNewRun(newTenant()), aPlan(...entities))
}

async function entityOf(run: Run, name: string) {
  const found = await stores.runs.find(run.tenantId, run.id)
  return found?.entities.find(({ entity }) => entity === name)
}

async function watermarkOf(tenantId: string, entity: string) {
  return (await store.watermarks(tenantId)).get(entity)
}

const superseded = { code: 'SUPERSEDED', retryable: false }

describe('publishing a file (promise 3: the watermark moves last, with the delivery)', () => {
  test('records the delivery, the watermark and the end of the entity, and gives the file its name', async () => {
    const run = await begunRun('user')
    const rename = vi.fn<typeof done>(done)
    const claim = await claimOf(stores, run, 'user')
    expect(await publishFile(stores, claim, aFile(run, 'user', { rows: 7, bytes: 123 }), rename)).toEqual({
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
      sequence: 1,
      snapshot: '900:905:901',
      systemIdentifier: '7000000000000000001',
      timeline: 1,
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

  test('moves nothing where the rename fails; the next attempt is told what was meant, and can end it', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    const failing = publishFile(stores, claim, aFile(run, 'user'), async () => {
      throw new ExportError('SFTP_PROTOCOL', 'no')
    })
    await expect(failing).rejects.toMatchObject({ code: 'SFTP_PROTOCOL' })
    expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    expect(await stores.manifests.files(run.tenantId, monday)).toEqual([])
    expect(await stores.manifests.pending(run.tenantId)).toEqual([])
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'RUNNING', path: null })
    const { intent } = await claimOf(stores, run, 'user', 2)
    const { path, hidden, sha256, bytes } = aFile(run, 'user')
    const files = [{ path, hidden: hidden[0], sha256, bytes }]
    expect(intent).toMatchObject({ path, files, stale: [], sha256, bytes, rows: 3, revision: 1 })
    expect(await publications.record(intent!)).toMatchObject({ revision: 1 })
    expect(await watermarkOf(run.tenantId, 'user')).toMatchObject({ to: monday, sequence: 1 })
  })

  test('shows nobody the watermark before the file has its name', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await publishFile(stores, claim, aFile(run, 'user'), async () => {
      expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    })
    expect(await watermarkOf(run.tenantId, 'user')).toBeDefined()
  })

  test('told again, gives what was published, and publishes nothing twice', async () => {
    const run = await begunRun('user')
    const published = await publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user'), done)
    expect(await publications.claim(partOf(run, 'user'), 2)).toEqual({ published })
    expect(await entityOf(run, 'user')).toMatchObject({ attempts: 1 })
  })

  test('of rows and bytes beyond 32 bits keeps the numbers', async () => {
    const run = await begunRun('user')
    const file = aFile(run, 'user', { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 })
    await publishFile(stores, await claimOf(stores, run, 'user'), file, done)
    expect(await publications.claim(partOf(run, 'user'), 2)).toMatchObject({
      published: { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 },
    })
  })

  test('keeps the window and the snapshot that a delta began at', async () => {
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
  test('fences off an attempt once a later one has begun: SUPERSEDED, and nothing is renamed', async () => {
    const run = await begunRun('user')
    const [old, rename] = [await claimOf(stores, run, 'user', 1), vi.fn<typeof done>(done)]
    const later = await claimOf(stores, run, 'user', 2)
    await expect(publishFile(stores, old, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    await expect(publications.noteHiddenFiles(old, ['/part'])).rejects.toMatchObject(superseded)
    expect(await watermarkOf(run.tenantId, 'user')).toBeUndefined()
    expect(await publishFile(stores, later, aFile(run, 'user'), rename)).toMatchObject({ revision: 1 })
    expect(rename).toHaveBeenCalledTimes(1)
  })

  test('fences off an attempt between its intent and its record: the later one has the intent', async () => {
    const run = await begunRun('user')
    let intent: Intent | null = null
    const left = publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user'), async () => {
      intent = (await claimOf(stores, run, 'user', 2)).intent
    })
    await expect(left).rejects.toMatchObject(superseded)
    expect(await publications.record(intent!)).toMatchObject({ revision: 1 })
  })

  test.each([
    ['failed', noTrouble],
    ['was cancelled', { ...noTrouble, cancelled: true }],
  ])('fences off an attempt of a run that %s', async (_how, end) => {
    const run = await begunRun('user')
    const [claim, rename] = [await claimOf(stores, run, 'user'), vi.fn<typeof done>(done)]
    await stores.runs.finish(run, end)
    await expect(publishFile(stores, claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    await expect(publications.claim(partOf(run, 'user'), 2)).rejects.toMatchObject(superseded)
  })

  test('refuses a claim on what is not part of a run', async () => {
    const run = await begunRun('user')
    await expect(publications.claim(partOf(run, 'feed'), 1)).rejects.toMatchObject(superseded)
    await expect(publications.claim({ ...partOf(run, 'user'), runId: randomUUID() }, 1)).rejects.toMatchObject(
      superseded,
    )
  })

  test('counts attempts, keeps when the first began, and gives the window that was planned', async () => {
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
  test('refuses a file planned from where it no longer stands', async () => {
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
    await expect(publishFile(stores, claim, aFile(stale, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
    expect(await watermarkOf(tenantId, 'user')).toEqual(moved)
  })

  test('refuses a first file where another one has come first', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await moveBehindOurBack(run.tenantId)
    const rename = vi.fn<typeof done>(done)
    await expect(publishFile(stores, claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
    expect(rename).not.toHaveBeenCalled()
  })

  test('never goes back, whoever writes it: the database refuses', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    const back = stores.query(`UPDATE watermark SET "to" = "to" - interval '1 ms' WHERE tenant_id = $1`, [tenantId])
    await expect(back).rejects.toThrow('would go back')
    const watermark = await watermarkOf(tenantId, 'user')
    const planned = { entity: 'user', extent: firstLoad, previousDeliveryId: watermark!.deliveryId }
    const early = await stores.runs.begin(aNewRun(tenantId, { to: new Date('2026-11-22T00:00:00Z') }), aPlan(planned))
    const rename = vi.fn<typeof done>(done)
    const publishing = publishFile(stores, await claimOf(stores, early, 'user'), aFile(early, 'user'), rename)
    await expect(publishing).rejects.toBeInstanceOf(ExportError)
    expect(rename).not.toHaveBeenCalled()
    expect(await watermarkOf(tenantId, 'user')).toEqual(watermark)
  })

  test('is one for each entity and tenant', async () => {
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
      `INSERT INTO delivery (id, tenant_id, entity, run_id, day, revision, sequence, schema_version, path, mode,
                             full_load_reason, "to", snapshot, system_identifier, columns, rows, source_rows, bytes,
                             sha256, attempts, intended_at, published_at)
       VALUES ($1, $2, 'user', gen_random_uuid(), '2026-11-23', 9, 9, 1, '/x', 'FULL', 'FIRST', $3, '1:1:', '1',
               'c:string', 0, 0, 0, '', 1, now(), now())`,
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
  test('counts within the day and entity, and begins anew with the next day', async () => {
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

  test('stays asked for over a delta, and is answered by a full load', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    await requestFullLoad(stores, tenantId, ['user'])
    await publishOnce(stores, tenantId, 'user', { to: noon, extent: sinceMonday })
    expect(await watermarkOf(tenantId, 'user')).toMatchObject({ fullLoadRequested: true })
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: again })
    expect(await watermarkOf(tenantId, 'user')).toMatchObject({ fullLoadRequested: false, extent: again })
  })

  test('is of the entities and the tenant that were named, and no matter where nothing was published', async () => {
    const [tenantId, other] = [newTenant(), newTenant()]
    for (const tenant of [tenantId, other]) await publishOnce(stores, tenant, 'user', { to: monday })
    await publishOnce(stores, tenantId, 'feed', { to: monday })
    await requestFullLoad(stores, tenantId, ['user', 'site'])
    const requested = async (tenant: string) =>
      [...(await store.watermarks(tenant))].filter(([, mark]) => mark.fullLoadRequested).map(([entity]) => entity)
    expect(await requested(tenantId)).toEqual(['user'])
    expect(await requested(other)).toEqual([])
  })
})

describe('hidden files (promise 7: what an attempt leaves behind is removed)', () => {
  test('of earlier attempts and runs are told to each next one, until it has noted that they are gone', async () => {
    const tenantId = newTenant()
    const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    await publications.noteHiddenFiles(await claimOf(stores, first, 'user', 1), ['/a.part'])
    const retried = await claimOf(stores, first, 'user', 2)
    expect(retried.leftovers).toEqual(['/a.part'])
    await publications.noteHiddenFiles(retried, ['/b.part'])
    await stores.runs.finish(first, noTrouble)

    const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const claim = await claimOf(stores, next, 'user', 1)
    expect(claim.leftovers).toEqual(['/b.part'])
    const undone = await claimOf(stores, next, 'user', 2)
    expect(undone.leftovers).toEqual(['/b.part'])
    await publications.noteHiddenFiles(undone, ['/c.part'])
    await publications.noteHiddenFiles({ ...undone, leftovers: [] }, [])
    expect((await claimOf(stores, next, 'user', 3)).leftovers).toEqual([])
  })

  test('are none once the file is published', async () => {
    const tenantId = newTenant()
    const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const claim = await claimOf(stores, first, 'user')
    await publications.noteHiddenFiles(claim, ['/a.part'])
    await publishFile(stores, claim, aFile(first, 'user'), done)
    await stores.runs.finish(first, noTrouble)
    const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    expect((await claimOf(stores, next, 'user')).leftovers).toEqual([])
  })

  test('may be several: those that are gone are noted no more, the others are told again', async () => {
    const tenantId = newTenant()
    const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const written = ['/1.part', '/2.part', '/3.part']
    const claim = await claimOf(stores, first, 'user')
    for (const count of [1, 2, 3]) await publications.noteHiddenFiles(claim, written.slice(0, count))
    await stores.runs.finish(first, noTrouble)
    const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
    const retried = await claimOf(stores, next, 'user')
    expect(retried.leftovers.toSorted()).toEqual(written)
    await publications.noteHiddenFiles({ ...retried, leftovers: ['/1.part', '/3.part'] }, ['/own.part'])
    expect((await claimOf(stores, next, 'user', 2)).leftovers.toSorted()).toEqual(['/2.part', '/own.part'])
  })

  test('are those of the entity and the tenant alone', async () => {
    const [run, other] = [await begunRun('user', 'feed'), await begunRun('user')]
    await publications.noteHiddenFiles(await claimOf(stores, run, 'user'), ['/a.part'])
    expect((await claimOf(stores, run, 'feed')).leftovers).toEqual([])
    expect((await claimOf(stores, other, 'user')).leftovers).toEqual([])
  })
})

describe('the error of an attempt', () => {
  const full = { code: 'SFTP_NO_SPACE' as const, message: 'full' }

  test('shows while it is tried again, and goes with success', async () => {
    const run = await begunRun('user')
    await claimOf(stores, run, 'user', 1)
    await publications.noteFailure(partOf(run, 'user'), full)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'RUNNING', error: full })
    await publishFile(stores, await claimOf(stores, run, 'user', 2), aFile(run, 'user'), done)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'PUBLISHED', error: null, attempts: 2 })
  })

  test('stays with what failed in the end, and does not stick to what is published', async () => {
    const run = await begunRun('user', 'feed')
    await claimOf(stores, run, 'user')
    await publications.noteFailure(partOf(run, 'user'), full)
    await publishFile(stores, await claimOf(stores, run, 'feed'), aFile(run, 'feed'), done)
    await publications.noteFailure(partOf(run, 'feed'), { code: 'SUPERSEDED', message: 'too late' })
    await stores.runs.finish(run, noTrouble)
    expect(await entityOf(run, 'user')).toMatchObject({ status: 'FAILED', error: full })
    expect(await entityOf(run, 'feed')).toMatchObject({ status: 'PUBLISHED', error: null })
  })
})

describe('the ledger', () => {
  const numbers = async (tenantId: string) =>
    (
      await stores.query(
        `SELECT sequence, previous_sequence AS previous, revision, schema_version AS schema FROM delivery
         WHERE tenant_id = $1 ORDER BY published_at`,
        [tenantId],
      )
    ).map(({ sequence, previous, revision, schema }) => [sequence, previous, revision, schema])

  test('is a chain: each file names the one that it follows; a second of the day takes the place of the first', async () => {
    const tenantId = newTenant()
    const extent = async (): Promise<Extent> => {
      const { to, snapshot, sequence } = (await watermarkOf(tenantId, 'user'))!
      return { mode: 'DELTA', from: to, baseSnapshot: snapshot, previous: sequence }
    }
    await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-22T00:00:00Z') })
    const since = await extent()
    await publishOnce(stores, tenantId, 'user', { to: monday, extent: since })
    await publishOnce(stores, tenantId, 'user', { to: noon, extent: since })
    const file = { columns: 'code:string,name:string' }
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: await extent(), file })
    expect(await numbers(tenantId)).toEqual([
      [1, null, 1, 1],
      [2, 1, 1, 1],
      [3, 1, 2, 1],
      [4, 3, 1, 2],
    ])
  })

  test('keeps what is published as it was, whoever would change it', async () => {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: monday })
    for (const change of ['UPDATE delivery SET rows = 1, source_rows = 1', 'DELETE FROM delivery']) {
      await expect(stores.query(`${change} WHERE tenant_id = $1`, [tenantId])).rejects.toThrow('append-only')
    }
  })

  test('takes no file with another number of rows than the source counted', async () => {
    const run = await begunRun('user')
    const publishing = publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user', { sourceRows: 4 }))
    await expect(publishing).rejects.toBeInstanceOf(ExportError)
  })

  test('lets no watermark point at an intent', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await publications.noteHiddenFiles(claim, ['/a.part'])
    const { deliveryId } = await publications.intend(claim, aFile(run, 'user', { hidden: ['/a.part'] }))
    const insert = `INSERT INTO watermark (tenant_id, entity, "to", delivery_id, updated_at) VALUES ($1, 'user', $2, $3, now())`
    await expect(stores.query(insert, [run.tenantId, monday, deliveryId])).rejects.toThrow('not published')
  })
})

describe('an intent that nobody has brought to an end', () => {
  /** A run that failed between its intent and its record. */
  async function leftBehind(): Promise<{ run: Run; intent: Intent }> {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await publications.noteHiddenFiles(claim, ['/a.part'])
    const intent = await publications.intend(claim, aFile(run, 'user', { hidden: ['/a.part'] }))
    await stores.runs.finish(run, noTrouble)
    return { run, intent }
  }

  test('is found by the next run, and whoever takes it over can record it: nobody else', async () => {
    const { run, intent } = await leftBehind()
    expect(await publications.unsettled(newTenant())).toEqual([])
    const [found] = await publications.unsettled(run.tenantId)
    expect(found).toMatchObject({ deliveryId: intent.deliveryId, files: [{ hidden: '/a.part', path: intent.path }] })
    const taken = await publications.takeOver(found!)
    await expect(publications.record(intent)).rejects.toMatchObject(superseded)
    await publications.record(taken!)
    expect(await watermarkOf(run.tenantId, 'user')).toMatchObject({ deliveryId: intent.deliveryId, to: monday })
    expect(await publications.unsettled(run.tenantId)).toEqual([])
    expect(await publications.takeOver(intent)).toBeUndefined()
  })

  test('can be dropped: the numbers are free again, and its hidden file is left to the next claim', async () => {
    const { run } = await leftBehind()
    const [found] = await publications.unsettled(run.tenantId)
    expect(await publications.drop((await publications.takeOver(found!))!, [])).toBe('dropped')
    expect(await publications.unsettled(run.tenantId)).toEqual([])
    const next = await stores.runs.begin(aNewRun(run.tenantId), aPlan('user'))
    const claim = await claimOf(stores, next, 'user')
    expect(claim.leftovers).toEqual(['/a.part'])
    expect(await publishFile(stores, claim, aFile(next, 'user'))).toMatchObject({ revision: 1 })
  })
})

describe('a past window that is delivered again', () => {
  const sunday = new Date('2026-11-22T00:00:00Z')

  async function threeDays(): Promise<string> {
    const tenantId = newTenant()
    await publishOnce(stores, tenantId, 'user', { to: sunday })
    await publishOnce(stores, tenantId, 'user', { to: monday, extent: { ...sinceMonday, from: sunday } })
    await publishOnce(stores, tenantId, 'user', { to: tuesday, extent: { ...sinceMonday, previous: 2 } })
    return tenantId
  }

  test('is chosen by the time that it overlaps', async () => {
    const tenantId = await threeDays()
    const ends = async (from: Date, to: Date): Promise<Date[]> =>
      (await store.pastWindows(tenantId, { entities: ['user'], from, to })).map((window) => window.to)
    expect(await ends(sunday, monday)).toEqual([monday])
    expect(await ends(monday, noon)).toEqual([tuesday])
    expect(await ends(new Date(0), tuesday)).toEqual([sunday, monday, tuesday])
    expect(await ends(tuesday, new Date('2026-11-25T00:00:00Z'))).toEqual([])
    expect(await store.pastWindows(tenantId, { entities: ['feed'], from: sunday, to: tuesday })).toEqual([])
  })

  test('keeps its place in the chain and its snapshot, gets the next revision, and leaves the watermark alone', async () => {
    const tenantId = await threeDays()
    const before = await watermarkOf(tenantId, 'user')
    const [window] = await store.pastWindows(tenantId, { entities: ['user'], from: sunday, to: monday })
    const { entity, to, extent, deliveryId } = window!
    const planned = { entity, to, extent, redelivers: deliveryId, previousDeliveryId: null }
    const run = await stores.runs.begin(aNewRun(tenantId, { to: noon, trigger: 'REDELIVERY' }), aPlan(planned))
    const claim = await claimOf(stores, { ...run, to }, 'user')
    expect(claim.redelivers).toMatchObject({ deliveryId, sequence: 2, snapshot: '900:905:901' })
    expect(await publishFile(stores, claim, aFile(run, 'user'))).toMatchObject({ revision: 2 })
    expect(await watermarkOf(tenantId, 'user')).toEqual(before)
    expect(await stores.manifests.files(tenantId, monday)).toMatchObject([
      { revision: 2, sequence: 2, redelivered: true, extent: { previous: 1 } },
    ])
  })
})

describe('the format of files', () => {
  const zipped: FileFormat = { ...defaultFileFormat, compression: 'GZIP', maxPartMegabytes: 5 }

  /** A file in so many parts, as it is noted and about to be published. */
  function split(run: Run, count: number): Partial<UploadedFile> {
    const parts = Array.from({ length: count }, (_, index) => ({
      path: deliveryPath(run.tenantId, 'user', run.to, zipped, index + 1),
      rows: 2,
      bytes: 10,
      sha256: String(index + 1).repeat(64),
    }))
    const hidden = parts.map(({ path }) => `${path}.part`)
    const { path = '' } = parts[0] ?? {}
    return { path, hidden, format: zipped, parts, rows: 2 * count, sourceRows: 2 * count, bytes: 10 * count }
  }

  test('is pinned by the run: a claim has the one that the run was planned with', async () => {
    const run = await stores.runs.begin(aNewRun(newTenant()), { ...aPlan('user'), fileFormat: zipped })
    expect((await claimOf(stores, run, 'user')).format).toEqual(zipped)
    await stores.query('UPDATE run SET file_format = NULL WHERE id = $1', [run.id])
    expect((await claimOf(stores, run, 'user', 2)).format).toEqual(defaultFileFormat)
  })

  test('is kept with the delivery, and its parts, in an intent each with its hidden name', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    const file = aFile(run, 'user', split(run, 2))
    await publications.noteHiddenFiles(claim, file.hidden)
    const intent = await publications.intend(claim, file)
    const expected = file.parts?.map(({ path, bytes, sha256 }) => ({
      path,
      hidden: `${path}.part`,
      bytes,
      sha256,
      looksLikeEarlier: false,
    }))
    expect(intent.files).toEqual(expected)
    const [found] = await publications.unsettled(run.tenantId)
    expect(found?.files).toEqual(expected)
    await publications.record(intent)
    const [delivery] = await store.page(
      run.tenantId,
      { entity: 'user' },
      { take: 1, backwards: false, from: undefined },
    )
    expect(delivery).toMatchObject({
      format: zipped,
      parts: file.parts,
      path: file.parts?.[0]?.path,
      rows: 4,
      bytes: 20,
    })
    const [named] = await stores.manifests.files(run.tenantId, monday)
    expect(named).toMatchObject({ format: zipped, parts: file.parts })
  })

  test('may be another one than that of the day’s earlier revisions: what they had besides is stale', async () => {
    const tenantId = newTenant()
    const before = { id: '', tenantId, to: monday } as Run
    await publishOnce(stores, tenantId, 'user', { to: monday, file: split(before, 3) })
    await publishOnce(stores, tenantId, 'feed', { to: monday, file: { path: '/other/entity.csv' } })
    const planned = {
      entity: 'user',
      extent: sinceMonday,
      previousDeliveryId: (await watermarkOf(tenantId, 'user'))!.deliveryId,
    }
    const run = await stores.runs.begin(aNewRun(tenantId, { to: noon }), aPlan(planned))
    const claim = await claimOf(stores, run, 'user')
    const two = aFile(run, 'user', split(run, 2))
    await publications.noteHiddenFiles(claim, two.hidden)
    const intent = await publications.intend(claim, two)
    const third = split(before, 3).parts?.[2]?.path
    expect(intent.stale).toEqual([third])
    expect((await publications.unsettled(tenantId))[0]?.stale).toEqual([third])
  })

  test('lets whoever was left behind take nothing away', async () => {
    const run = await begunRun('user')
    const claim = await claimOf(stores, run, 'user')
    await publications.noteHiddenFiles(claim, ['/a.part'])
    const intent = await publications.intend(claim, aFile(run, 'user', { hidden: ['/a.part'] }))
    await publications.requireHeld(intent)
    const taken = await publications.takeOver(intent)
    await expect(publications.requireHeld(intent)).rejects.toMatchObject(superseded)
    await publications.record(taken!)
    await expect(publications.requireHeld(taken!)).rejects.toMatchObject(superseded)
  })
})

test('pages of deliveries are those of the entity, published in the time that is asked for', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'site', { to: monday })
  await publishOnce(stores, tenantId, 'user', { to: noon, extent: sinceMonday })
  const page = (filter: DeliveryFilter) => store.page(tenantId, filter, { take: 10, backwards: false, from: undefined })
  const [third, second, first] = await page({})
  expect(await page({ entity: 'user' })).toEqual([third, first])
  expect(await page({ since: second!.publishedAt })).toEqual([third, second])
  expect(await page({ until: second!.publishedAt })).toEqual([first])
  expect(await page({ since: first!.publishedAt, until: third!.publishedAt, entity: 'site' })).toEqual([second])
})
