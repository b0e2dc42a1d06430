import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveryPath } from '../../../src/domain/delivery-path.js'
import type { WrittenFile } from '../../../src/domain/delivery.js'
import { defaultFileFormat, type FileFormat } from '../../../src/domain/file-format.js'
import type { Intent } from '../../../src/domain/publication.js'
import type { Run } from '../../../src/domain/run.js'
import { begunRun, monday, noon, sinceMonday, superseded, watermarkOf } from '../support/begun-run.js'
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
  recordIntent,
  type Stores,
} from '../../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

/** A run that failed between its intent and its record. */
async function pendingPublication(): Promise<{ run: Run; intent: Intent }> {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  await stores.publications.recordHiddenPaths(claim, ['/a.part'])
  const intent = await intendFile(stores, claim, aFile(run, 'user'))
  await stores.runs.finish(run, noTrouble)
  return { run, intent }
}

test('only the attempt that takes a pending intent over can record it (promise 11)', async () => {
  const { run, intent } = await pendingPublication()
  expect(await stores.publications.pendingIntents(newTenant())).toEqual([])
  const [found] = await stores.publications.pendingIntents(run.tenantId)
  expect(found).toMatchObject({
    deliveryId: intent.deliveryId,
    files: [{ hiddenPath: '/a.part', path: intent.path }],
  })
  const taken = await stores.publications.takeOver(found!)
  await expect(recordIntent(stores, intent)).rejects.toMatchObject(superseded)
  await recordIntent(stores, taken!)
  expect(await watermarkOf(stores, run.tenantId, 'user')).toMatchObject({ deliveryId: intent.deliveryId, to: monday })
  expect(await stores.publications.pendingIntents(run.tenantId)).toEqual([])
  expect(await stores.publications.takeOver(intent)).toBeUndefined()
})

test('a discarded intent frees its revision, and its hidden file is named by the next claim', async () => {
  const { run } = await pendingPublication()
  const [found] = await stores.publications.pendingIntents(run.tenantId)
  expect(await stores.publications.discard((await stores.publications.takeOver(found!))!, [])).toBe('discarded')
  expect(await stores.publications.pendingIntents(run.tenantId)).toEqual([])
  const next = await stores.runs.begin(aNewRun(run.tenantId), aPlan('user'))
  const claim = await claimOf(stores, next, 'user')
  expect(claim.staleHiddenPaths).toEqual(['/a.part'])
  expect(await publishFile(stores, claim, aFile(next, 'user'))).toMatchObject({ revision: 1 })
})

const zipped: FileFormat = { ...defaultFileFormat, compression: 'GZIP', maxPartMegabytes: 5 }

/** A file in so many parts, as it is noted and about to be published. */
function split(run: Run, count: number): Partial<WrittenFile> {
  const parts = Array.from({ length: count }, (_, index) => ({
    path: deliveryPath(run.tenantId, 'user', run.to, zipped, index + 1),
    rows: 2,
    bytes: 10,
    sha256: String(index + 1).repeat(64),
  }))
  const { path = '' } = parts[0] ?? {}
  return { path, format: zipped, parts, rows: 2 * count, sourceRows: 2 * count, bytes: 10 * count }
}

const hiddenPathsOf = (file: WrittenFile) => (file.parts ?? []).map(({ path }) => `${path}.part`)

test('a claim has the file format that its run was planned with', async () => {
  const run = await stores.runs.begin(aNewRun(newTenant()), { ...aPlan('user'), fileFormat: zipped })
  expect((await claimOf(stores, run, 'user')).format).toEqual(zipped)
  await stores.query('UPDATE run SET file_format = NULL WHERE id = $1', [run.id])
  expect((await claimOf(stores, run, 'user', 2)).format).toEqual(defaultFileFormat)
})

test('an intent has each file part with its hidden path, and the delivery has the file parts and the format', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  const file = aFile(run, 'user', split(run, 2))
  await stores.publications.recordHiddenPaths(claim, hiddenPathsOf(file))
  const intent = await intendFile(stores, claim, file)
  const expected = file.parts?.map((part) => ({
    ...part,
    hiddenPath: `${part.path}.part`,
    isSizeAmbiguous: false,
  }))
  expect(intent.files).toEqual(expected)
  const [found] = await stores.publications.pendingIntents(run.tenantId)
  expect(found?.files).toEqual(expected)
  await recordIntent(stores, intent)
  const [delivery] = await stores.deliveries.page(
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
  const [named] = await stores.publications.filesOfDay(run.tenantId, monday)
  expect(named).toMatchObject({ format: zipped, parts: file.parts })
})

test('an intent names the files of earlier revisions that it does not replace as obsolete (promise 6)', async () => {
  const tenantId = newTenant()
  const before = { id: '', tenantId, to: monday } as Run
  await publishOnce(stores, tenantId, 'user', { to: monday, file: split(before, 3) })
  await publishOnce(stores, tenantId, 'feed', { to: monday, file: { path: '/other/entity.csv' } })
  const planned = {
    entity: 'user',
    load: sinceMonday,
    previousDeliveryId: (await watermarkOf(stores, tenantId, 'user'))!.deliveryId,
  }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: noon }), aPlan(planned))
  const claim = await claimOf(stores, run, 'user')
  const two = aFile(run, 'user', split(run, 2))
  await stores.publications.recordHiddenPaths(claim, hiddenPathsOf(two))
  const intent = await intendFile(stores, claim, two)
  const third = split(before, 3).parts?.[2]?.path
  expect(intent.obsoletePaths).toEqual([third])
  expect((await stores.publications.pendingIntents(tenantId))[0]?.obsoletePaths).toEqual([third])
})

test('a stale attempt fails the check of its claim (promise 11)', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  await stores.publications.recordHiddenPaths(claim, ['/a.part'])
  const intent = await intendFile(stores, claim, aFile(run, 'user'))
  await stores.publications.requireClaim(intent)
  const taken = await stores.publications.takeOver(intent)
  await expect(stores.publications.requireClaim(intent)).rejects.toMatchObject(superseded)
  await recordIntent(stores, taken!)
  await expect(stores.publications.requireClaim(taken!)).rejects.toMatchObject(superseded)
})
