import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { FakeOutbox, fakeEventFeed } from '../support/api/fake-event-feed.js'
import { fakeAudit } from '../support/api/fake-use-cases.js'

let api: TestApi
let outbox: FakeOutbox
const audit = fakeAudit()
beforeAll(async () => {
  api = await startApi({
    audit,
    eventFeed: {
      page: (...call) => fakeEventFeed(outbox).page(...call),
      follow: (...call) => fakeEventFeed(outbox).follow(...call),
      sendTest: (...call) => fakeEventFeed(outbox).sendTest(...call),
    },
  })
})
beforeEach(() => {
  outbox = new FakeOutbox()
  outbox.add('registration.changed', { version: 1 })
  outbox.add('export.files.delivered', { runId: 'r' })
  outbox.add('export.failed', { runId: 'r' })
})
afterAll(() => api[Symbol.asyncDispose]())

const query = `query ($first: Int, $after: String, $last: Int, $types: [ExportEventType!]) {
  exportEvents(first: $first, after: $after, last: $last, types: $types) {
    edges { cursor node { id number type at data } } pageInfo { hasNextPage endCursor } lastNumber missed } }`

async function page(variables: Record<string, unknown> = {}) {
  const { data } = (await api.graphql(query, { variables })).json<{ data: { exportEvents: Record<string, unknown> } }>()
  return data.exportEvents
}

const get = async (path: string, headers: Record<string, string> = {}) => {
  const token = await api.authority.sign()
  return api.app.inject({ url: path, headers: { authorization: `Bearer ${token}`, ...headers } })
}

describe('events over GraphQL', () => {
  test('a caller that passes endCursor as after reads each event once, oldest first', async () => {
    const first = await page({ first: 2 })
    expect(first).toMatchObject({
      edges: [
        { cursor: '1', node: { number: 1, type: 'REGISTRATION_CHANGED', data: { version: 1 } } },
        { cursor: '2', node: { number: 2, type: 'EXPORT_FILES_DELIVERED', at: '2026-11-24T00:00:00.000Z' } },
      ],
      ...{ pageInfo: { hasNextPage: true, endCursor: '2' }, lastNumber: 3, missed: 0 },
    })
    expect(await page({ after: '2' })).toMatchObject({ edges: [{ cursor: '3' }], pageInfo: { hasNextPage: false } })
    expect(await page({ last: 1, types: ['EXPORT_FILES_DELIVERED'] })).toMatchObject({ edges: [{ cursor: '2' }] })
  })

  test('a cursor that is no number is refused', async () => {
    const answer = await api.graphql(query, { variables: { after: 'x' } })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  test('a test event can be sent with the scope exports:write, and not without it', async () => {
    const mutation = 'mutation { sendTestEvent { event { number type } userErrors { code } } }'
    expect((await api.graphql(mutation)).json()).toEqual({
      data: { sendTestEvent: { event: { number: 4, type: 'TEST' }, userErrors: [] } },
    })
    const token = await api.authority.sign({ claims: { scope: 'exports:read' } })
    expect((await api.graphql(mutation, { token })).statusCode).toBe(403)
    expect(outbox.events).toHaveLength(4)
  })
})

describe('events over REST', () => {
  test('GET /export/events has events in the form of webhooks, and what to pass next', async () => {
    const answer = await get('/export/events?limit=2')
    expect(answer.json()).toEqual({
      events: outbox.events.slice(0, 2).map(({ id, type, number, data }) => ({
        ...{ id, type, version: 1, timestamp: '2026-11-24T00:00:00.000Z', number, tenantId: 'acme', data },
      })),
      ...{ next: 2, hasMore: true, lastNumber: 3, missed: 0 },
    })
    expect((await get('/export/events?after=3')).json()).toMatchObject({ events: [], next: 3, hasMore: false })
    expect((await get('/export/events')).json()).toMatchObject({ next: 3 })
  })

  test('several types can be named, in a list or one by one', async () => {
    const types = async (path: string) =>
      (await get(path)).json<{ events: { type: string }[] }>().events.map(({ type }) => type)
    const both = ['registration.changed', 'export.failed']
    expect(await types('/export/events?type=registration.changed,export.failed')).toEqual(both)
    expect(await types('/export/events?type=registration.changed&type=export.failed')).toEqual(both)
  })

  test('a reader that comes too late learns how many events it has missed', async () => {
    outbox = new FakeOutbox()
    outbox.removedThrough = 7
    outbox.add('test')
    expect((await get('/export/events?after=2')).json()).toMatchObject({ missed: 5, next: 8 })
  })

  test.each([
    ['after=-1', '#/after'],
    ['after=x', '#/after'],
    ['limit=0', '#/limit'],
    ['limit=101', '#/limit'],
    ['type=export.nothing', '#/type'],
    ['limit=1&limit=2', '#/limit'],
  ])('the query %s is refused, and the answer names the parameter', async (query_, pointer) => {
    const answer = await get(`/export/events?${query_}`)
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ code: 'INVALID_QUERY', errors: [{ code: 'INVALID_QUERY', pointer }] })
  })

  test('POST /export/events/test records an event and returns it', async () => {
    const token = await api.authority.sign()
    const headers = { authorization: `Bearer ${token}` }
    const answer = await api.app.inject({ method: 'POST', url: '/export/events/test', headers })
    expect(answer.json()).toMatchObject({ type: 'test', number: 4, version: 1 })
  })

  test('an operator reads the events of a tenant, and the tenant’s audit log records it', async () => {
    const claims = { scope: 'exports:read exports:operate', tenant_id: undefined, sub: 'olga' }
    const token = await api.authority.sign({ claims })
    const headers = { authorization: `Bearer ${token}`, 'tidemark-tenant': 'globex' }
    expect((await api.app.inject({ url: '/export/events', headers })).statusCode).toBe(200)
    expect(audit.told).toContain('GET /export/events for globex')
  })

  test('a request without a token gets no events', async () => {
    expect((await api.app.inject({ url: '/export/events' })).statusCode).toBe(401)
  })
})
