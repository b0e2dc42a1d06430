import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunFilter, RunStore } from '../../src/database/run-store.js'
import { pageOf, type PageArguments } from '../../src/services/page.js'
import { aNewRun, aPlan, newTenant, noTrouble, openStores, queueRun, type Stores } from '../support/world/stores.js'

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

describe("a tenant's runs", () => {
  test('a tenant finds only its own runs', async () => {
    const run = await runs.begin(aNewRun(newTenant()), aPlan('user'))
    const other = newTenant()
    expect(await runs.find(other, run.id)).toBeUndefined()
    expect(await runs.unfinished(other)).toEqual([])
    expect((await runPage(other, {})).edges).toEqual([])
  })

  test('unfinished runs are those that are queued or running', async () => {
    const tenantId = newTenant()
    const ended = await runs.begin(aNewRun(tenantId), aPlan('user'))
    await runs.finish(ended, noTrouble)
    const running = await runs.begin(aNewRun(tenantId), aPlan('user'))
    const queued = aNewRun(tenantId)
    await queueRun(stores, queued)
    const found = (await runs.unfinished(tenantId)).map(({ id }) => id)
    expect(found.toSorted()).toEqual([running.id, queued.id].toSorted())
  })
})

describe('pages of runs', () => {
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

  test('a page has 20 runs, newest first, if the caller gives no number', async () => {
    expect(await page({})).toMatchObject({ ids: all.slice(0, 20), hasNextPage: true, hasPreviousPage: false })
    expect(await page({ first: null, after: null, last: null, before: null })).toMatchObject({ ids: all.slice(0, 20) })
  })

  test.each([1, 7, 100])('pages of %i lead forward through all runs', async (first) => {
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

  test.each([1, 7, 100])('pages of %i lead backward through all runs, each page newest first', async (last) => {
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

  test('a page before a cursor has the runs right before it, not the first of all', async () => {
    const { cursors } = await page({ first: 100 })
    expect(await page({ last: 3, before: cursors[10]! })).toMatchObject({
      ids: all.slice(7, 10),
      hasPreviousPage: true,
    })
    expect(await page({ last: 3, before: cursors[3]! })).toMatchObject({ ids: all.slice(0, 3), hasPreviousPage: false })
  })

  test('a page beyond either end is empty', async () => {
    const { cursors } = await page({ first: 100 })
    expect(await page({ after: cursors.at(-1)! })).toMatchObject({ ids: [], hasNextPage: false, hasPreviousPage: true })
    expect(await page({ before: cursors[0]! })).toMatchObject({ ids: [], hasPreviousPage: false, hasNextPage: true })
  })

  test('pages keep their runs when newer runs arrive', async () => {
    const { cursors } = await page({ first: 5 })
    await runs.begin(aNewRun(tenantId), aPlan('user'))
    expect(await page({ first: 5, after: cursors[4]! })).toMatchObject({ ids: all.slice(5, 10) })
  })
})

test('pages of runs with a filter have only runs of the requested states and time', async () => {
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
