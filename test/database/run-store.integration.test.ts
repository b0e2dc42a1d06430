import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RunStore } from '../../src/database/run-store.js'
import type { NewRun } from '../../src/database/unit-of-work/tenant-runs.js'
import type { Run } from '../../src/domain/run.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { change, selected } from '../support/world/builders.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  newTenant,
  noTrouble,
  openStores,
  publishFile,
  type Stores,
  queueRun,
  writeRegistration,
} from '../support/world/stores.js'

let stores: Stores
let runs: RunStore

beforeAll(async () => {
  stores = await openStores()
  runs = stores.runs
})
afterAll(() => stores[Symbol.asyncDispose]())

const from = new Date('2026-11-22T00:00:00Z')
const deltaOfContent = {
  entity: 'content',
  load: { mode: 'DELTA' as const, from, fromSnapshot: '800:800:', previous: 1 },
  previousDeliveryId: randomUUID(),
}
const skippedFeed = { entity: 'feed', load: 'SKIP' as const, previousDeliveryId: randomUUID() }

const queue = (run: NewRun): Promise<boolean> => queueRun(stores, run)

async function publish(run: Run, entity: string): Promise<void> {
  await publishFile(stores, await claimOf(stores, run, entity), aFile(run, entity), async () => undefined)
}

const statuses = (run: Run) => Object.fromEntries(run.entities.map(({ entity, status }) => [entity, status]))

describe('requesting a run', () => {
  test('a requested run is on record as queued, with the actor who requested it', async () => {
    const asked = aNewRun(newTenant(), { trigger: 'MANUAL', requestedBy: 'alice' })
    expect(await queue(asked)).toBe(true)
    expect(await runs.find(asked.tenantId, asked.id)).toEqual({
      ...asked,
      status: 'QUEUED',
      registrationVersion: null,
      queuedAt: expect.any(Date),
      startedAt: null,
      finishedAt: null,
      manifestPath: null,
      error: null,
      waitingFor: null,
      entities: [],
    })
  })

  test('a run cannot be requested while one is queued, and only one of ten at once succeeds', async () => {
    const tenantId = newTenant()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => queue(aNewRun(tenantId, { requestedBy: 'alice' }))),
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await runs.unfinished(tenantId)).toHaveLength(1)
  })

  test('a run can be requested while another is running', async () => {
    const tenantId = newTenant()
    await runs.begin(aNewRun(tenantId), aPlan('user'))
    expect(await queue(aNewRun(tenantId, { requestedBy: 'alice' }))).toBe(true)
  })
})

describe('a run that begins', () => {
  test('a run does not begin if the registration that it was planned from was removed', async () => {
    const tenantId = newTenant()
    const plan = { ...aPlan('user'), registrationVersion: 1 }
    await expect(runs.begin(aNewRun(tenantId), plan)).rejects.toMatchObject({ code: 'SUPERSEDED' })
    const target = selected('user')
    await writeRegistration(stores, tenantId, (current) =>
      replaceRegistration(current, target, change('2026-11-23T00:00:00Z', 'tester', tenantId)),
    )
    expect(await runs.begin(aNewRun(tenantId), plan)).toMatchObject({ status: 'RUNNING', registrationVersion: 1 })
  })

  test('a run records its plan: mode, reason and window of each entity', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', deltaOfContent, skippedFeed))
    expect(run).toMatchObject({
      status: 'RUNNING',
      registrationVersion: null,
      startedAt: expect.any(Date),
      error: null,
    })
    expect(run.entities).toMatchObject([
      { entity: 'content', status: 'PENDING', mode: 'DELTA', fullLoadReason: null, from, attempts: 0, rows: null },
      { entity: 'feed', status: 'SKIPPED', finishedAt: expect.any(Date) },
      { entity: 'user', status: 'PENDING', mode: 'FULL', fullLoadReason: 'FIRST', from: null },
    ])
    expect(await runs.find(run.tenantId, run.id)).toEqual(run)
  })

  test('a run that begins twice has the plan of the first time', async () => {
    const asked = aNewRun(newTenant())
    const first = await runs.begin(asked, aPlan('user', deltaOfContent))
    const again = await runs.begin(asked, { ...aPlan('feed'), registrationVersion: 2 })
    expect(again).toEqual(first)
    expect(await runs.find(asked.tenantId, asked.id)).toEqual(first)
  })

  test('a run that two callers begin at once has one plan, and the second caller gets it or must retry', async () => {
    const asked = aNewRun(newTenant())
    const both = await Promise.allSettled([runs.begin(asked, aPlan('user')), runs.begin(asked, aPlan('user'))])
    const begun = both.filter((outcome) => outcome.status === 'fulfilled')
    expect(begun.length).toBeGreaterThanOrEqual(1)
    for (const outcome of both) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'RUN_IN_PROGRESS' })
    }
    expect(await runs.begin(asked, aPlan('feed'))).toEqual(begun[0]?.value)
  })

  test('a requested run keeps its actor, request time and end of windows when it begins', async () => {
    const asked = aNewRun(newTenant(), { trigger: 'MANUAL', requestedBy: 'alice' })
    await queue(asked)
    const queued = await runs.find(asked.tenantId, asked.id)
    const begun = await runs.begin({ ...asked, requestedBy: null, trigger: 'SCHEDULED' }, aPlan('user'))
    const { trigger, requestedBy, queuedAt, to } = queued!
    expect(begun).toMatchObject({ status: 'RUNNING', trigger, requestedBy, queuedAt, to })
  })

  test('a run is refused as RUN_IN_PROGRESS, to be retried, while another of the tenant is running (promise 11)', async () => {
    const tenantId = newTenant()
    const first = await runs.begin(aNewRun(tenantId), aPlan('user'))
    const second = aNewRun(tenantId)
    const refused = runs.begin(second, aPlan('user'))
    await expect(refused).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS', retry: 'hours' })
    expect(await runs.find(tenantId, second.id)).toBeUndefined()
    await runs.finish(first, noTrouble)
    expect(await runs.begin(second, aPlan('user'))).toMatchObject({ id: second.id, status: 'RUNNING' })
  })

  test('one of ten runs of a tenant that begin at once begins, and other tenants have theirs', async () => {
    const tenantId = newTenant()
    const begun = await Promise.allSettled(
      Array.from({ length: 10 }, () => runs.begin(aNewRun(tenantId), aPlan('user'))),
    )
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await runs.begin(aNewRun(newTenant()), aPlan('user'))).toMatchObject({ status: 'RUNNING' })
  })

  test('a run that is ended while it begins stays ended', async () => {
    const asked = aNewRun(newTenant())
    await queue(asked)
    const ending = await stores.connect()
    await ending.query('BEGIN')
    await ending.query(`UPDATE run SET status = 'FAILED', finished_at = now() WHERE id = $1`, [asked.id])
    const beginning = runs.begin(asked, aPlan('user'))
    await vi.waitFor(async () => {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
      expect(await stores.query(sql)).toHaveLength(1)
    })
    await ending.query('COMMIT')
    await ending.end()
    expect(await beginning).toMatchObject({ status: 'FAILED', entities: [] })
    expect(await runs.unfinished(asked.tenantId)).toEqual([])
  })
})

describe('a run that ends', () => {
  test('a run has succeeded if every entity is published or was published before', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', skippedFeed))
    await publish(run, 'user')
    const ended = await runs.finish(run, { ...noTrouble, manifestPath: '/exports/x/datapackage.json' })
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      manifestPath: '/exports/x/datapackage.json',
      finishedAt: expect.any(Date),
      error: null,
    })
    expect(await runs.find(run.tenantId, run.id)).toEqual(ended)
  })

  test('a run has partially failed if an entity fails, and each failed entity has its error', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site'))
    await publish(run, 'user')
    const failures = [
      { entity: 'site', code: 'SFTP_NO_SPACE' as const, message: 'full' },
      { entity: 'user', code: 'INTERNAL' as const, message: 'an answer got lost, but the file is there' },
    ]
    const ended = await runs.finish(run, { ...noTrouble, failures })
    expect(ended.status).toBe('PARTIALLY_FAILED')
    expect(ended.entities).toMatchObject([
      { entity: 'site', status: 'FAILED', error: { code: 'SFTP_NO_SPACE', message: 'full' } },
      { entity: 'user', status: 'PUBLISHED', error: null },
    ])
  })

  test('a run has failed if nothing is published', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site'))
    await claimOf(stores, run, 'site')
    const ended = await runs.finish(run, noTrouble)
    expect(ended.status).toBe('FAILED')
    expect(statuses(ended)).toEqual({ user: 'FAILED', site: 'FAILED' })
  })

  test('a run that fails before it begins has its own error', async () => {
    const asked = aNewRun(newTenant())
    await queue(asked)
    const error = { code: 'TEMPORAL_UNAVAILABLE' as const, message: 'not started' }
    expect(await runs.finish(asked, { ...noTrouble, error })).toMatchObject({ status: 'FAILED', error })
  })

  test('a run has partially failed if everything except the manifest is published', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    await publish(run, 'user')
    const error = { code: 'SFTP_UNAVAILABLE' as const, message: 'gone' }
    expect(await runs.finish(run, { ...noTrouble, error })).toMatchObject({ status: 'PARTIALLY_FAILED', error })
  })

  test('a cancelled run cancels its unfinished entities, and published ones stay published', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site', 'feed'))
    await publish(run, 'user')
    await claimOf(stores, run, 'site')
    const ended = await runs.finish(run, { ...noTrouble, cancelled: true })
    expect(ended.status).toBe('CANCELLED')
    expect(statuses(ended)).toEqual({ user: 'PUBLISHED', site: 'CANCELLED', feed: 'CANCELLED' })
  })

  test('a run that is ended twice, or by two callers at once, keeps its first outcome', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    const [one, other] = await Promise.all([
      runs.finish(run, { ...noTrouble, cancelled: true }),
      runs.finish(run, { ...noTrouble, cancelled: true, manifestPath: '/other' }),
    ])
    expect(one).toEqual(other)
    expect(await runs.finish(run, { ...noTrouble, manifestPath: '/late' })).toEqual(one)
  })
})
