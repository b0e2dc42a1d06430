import { describe, expect, test } from 'vitest'
import {
  type Received,
  subscribeByMultipart,
  subscribeBySse,
  subscribeByWebSocket,
  type Subscribing,
  webSocketClient,
} from '../../support/api/subscription-clients.js'
import { eventually } from '../../support/eventually.js'
import { follow, otherRunId, runId, type ScriptedApi, startScriptedApi } from './support.js'

const byHttp = [
  ['server-sent events', subscribeBySse],
  ['multipart', subscribeByMultipart],
] as const

async function subscribing(api: ScriptedApi, token?: string): Promise<Subscribing & { query: string }> {
  return { port: api.port, token: token ?? (await api.sign()), query: follow, variables: { id: runId } }
}

async function followed(subscribe: (call: Subscribing) => Promise<Received>, call: Subscribing): Promise<Received> {
  const received = await subscribe(call)
  await eventually('the first result', () => received.results.length > 0)
  return received
}

const code = ({ results }: Pick<Received, 'results'>) => results.at(-1)?.errors?.[0]?.extensions?.['code']

/** The verifier accepts a token for 5 s after its expiry. */
const almostExpired = { expiresIn: '-3s' }

describe('a token that expires', () => {
  test.each(byHttp)('%s end with an error when the token expires', async (_name, subscribe) => {
    await using api = await startScriptedApi()
    const received = await followed(subscribe, await subscribing(api, await api.sign(almostExpired)))
    await received.ended
    expect(received.results.at(-1)?.errors).toEqual([
      { message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } },
    ])
    expect(received.isComplete()).toBe(true)
  })

  test('a WebSocket is closed with 4403 when the token expires', async () => {
    await using api = await startScriptedApi()
    const closed = closing()
    const client = webSocketClient(await subscribing(api, await api.sign(almostExpired)), closed.note)
    const subscription = subscribeByWebSocket(client, follow, { id: runId })
    await subscription.ended
    expect(subscription.results).toHaveLength(1)
    expect(await closed.code).toEqual([4403, 'The token has expired.'])
  })
})

describe('a process that stops', () => {
  test.each(byHttp)('%s end with an error that says to try again, and the process stops', async (_name, subscribe) => {
    const api = await startScriptedApi({ drainMs: 60_000 })
    const received = await followed(subscribe, await subscribing(api))
    await api[Symbol.asyncDispose]()
    await received.ended
    expect(code(received)).toBe('SERVICE_UNAVAILABLE')
    expect(received.isComplete()).toBe(true)
  })

  test('a WebSocket is closed with 1001', async () => {
    const api = await startScriptedApi({ drainMs: 60_000 })
    const closed = closing()
    const subscription = subscribeByWebSocket(webSocketClient(await subscribing(api), closed.note), follow, {
      id: runId,
    })
    await eventually('the first result', () => subscription.results.length > 0)
    await api[Symbol.asyncDispose]()
    expect(await closed.code).toEqual([1001, 'This process of Tidemark stops. Try again now.'])
  })
})

describe('the maximum number of open subscriptions of a tenant', () => {
  test('one more subscription is refused on each transport until another one ends', async () => {
    await using api = await startScriptedApi({ http: { subscriptionsPerTenant: 2 } })
    const call = await subscribing(api)
    const first = await followed(subscribeBySse, call)
    const second = await followed(subscribeByMultipart, { ...call, variables: { id: otherRunId } })
    for (const [, subscribe] of byHttp) {
      const third = await subscribe(call)
      await third.ended
      expect(third.status).toBe(429)
      expect(third.text()).toContain('"code":"RATE_LIMITED"')
    }
    const client = webSocketClient(call)
    expect(await subscribeByWebSocket(client, follow, { id: runId }).ended).toMatchObject([
      { message: expect.stringContaining('2 open subscriptions'), extensions: { code: 'RATE_LIMITED' } },
    ])
    await client.dispose()
    const other = await followed(subscribeBySse, {
      ...call,
      token: await api.sign({ claims: { tenant_id: 'globex' } }),
    })
    first.disconnect()
    const fourth = await eventually('a free place', async () => {
      const received = await subscribeBySse(call)
      return received.status === 200 && received
    })
    for (const each of [second, fourth, other]) each.disconnect()
  })

  test('one more WebSocket is closed with 1013', async () => {
    await using api = await startScriptedApi({ http: { subscriptionsPerTenant: 1 } })
    const call = await subscribing(api)
    const client = webSocketClient(call)
    const subscription = subscribeByWebSocket(client, follow, { id: runId })
    await eventually('the first result', () => subscription.results.length > 0)
    const closed = closing()
    const refused = subscribeByWebSocket(webSocketClient(call, closed.note), follow, { id: runId })
    await refused.ended
    expect(await closed.code).toEqual([1013, expect.stringContaining('1 open WebSockets')])
    await client.dispose()
  })

  test('open subscriptions keep no query of the tenant waiting', async () => {
    await using api = await startScriptedApi({
      http: { subscriptionsPerTenant: 30, tenantRequestsAtOnce: 1 },
    })
    const call = await subscribing(api)
    const open = await Promise.all(Array.from({ length: 25 }, () => followed(subscribeBySse, call)))
    const answer = await api.graphql(`{ exportRun(id: "${runId}") { id } }`)
    expect(answer.json()).toEqual({ data: { exportRun: { id: runId } } })
    for (const each of open) each.disconnect()
  })
})

function closing() {
  let note: (code: number, reason: string) => void = () => undefined
  const closed = new Promise<[number, string]>((resolve) => {
    note = (...given) => resolve(given)
  })
  return { note: (...given: [number, string]) => note(...given), code: closed }
}
