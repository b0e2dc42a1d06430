import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type TestApi } from '../../support/api/api.js'
import { FakeOutbox, fakeEventFeed } from '../../support/api/fake-event-feed.js'
import {
  type Received,
  subscribeByMultipart,
  subscribeBySse,
  subscribeByWebSocket,
  webSocketClient,
} from '../../support/api/subscription-clients.js'
import { eventually } from '../../support/eventually.js'

let api: TestApi
let outbox: FakeOutbox
let port: number
beforeAll(async () => {
  api = await startApi({
    eventFeed: { ...fakeEventFeed(), follow: (...call) => fakeEventFeed(outbox).follow(...call) },
    heartbeatMs: 50,
  })
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  port = (api.app.server.address() as AddressInfo).port
})
beforeEach(() => {
  outbox = new FakeOutbox()
  for (const type of ['test', 'export.failed', 'test'] as const) outbox.add(type)
})
afterAll(() => api[Symbol.asyncDispose]())

const query = `subscription ($after: String, $types: [ExportEventType!]) {
  exportEventOccurred(after: $after, types: $types) { number type } }`

interface Seen {
  readonly exportEventOccurred: { readonly number: number; readonly type: string } | null
}

const seenIn = ({ results }: Pick<Received, 'results'>) =>
  results.map(({ data }) => (data as unknown as Seen | null | undefined)?.exportEventOccurred?.number)

test.each([
  ['server-sent events', subscribeBySse],
  ['multipart', subscribeByMultipart],
])('%s emit the events after the cursor, then each new one', async (_name, subscribe) => {
  const token = await api.authority.sign()
  const received = await subscribe({ port, token, query, variables: { after: '1' } })
  await eventually('the events that exist', () => seenIn(received).length === 2)
  outbox.add('test')
  await eventually('the new event', () => seenIn(received).length === 3)
  expect(seenIn(received)).toEqual([2, 3, 4])
  received.disconnect()
  await received.ended
})

test('a WebSocket emits only new events of the requested types without a cursor', async () => {
  const token = await api.authority.sign()
  const client = webSocketClient({ port, token })
  const received = subscribeByWebSocket(client, query, { types: ['EXPORT_RECOVERED'] })
  const other = subscribeByWebSocket(client, query, {})
  // Both follow once the other one has the first new event.
  await eventually('the first new event', () => {
    outbox.add('test')
    return other.results.length > 0
  })
  await eventually('the event of the type', () => {
    outbox.add('export.recovered')
    return received.results.length > 0
  })
  expect(received.results[0]?.data).toMatchObject({ exportEventOccurred: { type: 'EXPORT_RECOVERED' } })
  await client.dispose()
})

test('a subscription that comes too late ends with an error that says which events were removed', async () => {
  outbox = new FakeOutbox()
  outbox.removedThrough = 40
  const token = await api.authority.sign()
  const received = await subscribeBySse({ port, token, query, variables: { after: '30' } })
  await received.ended
  expect(received.results.flatMap(({ errors }) => errors ?? [])).toMatchObject([
    { message: expect.stringContaining('Events 31 to 40 were removed'), extensions: { code: 'BAD_USER_INPUT' } },
  ])
})

test('a subscription of events needs the scope exports:read', async () => {
  const token = await api.authority.sign({ claims: { scope: 'exports:write' } })
  const received = await subscribeBySse({ port, token, query })
  expect(received.status).toBe(403)
})
