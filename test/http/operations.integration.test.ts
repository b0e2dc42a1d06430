import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { exportErrors } from '../../src/domain/errors.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { createLateness } from '../../src/services/lateness.js'
import { createOperations } from '../../src/services/operations.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { atMidnight, change, selected, smallCatalog } from '../support/world/builders.js'
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
const settings = { graceMinutes: 1, pausedReminderDays: 7 }
const boundary = boundaryAtOrBefore(atMidnight('DAILY'), new Date(Date.now() - 60_000))
const daysBefore = (days: number) => new Date(boundary.getTime() - days * 86_400_000)
const overdueSince = (days: number) => new Date(daysBefore(days).getTime() + 60_000).toISOString()

const incidents = {
  countOpen: async () => [
    { code: 'EXPORT_OVERDUE' as const, count: 1 },
    { code: 'SFTP_UNAVAILABLE' as const, count: 1 },
    { code: 'CLOCK_SKEWED' as const, count: 1 },
  ],
  oldestWaiting: async () => null,
}

beforeAll(async () => {
  stores = await openStores()
  api = await startApi({
    lateness: createLateness({ catalog: smallCatalog, lateness: stores.lateness, settings }),
    operations: createOperations({ ...stores, catalog: smallCatalog, lateness: settings, incidents }),
  })
  for (const tenantId of ['acme', 'globex', 'initech', 'umbrella']) await register(tenantId)
  await publishOnce(stores, 'acme', 'user', { to: boundary })
  await publishOnce(stores, 'globex', 'user', { to: daysBefore(4) })
  const run = await stores.runs.begin(aNewRun('globex', { to: daysBefore(3) }), aPlan('user'))
  const failures = [{ entity: 'user', code: 'SFTP_UNAVAILABLE' as const, message: 'the server is away' }]
  await stores.runs.finish(run, { ...noTrouble, failures })
  await stores.scheduleReadings.record('initech', { missed: 3, skipped: 2, pausedNote: 'under repair' })
  await stores.runs.begin(aNewRun('umbrella', { to: boundary }), aPlan('user'))
  await stores.processes.beat(
    {
      ...{ id: randomUUID(), kind: 'WORKER', host: 'host-1', pid: 7, version: '1.0.0' },
      taskQueue: 'q',
      startedAt: boundary,
    },
    null,
  )
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await stores?.[Symbol.asyncDispose]()
})

const register = (tenantId: string) =>
  writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, selected('user'), change(daysBefore(9).toISOString(), 'tester', tenantId)),
  )

async function ask(query: string) {
  const claims = { scope: 'exports:read exports:operate', tenant_id: undefined }
  const answer = await api.graphql(query, { token: await api.authority.sign({ claims }) })
  expect(answer.json().errors).toBeUndefined()
  return answer.json().data
}

const tenantsWhere = async (filter: string): Promise<string[]> => {
  const { exportTenants } = await ask(`{ exportTenants(filter: {${filter}}) { totalCount edges { node { id } } } }`)
  const ids = exportTenants.edges.map(({ node }: { node: { id: string } }) => node.id)
  expect(exportTenants.totalCount).toBe(ids.length)
  return ids
}

test('an operator sees the state of each tenant, without naming one', async () => {
  const { exportTenants } = await ask(`{ exportTenants { edges { node {
    id overdue overdueSince oldestWatermark failingSince cause { code message remedy } lastRunStatus missedRuns skippedRuns
    pausedNote nextRunAt runningRunId graceMinutes
  } } } }`)
  const [acme, globex, initech, umbrella] = exportTenants.edges.map(({ node }: { node: object }) => node)
  const fine = { overdue: false, overdueSince: null, failingSince: null, cause: null, missedRuns: 0, pausedNote: null }
  expect(acme).toMatchObject({
    ...fine,
    id: 'acme',
    oldestWatermark: boundary.toISOString(),
    lastRunStatus: 'SUCCEEDED',
  })
  expect(globex).toMatchObject({
    overdueSince: overdueSince(3),
    cause: {
      ...{ code: 'SFTP_UNAVAILABLE', message: 'the server is away' },
      remedy: exportErrors.SFTP_UNAVAILABLE.remedy,
    },
    lastRunStatus: 'FAILED',
    failingSince: expect.any(String) as unknown,
  })
  expect(initech).toMatchObject({ missedRuns: 3, skippedRuns: 2, pausedNote: 'under repair', nextRunAt: null })
  expect(umbrella).toMatchObject({ overdue: true, oldestWatermark: null, runningRunId: expect.any(String) as unknown })
})

test('filters find tenants that are overdue, failing or paused, and parts of ids', async () => {
  expect(await tenantsWhere('overdue: true')).toEqual(['globex', 'initech', 'umbrella'])
  expect(await tenantsWhere('overdue: false')).toEqual(['acme'])
  expect(await tenantsWhere('failing: true')).toEqual(['globex'])
  expect(await tenantsWhere('paused: true')).toEqual(['initech'])
  expect(await tenantsWhere('search: "ME"')).toEqual(['acme'])
  expect(await tenantsWhere('failing: true, paused: true')).toEqual([])
  expect(await tenantsWhere('exportOption: EXPORT_SELECTED')).toHaveLength(4)
  expect(await tenantsWhere('exportOption: DISABLE_EXPORT')).toEqual([])
})

test('pages of tenants follow one another in both directions', async () => {
  const page = async (args: string) => {
    const shown = 'edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
    const { exportTenants } = await ask(`{ exportTenants(${args}) { ${shown} } }`)
    const { edges, pageInfo } = exportTenants
    return { ids: edges.map(({ node }: { node: { id: string } }) => node.id), pageInfo }
  }
  const first = await page('first: 3')
  expect([first.ids, first.pageInfo.hasNextPage, first.pageInfo.hasPreviousPage]).toEqual([
    ['acme', 'globex', 'initech'],
    true,
    false,
  ])
  const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`)
  expect([second.ids, second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage]).toEqual([
    ['umbrella'],
    false,
    true,
  ])
  const back = await page(`last: 2, before: "${second.pageInfo.startCursor}"`)
  expect([back.ids, back.pageInfo.hasPreviousPage]).toEqual([['globex', 'initech'], true])
  const wrong = await api.graphql('{ exportTenants(after: "x") { totalCount } }', {
    token: await api.authority.sign({ claims: { scope: 'exports:operate' } }),
  })
  expect(wrong.json().errors[0].message).toBe('The cursor is invalid. Pass a cursor that this API returned.')
})

test('the overview counts tenants, runs, incidents and processes', async () => {
  const { exportOverview } = await ask(`{ exportOverview {
    tenants activeTenants pausedTenants overdueTenants failingTenants queuedRuns runningRuns oldestUnpublishedWindow
    deliveredFiles deliveredRows deliveredBytes pendingRegistrations criticalIncidents warningIncidents oldestUnpostedMessage processes { kind host isAlive version }
  } }`)
  expect(exportOverview).toEqual({
    ...{
      tenants: 4,
      activeTenants: 3,
      pausedTenants: 1,
      overdueTenants: 3,
      failingTenants: 1,
      queuedRuns: 0,
      runningRuns: 1,
    },
    oldestUnpublishedWindow: daysBefore(8).toISOString(),
    ...{ deliveredFiles: 2, deliveredRows: 6, deliveredBytes: 198 },
    ...{ pendingRegistrations: 4, criticalIncidents: 2, warningIncidents: 1, oldestUnpostedMessage: null },
    processes: [{ kind: 'WORKER', host: 'host-1', isAlive: true, version: '1.0.0' }],
  })
})

test('a tenant reads whether its own files are late', async () => {
  await api.graphql('mutation { registerDataExport(input: {entityList: "user"}) { userErrors { code } } }')
  const late = async (tenantId: string) => {
    const token = await api.authority.sign({ claims: { tenant_id: tenantId } })
    await api.graphql('mutation { registerDataExport(input: {entityList: "user"}) { userErrors { code } } }', { token })
    return (await api.graphql('{ dataExport { expectedBy overdue overdueSince } }', { token })).json().data.dataExport
  }
  expect(await late('acme')).toEqual({ expectedBy: overdueSince(-1), overdue: false, overdueSince: null })
  expect(await late('globex')).toEqual({ expectedBy: overdueSince(3), overdue: true, overdueSince: overdueSince(3) })
})
