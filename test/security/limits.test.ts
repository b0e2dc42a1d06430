import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Environment } from '../../src/config/env.js'
import { eventually } from '../support/eventually.js'
import { noteInput } from './support/inputs.js'
import { expectNothingInside, said } from './support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from './support/running-api.js'

const query = '{ dataExport { version } }'
const statusesOf = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status)
const refusalOf = (answers: readonly Answer[]): Answer => {
  const refusal = answers.find(({ status }) => status === 429)
  if (!refusal) throw new Error(`nothing was refused: ${statusesOf(answers).join()}`)
  return refusal
}

/** One after the other, so that their order is known. */
async function inTurn(count: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let sent = 0; sent < count; sent++) answers.push(await send())
  return answers
}

function expectToldToWait(refusal: Answer, message: RegExp): void {
  expect(said(refusal)).toMatch(/^429 RATE_LIMITED /)
  expect(said(refusal)).toMatch(message)
  const seconds = Number(refusal.headers['retry-after'])
  expect(seconds).toBeGreaterThanOrEqual(1)
  expect(seconds).toBeLessThanOrEqual(60)
  expectNothingInside(refusal)
}

describe('the rate of a tenant', () => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startRunningApi({ RATE_LIMIT_TENANT_PER_MINUTE: '5' })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  test('the rate of a tenant counts GraphQL and REST together and is its own', async () => {
    const answers = [
      ...(await inTurn(4, () => api.graphql(query))),
      ...(await inTurn(3, () => api.rest({ entityList: 'user' }))),
    ]
    const more = await api.graphql(query)
    noteInput(
      '8 requests of a tenant that may make 5',
      `${statusesOf([...answers, more]).join(' ')}: ${said(refusalOf(answers))}`,
    )
    expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 200, 429, 429])
    expectToldToWait(refusalOf(answers), /this tenant/)
    expectToldToWait(more, /this tenant/)
    const other = await api.sign({ claims: { tenant_id: `${api.tenantId}-b` } })
    expect((await api.graphql(query, { token: other })).status).toBe(200)
  })
})

describe('the rate of an address', () => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startRunningApi({ RATE_LIMIT_ADDRESS_PER_MINUTE: '40' })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  test('the rate of an address counts a bad token as ten requests and leaves out probes', async () => {
    const token = await api.sign({ expiresIn: '-1m' })
    const bad = await inTurn(6, () => api.graphql(query, { token }))
    const good = await api.graphql(query)
    noteInput(
      '6 bad tokens of an address that may send 40 requests',
      `${statusesOf(bad).join(' ')}, then a good one: ${said(good)}`,
    )
    expect(statusesOf(bad)).toEqual([401, 401, 401, 401, 429, 429])
    expectToldToWait(good, /your address/)
    const forged = await api.send({
      path: '/export',
      headers: [
        ['x-forwarded-for', '203.0.113.7'],
        ['forwarded', 'for=203.0.113.8'],
      ],
    })
    noteInput('an address that is spent, with X-Forwarded-For', said(forged))
    expectToldToWait(forged, /your address/)
    expect((await api.send({ path: '/healthz' })).status).toBe(200)
    expect((await api.send({ path: '/readyz' })).status).toBe(200)
    expect((await api.send({ path: '/healthz?x' })).status).toBe(429)
  })
})

describe('behind a proxy that is trusted', () => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startRunningApi({ RATE_LIMIT_ADDRESS_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.1' })
  })
  afterAll(() => api[Symbol.asyncDispose]())

  const from = (forwarded: string): Promise<Answer> =>
    api.send({ path: '/openapi.json', headers: [['x-forwarded-for', forwarded]] })

  test('behind a trusted proxy the address that the proxy names counts', async () => {
    const invented = ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4']
    const answers: Answer[] = []
    for (const each of invented) answers.push(await from(`${each}, 203.0.113.7`))
    noteInput(
      '4 requests with invented X-Forwarded-For through a trusted proxy that lets 3 pass',
      statusesOf(answers).join(' '),
    )
    expect(statusesOf(answers)).toEqual([200, 200, 200, 429])
    expect((await from('203.0.113.9')).status).toBe(200)
  })

  test.each([
    ['a text that is no address', (at: number) => `not-an-ip-${at}`],
    ['markup', (at: number) => `<script>alert(${at})</script>${'y'.repeat(3000)}`],
    ['an address with another port each time', (at: number) => `203.0.113.77:${5000 + at}`],
    ['an IPv6 address in brackets with a port', (at: number) => `[2001:db8:77::1]:${5000 + at}`],
  ])('%s in X-Forwarded-For avoids no limit and is stored nowhere', async (input, textOf) => {
    await using own = await startRunningApi({ RATE_LIMIT_ADDRESS_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' })
    const token = await own.sign({ claims: { scope: 'exports:write' } })
    const answers: Answer[] = []
    for (let sent = 0; sent < 5; sent++) {
      const headers = [
        ['x-forwarded-for', textOf(sent)],
        ['x-forwarded-proto', 'javascript'],
        ['authorization', `Bearer ${token}`],
      ] as const
      answers.push(await own.send({ path: '/export', headers }))
    }
    const kept = await own.world.sql<{ address: string }>(
      'SELECT address FROM tidemark.audit_event WHERE tenant_id = $1',
      [own.tenantId],
    )
    noteInput(
      `5 requests through a trusted proxy that lets 3 pass, with ${input}`,
      `${statusesOf(answers).join(' ')}; in the audit log: ${kept.map(({ address }) => address).join()}`,
    )
    expect(statusesOf(answers)).toEqual([403, 403, 403, 429, 429])
    expect(kept).toEqual([{ address: expect.stringMatching(/^[\d.]+$|^2001:db8:77::1$/) }])
    expect(own.log()).not.toMatch(/script|not-an-ip/)
    for (const { headers } of answers) expect(String(headers['www-authenticate'])).not.toContain('javascript')
  })

  test('the addresses of one IPv6 network count as one address', async () => {
    const answers: Answer[] = []
    for (const host of ['1', '2', 'ffff', 'a:b']) answers.push(await from(`2001:db8:0:7::${host}`))
    noteInput('4 addresses of one IPv6 network that may send 3 requests', statusesOf(answers).join(' '))
    expect(statusesOf(answers)).toEqual([200, 200, 200, 429])
    expect((await from('2001:db8:0:8::1')).status).toBe(200)
  })
})

describe('connections', () => {
  test.each<[string, Environment]>([
    ['60 connections where 20 may be', { HTTP_MAX_CONNECTIONS: '20' }],
    ['60 connections of an address that may have 20', { HTTP_MAX_CONNECTIONS_PER_ADDRESS: '20' }],
    [
      '60 connections of a trusted proxy where 20 may be',
      { TRUSTED_PROXIES: '127.0.0.1', HTTP_MAX_CONNECTIONS_PER_ADDRESS: '1', HTTP_MAX_CONNECTIONS: '20' },
    ],
  ])('%s: the API closes the surplus connections at once, and the others work', async (input, environment) => {
    await using api = await startRunningApi(environment)
    const closed: Socket[] = []
    const sockets = Array.from({ length: 60 }, () => connect({ port: api.port, host: '127.0.0.1' }))
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      socket.once('close', () => closed.push(socket))
    }
    await eventually('the surplus to be closed', () => closed.length >= 40)
    noteInput(input, `${closed.length} closed`)
    expect(closed.length).toBe(40)
    for (const socket of sockets) socket.destroy()
    const answer = await eventually('a free place', () => api.graphql(query).catch(() => undefined))
    expect(answer.status).toBe(200)
  })
})
