import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareChallenge, startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const tokenWith = (scope: string, tenant = 'acme') => api.authority.sign({ claims: { scope, tenant_id: tenant } })

describe('who may', () => {
  const reads = [
    '{ exportEntities { name } }',
    '{ dataExport { version } }',
    '{ previewDataExport(input: {}) { userErrors { code } } }',
    '{ exportRuns { edges { cursor } } }',
    '{ exportRun(id: "x") { id } }',
    '{ exportDeliveries { edges { cursor } } }',
    '{ exportDelivery(id: "x") { id } }',
    '{ exportDays(from: "2026-11-01", to: "2026-11-30") { date } }',
    '{ exportContract(entity: USER) }',
    '{ exportSchemaChanges(entity: USER) { schemaVersion } }',
    '{ exportAuditEvents { edges { cursor } } }',
    '{ exportEvents { edges { cursor } } }',
    '{ viewer { subject } }',
    '{ sftpAccess { username } }',
    '{ pgpKeys { id } }',
    '{ exportWebhooks { id } }',
    '{ exportEmailRecipients { id } }',
  ]
  const overAllTenants = [
    '{ exportTenants { edges { cursor } } }',
    '{ exportOverview { tenants } }',
    '{ exportIncidents { edges { cursor } } }',
    '{ exportIncident(id: "12345678") { id } }',
  ]
  const noToken = 'The request has no token. Send a bearer token in the Authorization header.'
  const writes = [
    'mutation { registerDataExport(input: {exportOption: EXPORT_ALL}) { userErrors { code } } }',
    'mutation { addDataExportEntities(input: {entityList: "user"}) { userErrors { code } } }',
    'mutation { removeDataExportEntities(input: {entityList: "user"}) { userErrors { code } } }',
    'mutation { pauseDataExport { userErrors { code } } }',
    'mutation { resumeDataExport { userErrors { code } } }',
    'mutation { runDataExport { userErrors { code } } }',
    'mutation { sendTestEvent { userErrors { code } } }',
    'mutation { requestFullLoad(entityList: "user") { userErrors { code } } }',
    'mutation { redeliver(input: {from: "2026-11-22T00:00:00Z", to: "2026-11-23T00:00:00Z"}) { userErrors { code } } }',
    'mutation { addSftpKey(publicKey: "ssh-ed25519 AAAA", label: "loader") { userErrors { code } } }',
    'mutation { removeSftpKey(id: "x") { userErrors { code } } }',
    'mutation { addPgpKey(publicKey: "x", label: "loader") { userErrors { code } } }',
    'mutation { removePgpKey(fingerprint: "x") { userErrors { code } } }',
    'mutation { addWebhook(input: {url: "x", label: "x"}) { userErrors { code } } }',
    'mutation { updateWebhook(id: "x", input: {}) { userErrors { code } } }',
    'mutation { removeWebhook(id: "x") { userErrors { code } } }',
    'mutation { rotateWebhookSecret(id: "x") { userErrors { code } } }',
    'mutation { removeWebhookSecret(id: "x", secretId: "x") { userErrors { code } } }',
    'mutation { testWebhook(id: "x") { userErrors { code } } }',
    'mutation { replayWebhookDeliveries(id: "x", input: {}) { userErrors { code } } }',
    'mutation { addEmailRecipient(email: "ana@example.com") { userErrors { code } } }',
    'mutation { changeEmailRecipient(id: "x", kinds: [PROBLEMS]) { userErrors { code } } }',
    'mutation { removeEmailRecipient(id: "x") { userErrors { code } } }',
    'mutation { resendEmailVerification(id: "x") { userErrors { code } } }',
    'mutation { cancelExportRun(id: "x") { userErrors { code } } }',
    'mutation { retryExportRun(id: "x") { userErrors { code } } }',
    'mutation { testDelivery { userErrors { code } } }',
  ]
  /** It needs two scopes, so that it has a test of its own. */
  const retryAll = 'mutation { retryFailedExports { next } }'

  test.each([
    ...reads.map((operation) => [operation, 'exports:read', 'exports:write']),
    ...writes.map((operation) => [operation, 'exports:write', 'exports:read']),
    ...overAllTenants.map((operation) => [operation, 'exports:operate', 'exports:read']),
  ])('%s needs the scope %s and no other', async (operation, needed, other) => {
    const permitted = await api.graphql(operation, { token: await tokenWith(needed) })
    expect([permitted.statusCode, permitted.json().errors]).toEqual([200, undefined])

    const forbidden = await api.graphql(operation, { token: await tokenWith(other) })
    expect(forbidden.statusCode).toBe(403)
    expect(forbidden.headers['www-authenticate']).toBe(
      `${bareChallenge}, error="insufficient_scope", ` +
        `error_description="The token lacks the scope ${needed}. Request a token with this scope.", scope="${needed}"`,
    )
    expect(forbidden.json().errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])

    const anonymous = await api.graphql(operation, { token: null })
    expect(anonymous.statusCode).toBe(401)
    expect(anonymous.headers['www-authenticate']).toBe(bareChallenge)
    expect(anonymous.json().errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })

  test('retryFailedExports needs both the scope exports:operate and the scope exports:write', async () => {
    const statusWith = async (scope: string) =>
      (await api.graphql(retryAll, { token: await tokenWith(scope) })).statusCode
    expect(await statusWith('exports:operate exports:write')).toBe(200)
    expect(await statusWith('exports:operate')).toBe(403)
    expect(await statusWith('exports:write')).toBe(403)
  })

  test('the list of operations in this test names every operation of the schema', async () => {
    await using own = await startApi({ http: { introspection: true } })
    const { data } = (await own.graphql(getIntrospectionQuery(), { token: null })).json<{ data: IntrospectionQuery }>()
    const schema = buildClientSchema(data)
    const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    )
    for (const field of fields) {
      expect(
        [...reads, ...writes, ...overAllTenants, retryAll].some((operation) =>
          new RegExp(`\\b${field}\\b`).test(operation),
        ),
        field,
      ).toBe(true)
    }
    // Whoever may read the schema without a token may read nothing else without one.
    for (const operation of [...reads, ...writes, ...overAllTenants, retryAll]) {
      const anonymous = await own.graphql(operation, { token: null })
      expect([anonymous.statusCode, anonymous.headers['www-authenticate']]).toEqual([401, bareChallenge])
      expect(anonymous.json()).toEqual({ errors: [expect.objectContaining({ message: noToken })] })
    }
    const hidden = 'query { __typename ...All } fragment All on Query { ... { exportRuns { edges { cursor } } } }'
    expect((await own.graphql(hidden, { token: null })).statusCode).toBe(401)
    expect((await own.graphql('{ __typename }', { token: null })).json()).toEqual({ data: { __typename: 'Query' } })
  })

  test('the answer to a bad token says what is wrong, also with introspection on', async () => {
    await using own = await startApi({ http: { introspection: true } })
    const expired = await own.authority.sign({ expiresIn: '-1h' })
    const response = await own.graphql('{ __typename }', { token: expired })
    expect(response.statusCode).toBe(401)
    expect(response.headers['www-authenticate']).toBe(
      `${bareChallenge}, error="invalid_token", error_description="The token has expired."`,
    )
  })

  test('the schema is hidden from callers without a token if introspection is off', async () => {
    expect((await api.graphql('{ __typename }', { token: null })).statusCode).toBe(401)
    const introspection = await api.graphql(getIntrospectionQuery())
    expect(introspection.statusCode).toBe(400)
    const guess = await api.graphql('{ dataExpor { version } }')
    expect(guess.json().errors[0].message).not.toMatch(/did you mean/i)
  })

  test('a caller sees only its own tenant', async () => {
    const [acme, globex] = [await tokenWith('exports:read exports:write'), await tokenWith('exports:read', 'initech')]
    await api.graphql(writes[0] ?? '', { token: acme })
    expect((await api.graphql('{ dataExport { version } }', { token: globex })).json().data.dataExport).toBeNull()
  })

  test('each refusal is logged with caller and address, and without the token', async () => {
    await using own = await startApi()
    const reader = await own.authority.sign({ claims: { scope: 'exports:read', sub: 'client-9' } })
    await own.graphql(writes[0] ?? '', { token: reader })
    await own.post({}, { authorization: 'Bearer guessed' })
    expect(own.log().filter(({ msg }) => msg === 'request refused')).toMatchObject([
      { path: '/graphql', status: 403, tenantId: 'acme', subject: 'client-9', address: '127.0.0.1' },
      { path: '/export', status: 401, address: '127.0.0.1' },
    ])
    expect(own.rawLog()).not.toMatch(/guessed|eyJ/)
  })

  test("callers wait while the issuer's keys are unavailable", async () => {
    await using own = await startApi()
    const token = await own.authority.sign()
    own.authority.breakDown()
    const graphql = await own.graphql('{ dataExport { version } }', { token })
    expect([graphql.statusCode, graphql.json().errors[0].extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(graphql.headers['www-authenticate']).toBeUndefined()
    const rest = await own.post({ entityList: 'user' })
    expect([rest.statusCode, rest.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(rest.headers['content-type']).toContain('application/problem+json')
  })
})

test('the answer names the scopes as the issuer does, with their prefix', async () => {
  await using prefixed = await startApi({ scopePrefix: 'tidemark/' })
  const metadata = await prefixed.app.inject('/.well-known/oauth-protected-resource')
  expect(metadata.json().scopes_supported).toContain('tidemark/exports:read')
  const token = await prefixed.authority.sign({ claims: { scope: 'exports:read' } })
  const forbidden = await prefixed.graphql('mutation { pauseDataExport { userErrors { code } } }', { token })
  expect(forbidden.headers['www-authenticate']).toMatch(/scope="tidemark\/exports:write"$/)
})
