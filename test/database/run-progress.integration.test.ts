import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReportedProgress } from '../../src/database/run-progress.js'
import { aFile, claimOf, noTrouble, openStores, publishFile, type Stores } from '../support/world/stores.js'
import { begunRun, entityOf } from './support/begun-run.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const changedAt = new Date('2026-11-23T00:00:04Z')
const progress: ReportedProgress = {
  step: 'upload',
  rows: 5_000_000_000n,
  bytes: 70_000_000_000n,
  rowsPerSecond: 12,
  bytesPerSecond: 345,
  changedAt,
}

test('an entity has no attempt before its claim, and an attempt at its first step after it', async () => {
  const run = await begunRun(stores, 'user')
  expect(run.entities[0]?.attempt).toBeNull()
  await claimOf(stores, run, 'user')
  const attempt = (await entityOf(stores, run, 'user'))?.attempt
  expect(attempt).toMatchObject({ step: 'claim', rows: 0n, bytes: 0n, rowsPerSecond: 0, bytesPerSecond: 0 })
  expect(attempt?.startedAt).toEqual(attempt?.changedAt)
})

test('the holder of the claim writes its progress, and the next attempt begins at zero', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user', 1)
  expect(await stores.runs.recordProgress(claim, progress)).toBe(true)
  const first = await entityOf(stores, run, 'user')
  expect(first?.attempt).toMatchObject({ ...progress, startedAt: expect.any(Date) })
  await claimOf(stores, run, 'user', 2)
  expect((await entityOf(stores, run, 'user'))?.attempt).toMatchObject({ step: 'claim', rows: 0n })
})

test('a stale attempt writes no progress (promise 11)', async () => {
  const run = await begunRun(stores, 'user')
  const stale = await claimOf(stores, run, 'user', 1)
  await claimOf(stores, run, 'user', 2)
  expect(await stores.runs.recordProgress(stale, progress)).toBe(false)
  expect((await entityOf(stores, run, 'user'))?.attempt).toMatchObject({ step: 'claim', rows: 0n })
})

test('no progress is written after the entity is published, or its run has ended', async () => {
  const run = await begunRun(stores, 'user', 'feed')
  const [user, feed] = [await claimOf(stores, run, 'user'), await claimOf(stores, run, 'feed')]
  await publishFile(stores, user, aFile(run, 'user'))
  expect(await stores.runs.recordProgress(user, progress)).toBe(false)
  await stores.runs.finish(run, noTrouble)
  expect(await stores.runs.recordProgress(feed, progress)).toBe(false)
})
