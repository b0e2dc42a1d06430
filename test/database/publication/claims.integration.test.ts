import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Intent } from '../../../src/domain/publication.js'
import { begunRun, entityOf, sinceMonday, superseded, watermarkOf } from '../support/begun-run.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  newTenant,
  noTrouble,
  openStores,
  publishFile,
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

test('a stale attempt is fenced once a later one has the claim, and renames nothing (promise 11)', async () => {
  const run = await begunRun(stores, 'user')
  const [old, rename] = [await claimOf(stores, run, 'user', 1), vi.fn<typeof done>(done)]
  const later = await claimOf(stores, run, 'user', 2)
  await expect(publishFile(stores, old, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
  expect(rename).not.toHaveBeenCalled()
  await expect(stores.publications.recordHiddenPaths(old, ['/part'])).rejects.toMatchObject(superseded)
  expect(await watermarkOf(stores, run.tenantId, 'user')).toBeUndefined()
  expect(await publishFile(stores, later, aFile(run, 'user'), rename)).toMatchObject({ revision: 1 })
  expect(rename).toHaveBeenCalledTimes(1)
})

test('an attempt that becomes stale between intent and record is fenced, and the later attempt has its intent (promise 11)', async () => {
  const run = await begunRun(stores, 'user')
  let intent: Intent | null = null
  const left = publishFile(stores, await claimOf(stores, run, 'user'), aFile(run, 'user'), async () => {
    intent = (await claimOf(stores, run, 'user', 2)).intent
  })
  await expect(left).rejects.toMatchObject(superseded)
  expect(await recordIntent(stores, intent!)).toMatchObject({ revision: 1 })
})

test.each([
  ['failed', noTrouble],
  ['was cancelled', { ...noTrouble, cancelled: true }],
])('an attempt of a run that %s is fenced (promise 11)', async (_how, end) => {
  const run = await begunRun(stores, 'user')
  const [claim, rename] = [await claimOf(stores, run, 'user'), vi.fn<typeof done>(done)]
  await stores.runs.finish(run, end)
  await expect(publishFile(stores, claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
  expect(rename).not.toHaveBeenCalled()
  await expect(stores.publications.claim(windowOf(run, 'user'), 2)).rejects.toMatchObject(superseded)
})

test('a claim on an entity or run that is not on record is refused', async () => {
  const run = await begunRun(stores, 'user')
  await expect(stores.publications.claim(windowOf(run, 'feed'), 1)).rejects.toMatchObject(superseded)
  await expect(stores.publications.claim({ ...windowOf(run, 'user'), runId: randomUUID() }, 1)).rejects.toMatchObject(
    superseded,
  )
})

test('each claim counts its attempt, keeps the first start time and has the planned window', async () => {
  const tenantId = newTenant()
  const planned = { entity: 'user', load: sinceMonday, previousDeliveryId: null }
  const run = await stores.runs.begin(aNewRun(tenantId), aPlan(planned))
  const first = await claimOf(stores, run, 'user', 1)
  const before = await entityOf(stores, run, 'user')
  const second = await claimOf(stores, run, 'user', 2)
  expect([first.load, second.load]).toEqual([sinceMonday, sinceMonday])
  expect(second.id).not.toBe(first.id)
  expect(await entityOf(stores, run, 'user')).toMatchObject({
    status: 'RUNNING',
    attempts: 2,
    startedAt: before?.startedAt,
  })
})

test('a claim names the hidden files of earlier attempts and runs until they are recorded as removed', async () => {
  const tenantId = newTenant()
  const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  await stores.publications.recordHiddenPaths(await claimOf(stores, first, 'user', 1), ['/a.part'])
  const retried = await claimOf(stores, first, 'user', 2)
  expect(retried.staleHiddenPaths).toEqual(['/a.part'])
  await stores.publications.recordHiddenPaths(retried, ['/b.part'])
  await stores.runs.finish(first, noTrouble)

  const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  const claim = await claimOf(stores, next, 'user', 1)
  expect(claim.staleHiddenPaths).toEqual(['/b.part'])
  const undone = await claimOf(stores, next, 'user', 2)
  expect(undone.staleHiddenPaths).toEqual(['/b.part'])
  await stores.publications.recordHiddenPaths(undone, ['/c.part'])
  await stores.publications.recordHiddenPaths({ ...undone, staleHiddenPaths: [] }, [])
  expect((await claimOf(stores, next, 'user', 3)).staleHiddenPaths).toEqual([])
})

test('a published file leaves no stale hidden path', async () => {
  const tenantId = newTenant()
  const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  const claim = await claimOf(stores, first, 'user')
  await stores.publications.recordHiddenPaths(claim, ['/a.part'])
  await publishFile(stores, claim, aFile(first, 'user'), done)
  await stores.runs.finish(first, noTrouble)
  const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  expect((await claimOf(stores, next, 'user')).staleHiddenPaths).toEqual([])
})

test('removed hidden files leave the record, and the others stay on it', async () => {
  const tenantId = newTenant()
  const first = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  const written = ['/1.part', '/2.part', '/3.part']
  const claim = await claimOf(stores, first, 'user')
  for (const count of [1, 2, 3]) await stores.publications.recordHiddenPaths(claim, written.slice(0, count))
  await stores.runs.finish(first, noTrouble)
  const next = await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  const retried = await claimOf(stores, next, 'user')
  expect(retried.staleHiddenPaths.toSorted()).toEqual(written)
  await stores.publications.recordHiddenPaths({ ...retried, staleHiddenPaths: ['/1.part', '/3.part'] }, ['/own.part'])
  expect((await claimOf(stores, next, 'user', 2)).staleHiddenPaths.toSorted()).toEqual(['/2.part', '/own.part'])
})

test('a claim names only stale hidden files of its own entity and tenant', async () => {
  const [run, other] = [await begunRun(stores, 'user', 'feed'), await begunRun(stores, 'user')]
  await stores.publications.recordHiddenPaths(await claimOf(stores, run, 'user'), ['/a.part'])
  expect((await claimOf(stores, run, 'feed')).staleHiddenPaths).toEqual([])
  expect((await claimOf(stores, other, 'user')).staleHiddenPaths).toEqual([])
})

const full = { code: 'SFTP_NO_SPACE' as const, message: 'full' }

test('the error of an attempt shows until a later attempt succeeds', async () => {
  const run = await begunRun(stores, 'user')
  await claimOf(stores, run, 'user', 1)
  await stores.publications.recordFailure(windowOf(run, 'user'), full)
  expect(await entityOf(stores, run, 'user')).toMatchObject({ status: 'RUNNING', error: full })
  await publishFile(stores, await claimOf(stores, run, 'user', 2), aFile(run, 'user'), done)
  expect(await entityOf(stores, run, 'user')).toMatchObject({ status: 'PUBLISHED', error: null, attempts: 2 })
})

test('the error of the last attempt stays with a failed entity, and a published entity has none', async () => {
  const run = await begunRun(stores, 'user', 'feed')
  await claimOf(stores, run, 'user')
  await stores.publications.recordFailure(windowOf(run, 'user'), full)
  await publishFile(stores, await claimOf(stores, run, 'feed'), aFile(run, 'feed'), done)
  await stores.publications.recordFailure(windowOf(run, 'feed'), { code: 'SUPERSEDED', message: 'too late' })
  await stores.runs.finish(run, noTrouble)
  expect(await entityOf(stores, run, 'user')).toMatchObject({ status: 'FAILED', error: full })
  expect(await entityOf(stores, run, 'feed')).toMatchObject({ status: 'PUBLISHED', error: null })
})
