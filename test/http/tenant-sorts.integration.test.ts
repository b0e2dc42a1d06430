import { afterAll, beforeAll, expect, test } from 'vitest'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { createOperations } from '../../src/services/operations.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { atMidnight, change, disabled, selected, smallCatalog } from '../support/world/builders.js'
import {
  aNewRun,
  aPlan,
  noTrouble,
  openStores,
  publishOnce,
  type Stores,
  writeRegistration,
} from '../support/world/stores.js'

let stores: Stores
let api: TestApi
const lateness = { graceMinutes: 1, pausedReminderDays: 7 }
const boundary = boundaryAtOrBefore(atMidnight('DAILY'), new Date(Date.now() - 60_000))
const daysBefore = (days: number) => new Date(boundary.getTime() - days * 86_400_000)
const success = new Date(boundary.getTime() + 1_000)
const failure = new Date(boundary.getTime() + 2_000)

beforeAll(async () => {
  stores = await openStores()
  const incidents = { countOpen: async () => [], oldestWaiting: async () => null }
  api = await startApi({ operations: createOperations({ ...stores, catalog: smallCatalog, lateness, incidents }) })
  // Each order has tenants that are equal in it.
  for (const tenantId of ['a', 'b', 'c', 'd', 'e', 'f']) await register(tenantId)
  await delivered('c', boundary, 500, success)
  await delivered('d', boundary, 500, success)
  await delivered('e', daysBefore(4), 900, daysBefore(4))
  await delivered('f', boundary, 100, success)
  await failed('b', failure)
  await failed('c', failure)
  await failed('e', daysBefore(2))
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await stores?.[Symbol.asyncDispose]()
})

const register = (tenantId: string, target = selected('user')) =>
  writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, target, change(daysBefore(9).toISOString(), 'tester', tenantId)),
  )

const endRun = (runId: string, at: Date) => stores.query('UPDATE run SET finished_at = $2 WHERE id = $1', [runId, at])

async function delivered(tenantId: string, to: Date, bytes: number, finishedAt: Date): Promise<void> {
  await endRun(await publishOnce(stores, tenantId, 'user', { to, file: { bytes } }), finishedAt)
}

async function failed(tenantId: string, finishedAt: Date): Promise<void> {
  const run = await stores.runs.begin(aNewRun(tenantId, { to: finishedAt }), aPlan('user'))
  const failures = [{ entity: 'user', code: 'SFTP_UNAVAILABLE' as const, message: 'It is away.' }]
  await stores.runs.finish(run, { ...noTrouble, failures })
  await endRun(run.id, finishedAt)
}

async function answer(args: string, fields = 'id') {
  const claims = { scope: 'exports:read exports:operate', tenant_id: undefined }
  const query = `{ exportTenants(${args}) {
    totalCount edges { node { ${fields} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`
  return (await api.graphql(query, { token: await api.authority.sign({ claims }) })).json()
}

async function page(args: string) {
  const { errors, data } = await answer(args)
  expect(errors).toBeUndefined()
  const { edges, pageInfo } = data.exportTenants
  return { ids: edges.map(({ node }: { node: { id: string } }) => node.id).join(''), ...pageInfo }
}

/** All tenants, read in pages of that size, in one direction. */
async function pagesOf(sort: string, size: number, isBackwards: boolean): Promise<string[]> {
  const pages: string[] = []
  for (let cursor: string | undefined; ;) {
    const place = isBackwards
      ? `last: ${size}${cursor ? `, before: "${cursor}"` : ''}`
      : `first: ${size}${cursor ? `, after: "${cursor}"` : ''}`
    const { ids, hasNextPage, hasPreviousPage, startCursor, endCursor } = await page(`sort: ${sort}, ${place}`)
    pages.push(ids)
    if (isBackwards ? !hasPreviousPage : !hasNextPage) return isBackwards ? pages.toReversed() : pages
    cursor = isBackwards ? startCursor : endCursor
  }
}

test.each([
  ['ID', 'abcdef'],
  ['OVERDUE', 'abecdf'],
  ['FAILING', 'ebcadf'],
  ['LARGEST', 'ecdfab'],
  ['LAST_SUCCESS', 'abecdf'],
])('the order %s has no gap and no repetition between its pages, also among equal tenants', async (sort, expected) => {
  for (const size of [1, 2, 4, 6]) {
    expect((await pagesOf(sort, size, false)).join('')).toBe(expected)
    expect((await pagesOf(sort, size, true)).join('')).toBe(expected)
  }
})

test('a cursor keeps its place when its tenant changes', async () => {
  const { ids, endCursor } = await page('sort: LARGEST, first: 2')
  expect(ids).toBe('ec')
  await publishOnce(stores, 'c', 'site_category', { to: success, file: { bytes: 10_000 } })
  expect((await page(`sort: LARGEST, first: 1, after: "${endCursor}"`)).ids).toBe('d')
  expect((await page('sort: LARGEST, first: 2')).ids).toBe('ce')
})

test('a cursor of another order is refused, and so is an invented one', async () => {
  const { endCursor } = await page('sort: LARGEST, first: 2')
  for (const sort of ['ID', 'OVERDUE']) {
    expect((await answer(`sort: ${sort}, after: "${endCursor}"`)).errors).toMatchObject([
      {
        message: `The cursor is of another order. Pass a cursor that a page with the sort ${sort} returned.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ])
  }
  const invented = Buffer.from('tenant by LARGEST:many:c').toString('base64url')
  expect((await answer(`sort: LARGEST, after: "${invented}"`)).errors).toMatchObject([
    { message: 'The cursor is invalid. Pass a cursor that this API returned.' },
  ])
})

test('a tenant has the rows and bytes of the last 30 days only', async () => {
  // A trigger keeps the ledger as it is. The session goes without triggers.
  await stores.query(`
    SET session_replication_role = replica;
    UPDATE delivery SET published_at = now() - interval '31 days' WHERE tenant_id = 'f';
    RESET session_replication_role`)
  const { data } = await answer('filter: { search: "f" }', 'id deliveredRows deliveredBytes openIncidents')
  expect(data.exportTenants.edges).toEqual([
    { node: { id: 'f', deliveredRows: 0, deliveredBytes: 0, openIncidents: 0 } },
  ])
  const { data: large } = await answer('filter: { search: "e" }', 'deliveredRows deliveredBytes')
  expect(large.exportTenants.edges).toEqual([{ node: { deliveredRows: 3, deliveredBytes: 900 } }])
})

test('a tenant counts the open incidents that affect it now', async () => {
  const [incident] = await stores.query(`
    INSERT INTO incident (id, code, subject, opened_at, last_seen_at)
    VALUES (gen_random_uuid(), 'SFTP_UNAVAILABLE', 'sftp', now(), now()) RETURNING id`)
  const affect = (tenantId: string, entity: string, endedAt: Date | null) =>
    stores.query(
      `INSERT INTO incident_affected (incident_id, kind, tenant_id, entity, first_seen_at, last_seen_at, message, ended_at)
       VALUES ($1, 'FAILURE', $2, $3, now(), now(), 'It is away.', $4)`,
      [incident?.['id'], tenantId, entity, endedAt],
    )
  await affect('a', 'user', null)
  await affect('a', 'site_category', null)
  await affect('b', 'user', new Date())
  const counts = async () =>
    (await answer('first: 2', 'openIncidents')).data.exportTenants.edges.map(
      ({ node }: { node: { openIncidents: number } }) => node.openIncidents,
    )
  expect(await counts()).toEqual([1, 0])
  await stores.query('UPDATE incident SET resolved_at = now()')
  expect(await counts()).toEqual([0, 0])
})

test('disabled exports can be listed alone', async () => {
  await register('g', disabled)
  expect((await page('filter: { disabled: true }')).ids).toBe('g')
  expect((await page('filter: { exportOption: DISABLE_EXPORT, disabled: false }')).ids).toBe('')
  expect((await page('filter: { disabled: false }')).ids).toBe('abcdef')
})

test('tenants with a run in progress can be listed alone', async () => {
  await stores.runs.begin(aNewRun('d', { to: new Date() }), aPlan('user'))
  expect((await page('filter: { running: true }')).ids).toBe('d')
  expect((await page('filter: { running: false }')).ids).not.toContain('d')
})
