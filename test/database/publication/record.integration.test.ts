import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ExportError } from '../../../src/domain/errors.js'
import type { Load } from '../../../src/domain/window.js'
import { begunRun, entityOf, monday, noon, sinceMonday, tuesday, watermarkOf } from '../support/begun-run.js'
import {
  aFile,
  claimOf,
  firstLoad,
  intendFile,
  newTenant,
  openStores,
  publishFile,
  publishOnce,
  recordIntent,
  type Stores,
  windowOf,
} from '../../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const done = async (): Promise<void> => undefined

test('a publication records the delivery, moves the watermark and ends the entity (promise 3)', async () => {
  const run = await begunRun(stores, 'user')
  const rename = vi.fn<typeof done>(done)
  const claim = await claimOf(stores, run, 'user')
  expect(await publishFile(stores, claim, aFile(run, 'user', { rows: 7, bytes: 123 }), rename)).toEqual({
    rows: 7,
    bytes: 123,
    path: `/exports/${run.tenantId}/2026/11/23/user/user.csv`,
    revision: 1,
  })
  expect(rename).toHaveBeenCalledTimes(1)
  expect(await watermarkOf(stores, run.tenantId, 'user')).toEqual({
    to: monday,
    day: monday,
    fullLoadRequested: false,
    deliveryId: expect.any(String),
    load: firstLoad,
    sequence: 1,
    snapshot: '900:905:901',
    systemIdentifier: '7000000000000000001',
    timeline: 1,
    columns: 'code:string',
  })
  expect(await entityOf(stores, run, 'user')).toMatchObject({
    status: 'PUBLISHED',
    rows: 7n,
    bytes: 123n,
    sha256: 'ab'.repeat(32),
    revision: 1,
    error: null,
    finishedAt: expect.any(Date),
  })
})

test('a failed rename leaves the watermark where it was, and the next attempt can complete the intent (promise 3)', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  const failing = publishFile(stores, claim, aFile(run, 'user'), async () => {
    throw new ExportError('SFTP_PROTOCOL', 'no')
  })
  await expect(failing).rejects.toMatchObject({ code: 'SFTP_PROTOCOL' })
  expect(await watermarkOf(stores, run.tenantId, 'user')).toBeUndefined()
  expect(await stores.publications.filesOfDay(run.tenantId, monday)).toEqual([])
  expect(await stores.publications.pendingManifests(run.tenantId)).toEqual([])
  expect(await entityOf(stores, run, 'user')).toMatchObject({ status: 'RUNNING', path: null })
  const { intent } = await claimOf(stores, run, 'user', 2)
  const { path, rows, sha256, bytes } = aFile(run, 'user')
  const files = [{ path, hiddenPath: `${path}.part`, rows, sha256, bytes }]
  expect(intent).toMatchObject({ path, files, obsoletePaths: [], sha256, bytes, rows: 3, revision: 1 })
  expect(await recordIntent(stores, intent!)).toMatchObject({ revision: 1 })
  expect(await watermarkOf(stores, run.tenantId, 'user')).toMatchObject({ to: monday, sequence: 1 })
})

test('the watermark moves after the file has its final name (promise 3)', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  await publishFile(stores, claim, aFile(run, 'user'), async () => {
    expect(await watermarkOf(stores, run.tenantId, 'user')).toBeUndefined()
  })
  expect(await watermarkOf(stores, run.tenantId, 'user')).toBeDefined()
})

test('a claim on a published window returns the publication', async () => {
  const run = await begunRun(stores, 'user')
  const published = await publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user'), done)
  expect(await stores.publications.claim(windowOf(run, 'user'), 2)).toEqual({ published })
  expect(await entityOf(stores, run, 'user')).toMatchObject({ attempts: 1 })
})

test('a publication keeps numbers of rows and bytes beyond 32 bits', async () => {
  const run = await begunRun(stores, 'user')
  const file = aFile(run, 'user', { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 })
  await publishFile(stores, await claimOf(stores, run, 'user'), file, done)
  expect(await stores.publications.claim(windowOf(run, 'user'), 2)).toMatchObject({
    published: { rows: 5_000_000_000, bytes: 9_007_199_254_740_991 },
  })
})

test('the watermark keeps the window and the snapshot that its delta began at', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: sinceMonday, file: { snapshot: '950:950:' } })
  expect(await watermarkOf(stores, tenantId, 'user')).toMatchObject({
    to: tuesday,
    load: sinceMonday,
    snapshot: '950:950:',
  })
})

test('the revision counts the files of an entity and day (promise 6)', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'user', { to: noon })
  await publishOnce(stores, tenantId, 'feed', { to: noon })
  await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-23T23:59:59.999Z') })
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: sinceMonday })
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

const numbers = async (tenantId: string) =>
  (
    await stores.query(
      `SELECT sequence, previous_sequence AS previous, revision, schema_version AS schema FROM delivery
         WHERE tenant_id = $1 ORDER BY published_at`,
      [tenantId],
    )
  ).map(({ sequence, previous, revision, schema }) => [sequence, previous, revision, schema])

test('each file of the ledger names the file it follows, and a second file of a day the file before the first', async () => {
  const tenantId = newTenant()
  const load = async (): Promise<Load> => {
    const { to, snapshot, sequence } = (await watermarkOf(stores, tenantId, 'user'))!
    return { mode: 'DELTA', from: to, fromSnapshot: snapshot, previous: sequence }
  }
  await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-22T00:00:00Z') })
  const since = await load()
  await publishOnce(stores, tenantId, 'user', { to: monday, load: since })
  await publishOnce(stores, tenantId, 'user', { to: noon, load: since })
  const file = { columns: 'code:string,name:string' }
  await publishOnce(stores, tenantId, 'user', { to: tuesday, load: await load(), file })
  expect(await numbers(tenantId)).toEqual([
    [1, null, 1, 1],
    [2, 1, 1, 1],
    [3, 1, 2, 1],
    [4, 3, 1, 2],
  ])
})

test('the database refuses to change a published delivery', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  for (const change of ['UPDATE delivery SET rows = 1, source_rows = 1', 'DELETE FROM delivery']) {
    await expect(stores.query(`${change} WHERE tenant_id = $1`, [tenantId])).rejects.toThrow('append-only')
  }
})

test('the ledger takes no file with another number of rows than the source counted (promise 2)', async () => {
  const run = await begunRun(stores, 'user')
  const publishing = publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user', { sourceRows: 4 }))
  await expect(publishing).rejects.toBeInstanceOf(ExportError)
})

test('the database refuses a watermark that points at an intent (promise 3)', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  await stores.publications.recordHiddenPaths(claim, ['/a.part'])
  const { deliveryId } = await intendFile(stores, claim, aFile(run, 'user'))
  const insert = `INSERT INTO watermark (tenant_id, entity, "to", delivery_id, updated_at) VALUES ($1, 'user', $2, $3, now())`
  await expect(stores.query(insert, [run.tenantId, monday, deliveryId])).rejects.toThrow('not published')
})
