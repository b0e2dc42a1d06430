import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RunFilter, RunStore } from '../../src/database/run-store.js'
import type { NewRun } from '../../src/database/unit-of-work/tenant-runs.js'
import type { Run } from '../../src/domain/run.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { pageOf, type PageArguments } from '../../src/services/page.js'
import { change, selected } from '../support/builders.js'
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
} from '../support/stores.js'

const runPage = (tenantId: string, args: PageArguments) =>
  pageOf(
    args,
    (request) => runs.page(tenantId, request),
    ({ queuedAt, id }) => ({ at: queuedAt, id }),
  )

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

describe('asking for a run', () => {
  test('puts it on record as queued, with who asked', async () => {
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
      entities: [],
    })
  })

  test('is refused while one is queued already; of ten at once one comes through', async () => {
    const tenantId = newTenant()
    const answers = await Promise.all(Array.from({ length: 10 }, () => queue(aNewRun(tenantId))))
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await runs.unfinished(tenantId)).toHaveLength(1)
  })

  test('is possible while one is running: that one may be about to end', async () => {
    const tenantId = newTenant()
    await runs.begin(aNewRun(tenantId), aPlan('user'))
    expect(await queue(aNewRun(tenantId))).toBe(true)
  })
})

describe('a run that begins', () => {
  test('does not begin where the registration that it was planned from is gone', async () => {
    const tenantId = newTenant()
    const plan = { ...aPlan('user'), registrationVersion: 1 }
    await expect(runs.begin(aNewRun(tenantId), plan)).rejects.toMatchObject({ code: 'SUPERSEDED' })
    const target = selected('user')
    await writeRegistration(stores, tenantId, (current) =>
      replaceRegistration(current, target, change('2026-11-23T00:00:00Z', 'tester', tenantId)),
    )
    expect(await runs.begin(aNewRun(tenantId), plan)).toMatchObject({ status: 'RUNNING', registrationVersion: 1 })
  })

  test('has its plan pinned: of each entity mode, reason and window', async () => {
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

  test('told twice, has the plan of the first time', async () => {
    const asked = aNewRun(newTenant())
    const first = await runs.begin(asked, aPlan('user', deltaOfContent))
    const again = await runs.begin(asked, { ...aPlan('feed'), registrationVersion: 2 })
    expect(again).toEqual(first)
    expect(await runs.find(asked.tenantId, asked.id)).toEqual(first)
  })

  test('told by two at once, has one plan; who comes second is told to try again or given the same', async () => {
    const asked = aNewRun(newTenant())
    const both = await Promise.allSettled([runs.begin(asked, aPlan('user')), runs.begin(asked, aPlan('user'))])
    const begun = both.filter((outcome) => outcome.status === 'fulfilled')
    expect(begun.length).toBeGreaterThanOrEqual(1)
    for (const outcome of both) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'RUN_IN_PROGRESS' })
    }
    expect(await runs.begin(asked, aPlan('feed'))).toEqual(begun[0]?.value)
  })

  test('and was asked for keeps who asked, when and for what time', async () => {
    const asked = aNewRun(newTenant(), { trigger: 'MANUAL', requestedBy: 'alice' })
    await queue(asked)
    const queued = await runs.find(asked.tenantId, asked.id)
    const begun = await runs.begin({ ...asked, requestedBy: null, trigger: 'SCHEDULED' }, aPlan('user'))
    const { trigger, requestedBy, queuedAt, to } = queued!
    expect(begun).toMatchObject({ status: 'RUNNING', trigger, requestedBy, queuedAt, to })
  })

  test('is refused as RUN_IN_PROGRESS, to be tried again, while another of the tenant runs (promise 11)', async () => {
    const tenantId = newTenant()
    const first = await runs.begin(aNewRun(tenantId), aPlan('user'))
    const second = aNewRun(tenantId)
    const refused = runs.begin(second, aPlan('user'))
    await expect(refused).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS', retryable: true })
    expect(await runs.find(tenantId, second.id)).toBeUndefined()
    await runs.finish(first, noTrouble)
    expect(await runs.begin(second, aPlan('user'))).toMatchObject({ id: second.id, status: 'RUNNING' })
  })

  test('of ten at once is one; other tenants have theirs', async () => {
    const tenantId = newTenant()
    const begun = await Promise.allSettled(
      Array.from({ length: 10 }, () => runs.begin(aNewRun(tenantId), aPlan('user'))),
    )
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await runs.begin(aNewRun(newTenant()), aPlan('user'))).toMatchObject({ status: 'RUNNING' })
  })

  test('stays ended where it was ended at the same moment, since nobody would end it again', async () => {
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
  test('has succeeded where everything is published or was already', async () => {
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

  test('has failed in part, with the error of each entity that did not tell itself', async () => {
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

  test('has failed where nothing is published', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site'))
    await claimOf(stores, run, 'site')
    const ended = await runs.finish(run, noTrouble)
    expect(ended.status).toBe('FAILED')
    expect(statuses(ended)).toEqual({ user: 'FAILED', site: 'FAILED' })
  })

  test('has failed by itself before it began', async () => {
    const asked = aNewRun(newTenant())
    await queue(asked)
    const error = { code: 'TEMPORAL_UNAVAILABLE' as const, message: 'not started' }
    expect(await runs.finish(asked, { ...noTrouble, error })).toMatchObject({ status: 'FAILED', error })
  })

  test('has failed in part where everything is published but the manifest', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    await publish(run, 'user')
    const error = { code: 'SFTP_UNAVAILABLE' as const, message: 'gone' }
    expect(await runs.finish(run, { ...noTrouble, error })).toMatchObject({ status: 'PARTIALLY_FAILED', error })
  })

  test('is cancelled with everything in it that has not ended; what is published stays so', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user', 'site', 'feed'))
    await publish(run, 'user')
    await claimOf(stores, run, 'site')
    const ended = await runs.finish(run, { ...noTrouble, cancelled: true })
    expect(ended.status).toBe('CANCELLED')
    expect(statuses(ended)).toEqual({ user: 'PUBLISHED', site: 'CANCELLED', feed: 'CANCELLED' })
  })

  test('told twice, or by two at once, has ended as it was told first', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    const [one, other] = await Promise.all([
      runs.finish(run, { ...noTrouble, cancelled: true }),
      runs.finish(run, { ...noTrouble, cancelled: true, manifestPath: '/other' }),
    ])
    expect(one).toEqual(other)
    expect(await runs.finish(run, { ...noTrouble, manifestPath: '/late' })).toEqual(one)
  })
})

describe("a tenant's runs", () => {
  test('are its own', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    const other = newTenant()
    expect(await runs.find(other, run.id)).toBeUndefined()
    expect(await runs.unfinished(other)).toEqual([])
    expect((await runPage(other, {})).edges).toEqual([])
  })

  test('that are unfinished are those queued or running', async () => {
    const tenantId = newTenant()
    const ended = await runs.begin(aNewRun(tenantId), aPlan('user'))
    await runs.finish(ended, noTrouble)
    const running = await runs.begin(aNewRun(tenantId), aPlan('user'))
    const queued = aNewRun(tenantId)
    await queue(queued)
    const found = (await runs.unfinished(tenantId)).map(({ id }) => id)
    expect(found.toSorted()).toEqual([running.id, queued.id].toSorted())
  })
})

describe('pages of runs (issue 3, part 4: a Relay connection)', () => {
  const tenantId = newTenant()
  /** Newest first. */
  let all: string[]

  beforeAll(async () => {
    // Pairs of runs of the same millisecond: only the id tells them apart.
    await stores.query(
      `INSERT INTO run (id, tenant_id, workflow_id, trigger, status, "to", queued_at, finished_at)
       SELECT gen_random_uuid(), $1, 'w' || n, 'SCHEDULED', 'SUCCEEDED', now(),
              '2026-11-23T00:00:00.123Z'::timestamptz + (n / 2) * interval '1 millisecond', now()
       FROM generate_series(1, 25) n`,
      [tenantId],
    )
    const rows = await stores.query('SELECT id FROM run WHERE tenant_id = $1 ORDER BY queued_at DESC, id DESC', [
      tenantId,
    ])
    all = rows.map(({ id }) => String(id))
  })

  const page = async (args: PageArguments) => {
    const { edges, ...flags } = await runPage(tenantId, args)
    return { ids: edges.map(({ node }) => node.id), cursors: edges.map(({ cursor }) => cursor), ...flags }
  }

  test('have 20 runs, newest first, where no number is asked for', async () => {
    expect(await page({})).toMatchObject({ ids: all.slice(0, 20), hasNextPage: true, hasPreviousPage: false })
    expect(await page({ first: null, after: null, last: null, before: null })).toMatchObject({ ids: all.slice(0, 20) })
  })

  test.each([1, 7, 100])('lead forward through all of them, %i at a time', async (first) => {
    const seen: string[] = []
    for (let after: string | null = null, more = true; more;) {
      const { ids, cursors, hasNextPage, hasPreviousPage } = await page({ first, after })
      expect(hasPreviousPage).toBe(seen.length > 0)
      seen.push(...ids)
      after = cursors.at(-1) ?? null
      more = hasNextPage
    }
    expect(seen).toEqual(all)
  })

  test.each([1, 7, 100])('lead backward through all of them, %i at a time, each page newest first', async (last) => {
    const seen: string[] = []
    for (let before: string | null = null, more = true; more;) {
      const { ids, cursors, hasNextPage, hasPreviousPage } = await page({ last, before })
      expect(hasNextPage).toBe(seen.length > 0)
      seen.unshift(...ids)
      before = cursors[0] ?? null
      more = hasPreviousPage
    }
    expect(seen).toEqual(all)
  })

  test('are those right before a cursor, not the first of all', async () => {
    const { cursors } = await page({ first: 100 })
    expect(await page({ last: 3, before: cursors[10]! })).toMatchObject({
      ids: all.slice(7, 10),
      hasPreviousPage: true,
    })
    expect(await page({ last: 3, before: cursors[3]! })).toMatchObject({ ids: all.slice(0, 3), hasPreviousPage: false })
  })

  test('are empty beyond either end', async () => {
    const { cursors } = await page({ first: 100 })
    expect(await page({ after: cursors.at(-1)! })).toMatchObject({ ids: [], hasNextPage: false, hasPreviousPage: true })
    expect(await page({ before: cursors[0]! })).toMatchObject({ ids: [], hasPreviousPage: false, hasNextPage: true })
  })

  test('stay where they are when newer runs come', async () => {
    const { cursors } = await page({ first: 5 })
    await runs.begin(aNewRun(tenantId), aPlan('user'))
    expect(await page({ first: 5, after: cursors[4]! })).toMatchObject({ ids: all.slice(5, 10) })
  })
})

test('pages of runs are those in the states and of the time that are asked for, page by page', async () => {
  const tenantId = newTenant()
  await stores.query(
    `INSERT INTO run (id, tenant_id, workflow_id, trigger, status, "to", queued_at, finished_at)
     SELECT gen_random_uuid(), $1, 'w' || n, 'SCHEDULED',
            (ARRAY['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED']::run_status[])[n % 3 + 1], now(),
            '2026-11-01T00:00:00Z'::timestamptz + n * interval '1 day', now()
     FROM generate_series(0, 11) n`,
    [tenantId],
  )
  const found = async (filter: RunFilter, args: PageArguments = {}) => {
    const page = await pageOf(
      args,
      (request) => runs.page(tenantId, request, filter),
      ({ queuedAt, id }) => ({ at: queuedAt, id }),
    )
    return { ...page, days: page.edges.map(({ node }) => node.queuedAt.getUTCDate()) }
  }
  const day = (date: number) => new Date(Date.UTC(2026, 10, date))
  expect((await found({})).days).toHaveLength(12)
  expect((await found({ status: ['FAILED'] })).days).toEqual([11, 8, 5, 2])
  expect((await found({ status: [] })).days).toEqual([])
  expect((await found({ from: day(4), to: day(7) })).days).toEqual([6, 5, 4])
  const bad = { status: ['FAILED', 'PARTIALLY_FAILED'], from: day(5) } as const
  const first = await found(bad, { first: 3 })
  expect([first.days, first.hasNextPage]).toEqual([[12, 11, 9], true])
  const rest = await found(bad, { first: 3, after: first.edges[2]!.cursor })
  expect([rest.days, rest.hasNextPage]).toEqual([[8, 6, 5], false])
})
