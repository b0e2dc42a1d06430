import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  subscribeByMultipart,
  subscribeBySse,
  subscribeByWebSocket,
  webSocketClient,
} from '../../support/api/subscription-clients.js'
import { fakeAudit } from '../../support/api/fake-use-cases.js'
import { follow, runId, type ScriptedApi, startScriptedApi } from './support.js'

const audit = fakeAudit()
let api: ScriptedApi
let token: string
beforeAll(async () => {
  api = await startScriptedApi({ audit, http: { corsOrigins: ['https://app.example.com'] } })
  token = await api.sign()
})
afterAll(() => api[Symbol.asyncDispose]())

const deep = `subscription { exportRunUpdated(id: "x") { ...A } } ${nested('A', 21)}`

/** Fragments of which each contains the next. */
function nested(name: string, levels: number): string {
  const fragments = Array.from({ length: levels }, (_each, at) => {
    const [own, inner] = [at === 0 ? name : `${name}${at}`, at + 1 < levels ? `...${name}${at + 1}` : 'id']
    return `fragment ${own} on ExportRun { ${inner} }`
  })
  return fragments.join(' ')
}

const aliases = Array.from({ length: 50 }, (_each, at) => `a${at}: entities { ...Many }`)
const manyFields = `subscription { exportRunUpdated(id: "x") { ${aliases.join(' ')} } }
  fragment Many on ExportRunEntity {
    internalName status mode fullLoadReason attempts startedAt finishedAt rows bytes path sha256 revision
    window { from to } error { code message }
    progress { rows bytes rowsPerSecond bytesPerSecond step attemptStartedAt updatedAt }
    entity { displayName internalName kind description key columns { name type nullable description } }
    delivery { path rows bytes sha256 revision sequence previousSequence mode window { from to } }
  }`

test.each([
  ['without a token', follow, 'Bearer', 401, 'UNAUTHENTICATED'],
  ['with a deep document', deep, undefined, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['with too many fields', manyFields, undefined, 400, 'OPERATION_TOO_LARGE'],
  ['with an unknown field', 'subscription { unknown }', undefined, 400, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'with two root fields',
    'subscription { a: exportRunUpdated(id: "1") { id } b: exportRunUpdated(id: "2") { id } }',
    undefined,
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'with wrong variables',
    'subscription ($id: ID!) { exportRunUpdated(id: $id) { id } }',
    undefined,
    400,
    'BAD_USER_INPUT',
  ],
])('a subscription %s is refused on each transport', async (_what, query, authorization, status, code) => {
  const variables = query === follow ? { id: runId } : {}
  const headers = authorization === undefined ? {} : { authorization }
  for (const subscribe of [subscribeBySse, subscribeByMultipart]) {
    const received = await subscribe({ port: api.port, token, query, variables, headers })
    await received.ended
    expect(received).toMatchObject({ status, contentType: 'application/json; charset=utf-8' })
    expect(JSON.parse(received.text())).toMatchObject({ errors: [{ extensions: { code } }] })
  }
  if (authorization !== undefined) return
  const client = webSocketClient({ port: api.port, token })
  expect(await subscribeByWebSocket(client, query, variables).ended).toMatchObject([{ extensions: { code } }])
  await client.dispose()
})

test('a subscription needs the scope exports:read, and the denial is in the audit log', async () => {
  const writer = await api.sign({ claims: { scope: 'exports:write', sub: 'writer' } })
  for (const subscribe of [subscribeBySse, subscribeByMultipart]) {
    const received = await subscribe({ port: api.port, token: writer, query: follow, variables: { id: runId } })
    await received.ended
    expect(received.status).toBe(403)
    expect(JSON.parse(received.text())).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  }
  const client = webSocketClient({ port: api.port, token: writer })
  expect(await subscribeByWebSocket(client, follow, { id: runId }).ended).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ])
  await client.dispose()
  expect(audit.told.filter((line) => line === 'writer lacks exports:read')).toHaveLength(3)
  expect(refusedLines()).toEqual([403, 403, 403])
})

test("an operator's subscription is in the audit log of the tenant that it names", async () => {
  const operator = await api.sign({
    claims: { tenant_id: undefined, sub: 'ops', scope: 'exports:read exports:operate' },
  })
  const received = await subscribeBySse({
    port: api.port,
    token: operator,
    query: follow,
    variables: { id: 'none' },
    headers: { 'tidemark-tenant': 'acme' },
  })
  await received.ended
  expect(received.status).toBe(200)
  const socket = await opened({ authorization: `Bearer ${operator}`, 'tidemark-tenant': 'globex' })
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: follow, variables: { id: 'none' } } }))
  expect(await next(socket)).toMatchObject({ type: 'next', payload: { data: { exportRunUpdated: null } } })
  socket.close()
  expect(audit.told).toEqual(
    expect.arrayContaining(['subscription exportRunUpdated for acme', 'subscription exportRunUpdated for globex']),
  )
})

test.each([
  ['no token', {}, 4403, 'The request has no token.'],
  ['a bad token', { authorization: 'Bearer x' }, 4403, 'The token is not a valid JWT access token.'],
])('a WebSocket with %s is closed', async (_what, params, code, reason) => {
  const socket = await connected()
  socket.send(JSON.stringify({ type: 'connection_init', payload: params }))
  const closed = await new Promise((resolve) => socket.once('close', (...given) => resolve(given)))
  expect(closed).toEqual([code, expect.anything()])
  expect(String((closed as unknown[])[1])).toContain(reason)
})

test('a WebSocket of a page of another origin is refused, and of a permitted origin accepted', async () => {
  await expect(connected({ origin: 'https://evil.example.com' })).rejects.toThrow('403')
  await expect(connected({ origin: 'null' })).rejects.toThrow('403')
  const socket = await connected({ origin: 'https://app.example.com' })
  socket.close()
})

test('a WebSocket at another path, or with another protocol, is refused', async () => {
  await expect(connected({}, '/export')).rejects.toThrow('401')
  await expect(connected({}, '/other')).rejects.toThrow('404')
  const socket = new WebSocket(`ws://127.0.0.1:${api.port}/graphql`, ['graphql-ws'])
  await expect(new Promise((_resolve, reject) => socket.once('error', reject))).rejects.toThrow('no subprotocol')
})

function refusedLines(): unknown[] {
  return api
    .log()
    .flatMap(({ msg, status, subject }) => (msg === 'request refused' && subject === 'writer' ? [status] : []))
}

function connected(headers: Record<string, string> = {}, path = '/graphql'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${api.port}${path}`, ['graphql-transport-ws'], { headers })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

async function opened(params: object): Promise<WebSocket> {
  const socket = await connected()
  socket.send(JSON.stringify({ type: 'connection_init', payload: { headers: params } }))
  expect(await next(socket)).toEqual({ type: 'connection_ack' })
  return socket
}

function next(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))))
}
