import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunStore } from '../../src/database/run-store.js'
import type { RunEntity, RunError } from '../../src/domain/run.js'
import {
  aNewRun,
  aPlan,
  claimOf,
  newTenant,
  noTrouble,
  openStores,
  queueRun,
  type Stores,
  windowOf,
} from '../support/world/stores.js'

let stores: Stores
let runs: RunStore

beforeAll(async () => {
  stores = await openStores()
  runs = stores.runs
})
afterAll(() => stores[Symbol.asyncDispose]())

const down = { code: 'SOURCE_UNAVAILABLE' as const, message: 'The source did not answer' }
const full = { code: 'SFTP_NO_SPACE' as const, message: 'The server is full' }

test('a run that cannot be planned yet is queued with what it waits for, beside a requested run', async () => {
  const run = aNewRun(newTenant())
  expect(await queueRun(stores, aNewRun(run.tenantId, { trigger: 'MANUAL', requestedBy: 'alice' }))).toBe(true)
  await runs.recordUnplanned(run, 'QUEUED')
  await runs.recordWaiting(run, { ...down, attempt: 1 })
  await runs.recordUnplanned(run, 'QUEUED')
  expect(await runs.find(run.tenantId, run.id)).toMatchObject({
    status: 'QUEUED',
    waitingFor: { ...down, attempt: 1, since: expect.any(Date) },
  })
  expect(await queueRun(stores, aNewRun(run.tenantId, { trigger: 'MANUAL', requestedBy: 'bob' }))).toBe(false)
})

test('a wait begins again when its cause changes, and ends when the run begins', async () => {
  const run = aNewRun(newTenant())
  await runs.recordUnplanned(run, 'QUEUED')
  const wait = async (attempt: number, error: RunError) => {
    await runs.recordWaiting(run, { ...error, attempt })
    return (await runs.find(run.tenantId, run.id))?.waitingFor
  }
  const first = await wait(1, down)
  const second = await wait(2, down)
  const third = await wait(3, full)
  expect(second).toEqual({ ...first, attempt: 2 })
  expect(third).toMatchObject({ code: 'SFTP_NO_SPACE', attempt: 3 })
  expect(third?.since.getTime()).toBeGreaterThan(second?.since.getTime() ?? Infinity)
  expect(await runs.begin(run, aPlan('user'))).toMatchObject({ status: 'RUNNING', waitingFor: null })
})

test('an ended run waits for nothing', async () => {
  const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
  await claimOf(stores, run, 'user')
  await stores.publications.recordFailure(windowOf(run, 'user'), full)
  await runs.recordWaiting(run, { ...down, attempt: 1 })
  const ended = await runs.finish(run, noTrouble)
  await runs.recordWaiting(run, { ...down, attempt: 2 })
  expect(ended).toMatchObject({ waitingFor: null, entities: [{ error: full, waitingFor: null }] })
  expect(await runs.find(run.tenantId, run.id)).toEqual(ended)
})

test('a running run waits for what its entities have waited for longest', async () => {
  const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site', 'feed'))
  for (const entity of ['user', 'site', 'feed']) await claimOf(stores, run, entity, 2)
  const fail = async (entity: string, error: RunError): Promise<RunEntity['waitingFor']> => {
    await stores.publications.recordFailure(windowOf(run, entity), error)
    const found = await runs.find(run.tenantId, run.id)
    return found?.entities.find((each) => each.entity === entity)?.waitingFor ?? null
  }
  const user = await fail('user', full)
  await fail('site', down)
  expect(await fail('user', full)).toEqual(user)
  expect(await runs.find(run.tenantId, run.id)).toMatchObject({
    waitingFor: { ...full, since: user?.since, attempt: 2 },
  })
  await fail('user', down)
  expect(await runs.find(run.tenantId, run.id)).toMatchObject({ waitingFor: down })
  // Without another attempt, it waits for nothing.
  expect(await fail('feed', { code: 'SOURCE_SCHEMA_MISMATCH', message: 'a column is missing' })).toBeNull()
})
