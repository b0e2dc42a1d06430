import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningApi, startRunningApi } from '../../security/support/running-api.js'
import {
  type Result,
  subscribeByMultipart,
  subscribeBySse,
  subscribeByWebSocket,
  webSocketClient,
} from '../../support/api/subscription-clients.js'
import { eventually } from '../../support/eventually.js'
import type { TestTenant } from '../../support/world/tenant.js'

let api: RunningApi
let tenant: TestTenant
let token: string
beforeAll(async () => {
  api = await startRunningApi()
  await api.world.startWorker()
  tenant = await api.world.tenant({ rows: { user: 40_000, site_category: 2 } })
  await tenant.register({ entityList: 'user, site category', frequency: 'DAILY' })
  token = await api.sign({ claims: { tenant_id: tenant.id } })
})
afterEach(() => api.world.sftp.proxy.throttle(Infinity))
afterAll(() => api[Symbol.asyncDispose]())

const query = `subscription ($id: ID!) {
  exportRunUpdated(id: $id) {
    status
    progress { entitiesDone entitiesTotal rows bytes rowsPerSecond updatedAt }
    entities { internalName status progress { rows step } delivery { rows } }
  }
}`

interface Seen {
  readonly status: string
  readonly progress: { readonly entitiesDone: number; readonly entitiesTotal: number; readonly rows: number }
  readonly entities: readonly { readonly internalName: string; readonly delivery: { readonly rows: number } | null }[]
}

const seenIn = (results: readonly Result[]): Seen[] =>
  results.flatMap(({ data }) => (data?.exportRunUpdated ? [data.exportRunUpdated as unknown as Seen] : []))

test('every transport follows a real run from its start over its progress to its end', async () => {
  api.world.sftp.proxy.throttle(150_000)
  const { id } = await tenant.startRun()
  const call = { port: api.port, token, query, variables: { id } }
  const client = webSocketClient(call)
  const [sse, multipart] = [await subscribeBySse(call), await subscribeByMultipart(call)]
  const webSocket = subscribeByWebSocket(client, query, { id })
  const all = [sse, multipart, webSocket]
  await eventually('rows in progress on each transport', () =>
    all.every(({ results }) =>
      seenIn(results).some(({ status, progress }) => status === 'RUNNING' && progress.rows > 100),
    ),
  )
  api.world.sftp.proxy.throttle(Infinity)
  await Promise.all(all.map(({ ended }) => ended))
  const run = await tenant.find(id)
  for (const { results } of all) {
    expect(results.filter(({ errors }) => errors)).toEqual([])
    const seen = seenIn(results)
    expect(seen.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      progress: {
        entitiesDone: 2,
        entitiesTotal: 2,
        rows: run.entities.reduce((sum, { rows }) => sum + Number(rows), 0),
        rowsPerSecond: 0,
        updatedAt: run.finishedAt?.toISOString(),
      },
    })
    expect(seen.at(-1)?.entities.find(({ internalName }) => internalName === 'user')?.delivery?.rows).toBe(40_000)
    const done = seen.map(({ progress }) => progress.entitiesDone)
    expect(done).toEqual(done.toSorted((one, other) => one - other))
  }
  await client.dispose()
})

test("another tenant's run is emitted as null, as exportRun returns it", async () => {
  const { id } = await tenant.runNow()
  const other = await api.sign()
  const received = await subscribeBySse({ port: api.port, token: other, query, variables: { id } })
  await received.ended
  expect(received.results).toEqual([{ data: { exportRunUpdated: null } }])
  const answer = await api.graphql(`{ exportRun(id: "${id}") { id } }`, { token: other })
  expect(JSON.parse(answer.text)).toEqual({ data: { exportRun: null } })
})

test("an operator's subscription is in the tenant's audit log, whichever transport it uses", async () => {
  const { id } = await tenant.runNow()
  const operator = await api.sign({
    claims: { tenant_id: undefined, sub: 'ops', scope: 'exports:read exports:operate' },
  })
  const headers = { 'tidemark-tenant': tenant.id }
  const call = { port: api.port, token: operator, query, variables: { id }, headers }
  for (const subscribe of [subscribeBySse, subscribeByMultipart]) await (await subscribe(call)).ended
  const client = webSocketClient(call)
  expect(await subscribeByWebSocket(client, query, { id }).ended).toBeUndefined()
  await client.dispose()
  const kept = await api.world.sql<{ target: string }>(
    `SELECT target FROM tidemark.audit_event WHERE tenant_id = $1 AND action = 'OPERATOR_ACCESS'`,
    [tenant.id],
  )
  expect(kept.map(({ target }) => target)).toEqual(Array.from({ length: 3 }, () => 'subscription exportRunUpdated'))
})
