import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  multipartType,
  subscribeByMultipart,
  subscribeBySse,
  subscribeByWebSocket,
  webSocketClient,
} from '../../support/api/subscription-clients.js'
import { eventually } from '../../support/eventually.js'
import { follow, otherRunId, runId, running, type ScriptedApi, startScriptedApi } from './support.js'

let api: ScriptedApi
let token: string
beforeAll(async () => {
  api = await startScriptedApi({ heartbeatMs: 50 })
  token = await api.sign()
})
beforeEach(() => api.set(running))
afterAll(() => api[Symbol.asyncDispose]())

const call = (query = follow, variables: object = { id: runId }) => ({ port: api.port, token, query, variables })
const statuses = (results: readonly { data?: { exportRunUpdated: { status?: unknown } | null } | null }[]) =>
  results.map(({ data }) => data?.exportRunUpdated?.status)

describe.each([
  ['server-sent events', subscribeBySse, 'text/event-stream; charset=utf-8'],
  ['multipart', subscribeByMultipart, 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'],
])('%s', (_name, subscribe, contentType) => {
  test('a run is emitted at once, after each change, and completes when it ends', async () => {
    const received = await subscribe(call())
    expect(received).toMatchObject({ status: 200, contentType })
    await eventually('the first result', () => received.results.length === 1)
    expect(received.results[0]?.data?.exportRunUpdated).toMatchObject({ id: runId, progress: { entitiesDone: 1 } })
    api.set({ status: 'SUCCEEDED', finishedAt: new Date() })
    await received.ended
    expect(statuses(received.results)).toEqual(['RUNNING', 'SUCCEEDED'])
    expect(received.isComplete()).toBe(true)
  })

  test('an idle subscription sends heartbeats', async () => {
    const received = await subscribe(call())
    await eventually('three heartbeats', () => received.heartbeats() >= 3)
    expect(received.results).toHaveLength(1)
    received.disconnect()
    await received.ended
  })

  test('an unknown run is emitted as null, and the subscription completes', async () => {
    const received = await subscribe(call(follow, { id: 'run-of-nobody' }))
    await received.ended
    expect(received.results).toEqual([{ data: { exportRunUpdated: null } }])
    expect(received.isComplete()).toBe(true)
  })

  test('the poll stops when the last client disconnects', async () => {
    // Without heartbeats, the end of the connection alone ends the subscription.
    await using quiet = await startScriptedApi({ heartbeatMs: 60_000 })
    const from = { ...call(), port: quiet.port, token: await quiet.sign() }
    const control = await subscribe({ ...from, variables: { id: otherRunId } })
    const polls = async (count: number): Promise<void> => {
      const before = quiet.reads(otherRunId)
      await eventually('polls of another run', () => quiet.reads(otherRunId) >= before + count)
    }
    const clients = [await subscribe(from), await subscribe(from)]
    await eventually('both results', () => clients.every(({ results }) => results.length === 1))
    clients[0]?.disconnect()
    const before = quiet.reads()
    await eventually('the poll for the other client', () => quiet.reads() > before)
    clients[1]?.disconnect()
    await polls(1)
    const last = quiet.reads()
    await polls(2)
    expect(quiet.reads()).toBe(last)
    control.disconnect()
  })
})

test('a query whose caller accepts streams gets one answer in JSON', async () => {
  for (const accept of ['text/event-stream', multipartType, 'application/json, text/event-stream']) {
    const response = await post({ query: `{ exportRun(id: "${runId}") { id } }` }, { accept })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toEqual({ data: { exportRun: { id: runId } } })
  }
})

test('a subscription over a transport with one answer is refused with the transports that it can use', async () => {
  const response = await post({ query: follow, variables: { id: runId } }, { accept: 'application/json' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('text/event-stream'), extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

/** Without pings: on a busy machine an answer to one can take longer than the short time of the other tests. */
async function patientApi(): Promise<{ patient: ScriptedApi; from: ReturnType<typeof call> }> {
  const patient = await startScriptedApi({ heartbeatMs: 60_000 })
  patient.set(running)
  return { patient, from: { ...call(), port: patient.port, token: await patient.sign() } }
}

test('a WebSocket follows a run to its end, and carries several subscriptions', async () => {
  const { patient, from } = await patientApi()
  await using _ = patient
  const client = webSocketClient(from)
  const first = subscribeByWebSocket(client, follow, { id: runId })
  const second = subscribeByWebSocket(client, follow, { id: runId })
  await eventually('the first results', () => first.results.length === 1 && second.results.length === 1)
  patient.set({ status: 'FAILED', finishedAt: new Date() })
  expect(await first.ended).toBeUndefined()
  expect(await second.ended).toBeUndefined()
  expect(statuses(first.results)).toEqual(['RUNNING', 'FAILED'])
  await client.dispose()
})

test('a WebSocket carries subscriptions only', async () => {
  const { patient, from } = await patientApi()
  await using _ = patient
  const client = webSocketClient(from)
  const { ended } = subscribeByWebSocket(client, '{ exportRuns { pageInfo { hasNextPage } } }')
  expect(await ended).toMatchObject([{ message: expect.stringContaining('by POST') }])
  await client.dispose()
})

test('a WebSocket whose client answers no ping is closed', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${api.port}/graphql`, ['graphql-transport-ws'], { autoPong: false })
  expect(await closeCodeOf(socket)).toBe(1006)
})

test('a message that is larger than a body over HTTP may be closes the WebSocket', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${api.port}/graphql`, ['graphql-transport-ws'])
  socket.once('open', () => socket.send('x'.repeat(300_000)))
  expect(await closeCodeOf(socket)).toBe(1009)
})

test('a request that offers an upgrade to another protocol is answered as if it had not', async () => {
  const body = JSON.stringify({ query: `{ exportRun(id: "${runId}") { id } }` })
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
    'Content-Type: application/json',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${body.length}`,
  ]
  const socket = connect(api.port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  socket.write(body.slice(10))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(answer).toContain('{"data":{"exportRun":{"id":"run-1"}}}')
})

function closeCodeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once('error', () => undefined)
    socket.once('close', resolve)
  })
}

function post(body: object, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${api.port}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}
