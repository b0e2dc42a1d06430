import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { noteInput } from './support/inputs.js'
import { said } from './support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from './support/running-api.js'

let api: RunningApi
let other: string
beforeAll(async () => {
  api = await startRunningApi({ ANSWER_TIMEOUT_SECONDS: '5' })
  other = await api.sign({ claims: { tenant_id: `${api.tenantId}-b` } })
})
afterAll(() => api[Symbol.asyncDispose]())

const small = '{ dataExport { version } }'
const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ')
const statusesOf = (answers: readonly Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
const register = (list: string): string =>
  `mutation { registerDataExport(input: { entityList: "${list}" }) { changed dataExport { version } userErrors { code } } }`

/** A thousand audit events of 4 KB each, as a tenant's own registrations would leave them. */
async function fillAuditLog(): Promise<void> {
  await api.world.sql(
    `INSERT INTO tidemark.audit_event (id, tenant_id, at, action, subject, is_operator, before, after)
     SELECT gen_random_uuid(), $1, now() - n * interval '1 second', 'REGISTRATION_REPLACED', 'tester', false,
       jsonb_build_object('entities', repeat('x', 2000)), jsonb_build_object('entities', repeat('y', 2000))
     FROM generate_series(1, 1000) n`,
    [api.tenantId],
  )
}

describe('large answers', () => {
  beforeAll(fillAuditLog)

  test('a document of 3 KB that asks for 22 MB is refused', async () => {
    const query = `{ ${times(50, (at) => `a${at}: exportAuditEvents(first: 100) { edges { node { before after } } }`)} }`
    const answer = await api.graphql(query)
    noteInput('50 times 100 audit events with all details', `${said(answer)}; ${answer.text.length} bytes`)
    expect(said(answer)).toMatch(/^400 OPERATION_TOO_LARGE .*Ask for less/)
  })

  test('the largest answer that a document may ask for has less than 4 MB', async () => {
    const page =
      'exportAuditEvents(first: 100) { edges { cursor node { id at action subject clientId address before after } } }'
    const answer = await api.graphql(`{ ${times(4, (at) => `a${at}: ${page}`)} }`)
    noteInput('4 pages of audit events in full', `${answer.status}; ${Math.round(answer.text.length / 1e6)} MB`)
    expect(answer.status).toBe(200)
    expect(answer.text.length).toBeLessThan(4_000_000)
  })

  test('forty connections that never read hold less than 250 MB, and other tenants are answered meanwhile', async () => {
    const body = JSON.stringify({
      query: `{ ${times(4, (at) => `a${at}: exportAuditEvents(first: 100) { edges { node { before after } } }`)} }`,
    })
    const size = (await api.graphql((JSON.parse(body) as { query: string }).query)).text.length
    expect(size).toBeGreaterThan(1_000_000)
    const token = await api.sign()
    const before = process.memoryUsage().rss
    const sockets = Array.from({ length: 40 }, () => sendUnread(api.port, token, body))
    let most = 0
    let isOwnTurn = false
    // It comes after the forty.
    const own = api.graphql(small).finally(() => (isOwnTurn = true))
    const answers: Answer[] = []
    while (!isOwnTurn) {
      most = Math.max(most, process.memoryUsage().rss - before)
      answers.push(await api.graphql(small, { token: other }))
    }
    noteInput(
      `40 connections that never read ${Math.round(size / 1e5) / 10} MB each`,
      `${most < 250e6 ? 'less than 250' : Math.round(most / 1e6)} MB more; ` +
        `another tenant got ${Object.keys(statusesOf(answers)).join()} meanwhile`,
    )
    for (const socket of sockets) socket.destroy()
    expect(most).toBeLessThan(250e6)
    expect(statusesOf(answers)).toEqual({ 200: answers.length })
    expect((await own).status).toBe(200)
  })
})

/** Sends a request and reads nothing of its answer. */
function sendUnread(port: number, token: string, body: string): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return socket
}

describe('a flood of one tenant', () => {
  test('a flood of one tenant waits for its lock with one connection while others are answered', async () => {
    await api.register()
    const holder = await api.world.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`registration:${api.tenantId}`])
    const flood = Array.from({ length: 400 }, (_, at) => api.graphql(register(at % 2 ? 'user' : 'site')))
    const waiting = () =>
      api.world.sql<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
         WHERE application_name = 'tidemark' AND wait_event = 'advisory' AND datname = current_database()`,
      )
    await eventually('a call to wait for the lock', async () => (await waiting())[0]?.waiting === 1)
    const meanwhile: Answer[] = []
    for (let asked = 0; asked < 20; asked++) meanwhile.push(await api.graphql(small, { token: other }))
    meanwhile.push(await api.graphql(register('user'), { token: other }))
    const [{ waiting: connections } = { waiting: 0 }] = await waiting()
    await holder.query('COMMIT')
    const answers = await Promise.all(flood)
    noteInput(
      '400 registrations of one tenant at once, while its lock is held',
      `${connections} connection waits; another tenant got ${JSON.stringify(statusesOf(meanwhile))}; then ${JSON.stringify(statusesOf(answers))}`,
    )
    expect(connections).toBe(1)
    expect(statusesOf(meanwhile)).toEqual({ 200: 21 })
    // Three at the same time, a hundred waiting; the others are refused.
    expect(statusesOf(answers)).toEqual({ 200: 103, 429: 297 })
    expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toBe('1')
  })
})

describe('rates of their own', () => {
  test('changes above the rate of writes are refused, and reads go on', async () => {
    await using own = await startRunningApi({ RATE_LIMIT_WRITES_PER_MINUTE: '3', RATE_LIMIT_RUNS_PER_HOUR: '2' })
    const answers: Answer[] = []
    for (const list of ['user', 'site', 'user', 'site']) answers.push(await own.graphql(register(list)))
    const overRest = await own.rest({ entityList: 'user' })
    const key = await own.graphql(
      'mutation { addSftpKey(publicKey: "x", label: "y") { userErrors { code } } removeSftpKey(id: "x") { userErrors { code } } }',
    )
    noteInput(
      '5 registrations and 2 changes of keys where 3 changes may be',
      JSON.stringify(statusesOf([...answers, overRest, key])),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect([overRest.status, said(key)]).toEqual([
      429,
      expect.stringMatching(/^429 RATE_LIMITED .*changes by this tenant/),
    ])
    expect((await own.graphql(small)).status).toBe(200)

    const run = 'mutation { runDataExport { userErrors { code } } }'
    const redeliver =
      'mutation { redeliver(input: { from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z" }) { userErrors { code } } }'
    const runs = [
      await own.graphql(run),
      await own.graphql(redeliver),
      await own.graphql(run),
      await own.graphql(redeliver),
    ]
    const fullLoad = await own.graphql(
      'mutation { requestFullLoad(entityList: "user", when: NOW) { userErrors { code } } }',
    )
    noteInput('5 requests for runs where 2 may be', JSON.stringify(statusesOf([...runs, fullLoad])))
    expect([...runs, fullLoad].map(({ status }) => status)).toEqual([200, 200, 429, 429, 429])
  })

  test('a call that changes nothing makes no version, no audit event and no change on record', async () => {
    const token = await api.sign({ claims: { tenant_id: `${api.tenantId}-c` } })
    const rows = () =>
      api.world.sql(
        `SELECT (SELECT count(*)::int FROM tidemark.registration_change WHERE tenant_id = $1) AS changes,
           (SELECT count(*)::int FROM tidemark.audit_event WHERE tenant_id = $1) AS events`,
        [`${api.tenantId}-c`],
      )
    const first = await api.graphql(register('user'), { token })
    const again: Answer[] = []
    for (let asked = 0; asked < 20; asked++) again.push(await api.graphql(register(' User,'), { token }))
    noteInput('the same registration 20 times', `${JSON.stringify(await rows())}; ${again[19]?.text}`)
    expect(JSON.parse(first.text)).toMatchObject({ data: { registerDataExport: { changed: true } } })
    for (const { text } of again) {
      expect(JSON.parse(text)).toMatchObject({
        data: { registerDataExport: { changed: false, dataExport: { version: 1 }, userErrors: [] } },
      })
    }
    expect(await rows()).toEqual([{ changes: 1, events: 1 }])
    const changed = await api.graphql(register('user, site'), { token })
    expect(JSON.parse(changed.text)).toMatchObject({
      data: { registerDataExport: { changed: true, dataExport: { version: 2 } } },
    })
  })
})
