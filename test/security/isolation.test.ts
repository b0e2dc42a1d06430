import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTransact } from '../../src/database/unit-of-work/unit-of-work.js'
import { openDatabase } from '../../src/database/client.js'
import { noteInput } from './support/inputs.js'
import { expectRefusal, said } from './support/refusals.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'
import { publishOnce, addSftpKey } from '../support/world/stores.js'
import { removeSchedule } from '../support/world/world.js'

/** A tenant with something of everything, and what it is known by. */
interface Tenant {
  readonly id: string
  readonly token: string
  readonly runId: string
  readonly deliveryId: string
  readonly keyId: string
}

const count = 20
let api: RunningApi
let tenants: readonly Tenant[]
beforeAll(async () => {
  // Two connections for twenty tenants: each of them serves one tenant after the other.
  api = await startRunningApi({ DATABASE_POOL_SIZE: '2' })
  await api.register()
  tenants = await Promise.all(Array.from({ length: count }, makeTenant))
})
afterAll(async () => {
  await Promise.all(tenants.map(({ id }) => removeSchedule(api.world.temporal, id)))
  await api[Symbol.asyncDispose]()
})

async function makeTenant(): Promise<Tenant> {
  const id = `t-${randomBytes(5).toString('hex')}`
  const token = await api.sign({ claims: { tenant_id: id } })
  expect((await api.rest({ entityList: 'user' }, { token })).status).toBe(200)
  const { runStore: runs, deliveries, publications } = api.world.useCases
  const runId = await publishOnce({ runs, deliveries, publications }, id, 'user', {
    to: new Date('2026-11-23T00:00:00Z'),
  })
  const [delivery] = await deliveries.page(id, {}, { take: 1, backwards: false, from: undefined })
  return { id, token, runId, deliveryId: delivery?.id ?? '', keyId: await addKey(id) }
}

/** Past the API, which takes whole keys only: an id is all that is needed here. */
async function addKey(tenantId: string): Promise<string> {
  const database = openDatabase({ url: api.world.config.database.url, poolSize: 2 })
  try {
    const blob = randomBytes(51).toString('base64')
    const fingerprint = `SHA256:${randomBytes(32).toString('base64').replace('=', '')}`
    const key = { id: crypto.randomUUID(), type: 'ssh-ed25519', blob, fingerprint, label: 'loader' } as const
    const added = { ...key, addedAt: new Date(), addedBy: 'tester' }
    await addSftpKey({ transact: createTransact(database) }, tenantId, added)
    return key.id
  } finally {
    await database.close()
  }
}

const pairs = () => tenants.flatMap((one) => tenants.filter((other) => other !== one).map((other) => ({ one, other })))

/** Everything that a tenant may read, in one question. */
const everything = `{
  dataExport(includeInactive: true) { tenantId version schedule { scheduleId } entities { lastDelivery { id runId path } coveredUntil } }
  exportRuns(first: 100) { edges { node { id } } }
  exportDeliveries(first: 100) { edges { node { id runId path } } }
  exportDays(from: "2026-11-01", to: "2026-11-30") { date files entities { internalName } }
  exportAuditEvents(first: 100) { edges { node { id target after } } }
  sftpAccess { username keys { id fingerprint } }
}`

test(`${count} tenants at once over two database connections each read only their own data`, async () => {
  const answers = await Promise.all(
    tenants.flatMap((tenant) =>
      [1, 2, 3].map(async () => ({ tenant, answer: await api.graphql(everything, { token: tenant.token }) })),
    ),
  )
  const foreign = answers.filter(({ tenant, answer }) =>
    tenants.some((other) => other !== tenant && mentions(answer.text, other)),
  )
  const own = answers.filter(({ tenant, answer }) => holdsAll(answer.text, tenant))
  noteInput(
    `everything that may be read, by ${count} tenants at once, three times each`,
    `${own.length} of ${answers.length} answers with all of their own, ${foreign.length} with anything of another`,
  )
  expect([own.length, foreign.length]).toEqual([3 * count, 0])
  const ofOneFile = answers.filter(({ answer }) => JSON.parse(answer.text).data.exportDays[0].files === 1)
  expect(ofOneFile).toHaveLength(3 * count)
})

const mentions = (text: string, { id, runId, deliveryId, keyId }: Tenant): boolean =>
  [id, runId, deliveryId, keyId].some((known) => text.includes(known))
const holdsAll = (text: string, { id, runId, deliveryId, keyId }: Tenant): boolean =>
  [id, runId, deliveryId, keyId].every((known) => text.includes(known))

test(`ids of another tenant give nothing, in all ${count * (count - 1)} pairs`, async () => {
  const answers = new Map<string, number>()
  for (const { one, other } of pairs()) {
    const read = await api.graphql('query ($id: ID!) { exportRun(id: $id) { id } }', {
      token: one.token,
      variables: { id: other.runId },
    })
    const file = await api.graphql(
      'query ($id: ID!, $run: ID!) { exportDelivery(id: $id) { id } exportDeliveries(runId: $run) { edges { cursor } } }',
      { token: one.token, variables: { id: other.deliveryId, run: other.runId } },
    )
    const remove = await api.graphql('mutation ($id: ID!) { removeSftpKey(id: $id) { userErrors { code message } } }', {
      token: one.token,
      variables: { id: other.keyId },
    })
    const steered = ['cancelExportRun', 'retryExportRun'].map(async (mutation) => {
      const query = `mutation ($id: ID!) { ${mutation}(id: $id) { userErrors { code message } } }`
      return `${mutation}: ${said(await api.graphql(query, { token: one.token, variables: { id: other.runId } }))}`
    })
    for (const answer of [
      `exportRun: ${read.text.trim()}`,
      `exportDelivery: ${file.text.trim()}`,
      `removeSftpKey: ${said(remove)}`,
      ...(await Promise.all(steered)),
    ]) {
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  }
  for (const [answer, times] of answers) noteInput(`another tenant's id, ${times} times`, answer)
  expect(Object.fromEntries(answers)).toEqual({
    'exportRun: {"data":{"exportRun":null}}': count * (count - 1),
    'exportDelivery: {"data":{"exportDelivery":null,"exportDeliveries":{"edges":[]}}}': count * (count - 1),
    'cancelExportRun: 200 NO_SUCH_RUN There is no run with this id. exportRuns lists the runs.': count * (count - 1),
    'retryExportRun: 200 NO_SUCH_RUN There is no run with this id. exportRuns lists the runs.': count * (count - 1),
    [`removeSftpKey: 200 NO_SUCH_KEY There is no key with that id. The query \`sftpAccess { keys { id } }\` lists the ids.`]:
      count * (count - 1),
  })
  const left = await api.world.sql('SELECT count(*)::int AS keys FROM tidemark.sftp_key')
  expect(left).toEqual([{ keys: count }])
})

test(`the header Tidemark-Tenant with another tenant's name is refused, in all ${count * (count - 1)} pairs`, async () => {
  const answers = new Map<string, number>()
  for (const { one, other } of pairs()) {
    for (const sent of [
      { method: 'GET', path: '/export' },
      { method: 'POST', path: '/graphql', body: JSON.stringify({ query: everything }) },
    ]) {
      const headers = [
        ['authorization', `Bearer ${one.token}`],
        ['content-type', 'application/json'],
        ['tidemark-tenant', other.id],
      ] as const
      const answer = await api.send({ ...sent, headers })
      expect(mentions(answer.text, other)).toBe(false)
      const key = `${sent.method} ${sent.path}: ${said(answer)}`
      answers.set(key, (answers.get(key) ?? 0) + 1)
    }
  }
  for (const [answer, times] of answers) noteInput(`header Tidemark-Tenant of another, ${times} times`, answer)
  expect([...answers.keys()].every((answer) => /: 403 FORBIDDEN /.test(answer))).toBe(true)
  // One of each minute for each tenant, with how often it was; each of them is in the service's own log.
  const rows = await api.world.sql<{ tenant: string; times: number | null }>(
    `SELECT tenant_id AS tenant, (after->>'times')::int AS times FROM tidemark.audit_event WHERE action = 'ACCESS_DENIED'`,
  )
  for (const { id } of tenants) {
    const lines = api
      .log()
      .split('\n')
      .filter((line) => line.includes('access denied') && line.includes(`"tenantId":"${id}"`))
    const own = rows.filter(({ tenant }) => tenant === id)
    expect([lines.length, own.length > 0]).toEqual([2 * (count - 1), true])
    expect(own.reduce((sum, { times }) => sum + (times ?? 1), 0)).toBeLessThanOrEqual(lines.length)
  }
})

test('the name of another tenant has no effect as an argument, a variable, a field of the body or another header', async () => {
  const [, other] = tenants
  const id = other?.id ?? ''
  await expectRefusal(
    api,
    'the argument tenantId',
    () => api.graphql(`{ dataExport(tenantId: "${id}") { version } }`),
    { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' },
  )
  await expectRefusal(
    api,
    'the field tenantId of the input',
    () =>
      api.graphql(
        `mutation { registerDataExport(input: {exportOption: EXPORT_ALL, tenantId: "${id}"}) { userErrors { code } } }`,
      ),
    { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' },
  )
  await expectRefusal(
    api,
    'the field tenantId of a body of REST',
    () => api.rest({ exportOption: 'export all', tenantId: id }),
    { status: 422, code: 'INVALID_REGISTRATION' },
  )
  const variable = await api.graphql('{ dataExport { tenantId } }', { variables: { tenantId: id } })
  noteInput('a variable tenantId that nothing asks for', variable.text.trim())
  expect(variable.text).toContain(api.tenantId)
  const headers = [
    ['authorization', `Bearer ${await api.sign()}`],
    ['x-tenant-id', id],
    ['x-forwarded-user', id],
  ] as const
  const header = await api.send({ path: '/export', headers })
  noteInput('the headers X-Tenant-Id and X-Forwarded-User', `${header.status} of the token's own tenant`)
  expect(JSON.parse(header.text)).toMatchObject({ tenantId: api.tenantId })
})
