import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { expectRefusal, said, type Refusal } from './support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from './support/running-api.js'
import { startTokenAuthority, type TokenOptions } from '../support/api/token-authority.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const register = 'mutation { registerDataExport(input: { exportOption: EXPORT_ALL }) { userErrors { code message } } }'
const unauthenticated = (message?: RegExp): Refusal => ({
  status: 401,
  code: 'UNAUTHENTICATED',
  ...(message && { message }),
})

/** Has every door refuse a token. */
async function expectTokenRefused(input: string, token: string, refusal: Refusal): Promise<void> {
  const graphql = await expectRefusal(api, `${input} (GraphQL)`, () => api.graphql(register, { token }), refusal)
  const rest = await expectRefusal(
    api,
    `${input} (REST)`,
    () => api.rest({ exportOption: 'export all' }, { token }),
    refusal,
  )
  for (const { headers } of [graphql, rest]) {
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="tidemark", resource_metadata="http:[^"]+", error="\w+"/)
  }
}

const inAMinute = () => Math.floor(Date.now() / 1000) + 60

test.each<[string, () => TokenOptions, RegExp]>([
  ['a token for another audience', () => ({ claims: { aud: 'billing' } }), /aud/],
  ['a token of another issuer', () => ({ claims: { iss: 'https://elsewhere.test' } }), /iss/],
  ['a token of another type', () => ({ typ: 'JWT' }), /typ/],
  ['an expired token', () => ({ expiresIn: '-1m' }), /expired/],
  ['a token without exp', () => ({ expiresIn: null }), /exp/],
  ['a token with nbf in a minute', () => ({ claims: { nbf: inAMinute() } }), /nbf/],
  ['a kid that is a path', () => ({ kid: '../../../../etc/passwd' }), /a key that its issuer does not have/],
  ['an unknown crit', () => ({ header: { crit: ['urn:unknown'], 'urn:unknown': 1 } }), /not a valid JWT/],
  ['a subject with NUL', () => ({ claims: { sub: 'a\0b' } }), /no valid subject/],
  ['a subject with an RTL override', () => ({ claims: { sub: 'a\u202Eb' } }), /no valid subject/],
  ['a subject of 3,000 characters', () => ({ claims: { sub: 'a'.repeat(3_000) } }), /no valid subject/],
])('a token with %s is refused', async (input, options, message) => {
  await expectTokenRefused(input, await api.sign(options()), unauthenticated(message))
})

test.each<[string, unknown]>([
  ['missing', undefined],
  ['a list of two', ['acme', 'globex']],
  ['a negative number', -7],
  ['empty', ''],
  ['../b', '../b'],
  ['300 characters', 'a'.repeat(300)],
  ['with a dot at its end', 'acme.'],
  ['with NUL', 'acme\0'],
  ['with CR LF', 'acme\r\n'],
  ['with an RTL override', 'acme\u202Egpj'],
  ['with a homoglyph', '\u0430cme'],
])('a token with a tenant claim %s is refused', async (what, tenant) => {
  const token = await api.sign({ claims: { tenant_id: tenant } })
  await expectTokenRefused(`a tenant claim ${what}`, token, unauthenticated(/no valid tenant/))
})

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = () => ({
  iss: api.authority.issuer,
  aud: 'tidemark',
  sub: 'attacker',
  tenant_id: api.tenantId,
  scope: 'exports:read exports:write',
  exp: inAMinute(),
})

test.each(['none', 'None', 'NONE'])('a token with the algorithm %s is refused', async (alg) => {
  const token = `${encoded({ alg, typ: 'at+jwt', kid: 'key-1' })}.${encoded(claims())}.`
  await expectTokenRefused(`alg ${alg}`, token, unauthenticated())
})

test.each<[string, () => string]>([
  ['HS256 signed with the public key as PEM', () => api.authority.publicKey.pem],
  ['HS256 signed with the public key as JWK', () => JSON.stringify(api.authority.publicKey.jwk)],
])('a token of %s is refused', async (input, secret) => {
  const token = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })
    .sign(new TextEncoder().encode(secret()))
  await expectTokenRefused(input, token, unauthenticated(/algorithm is not acceptable/))
})

test("an attacker's key in jwk, jku and x5u is ignored", async () => {
  await using attacker = await startTokenAuthority()
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const headers: Record<string, Record<string, unknown>> = {
    jwk: { jwk },
    jku: { jku: attacker.jwksUrl },
    x5u: { x5u: attacker.jwksUrl },
  }
  for (const [name, header] of Object.entries(headers)) {
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1', ...header })
      .sign(privateKey)
    await expectTokenRefused(`an attacker's ${name}`, token, unauthenticated(/signature is wrong/))
  }
  expect(attacker.requests).toEqual([])
})

test('a token with only the scope to read cannot write', async () => {
  const token = await api.sign({ claims: { scope: 'exports:read' } })
  await expectTokenRefused('a token with the scope to read, for a write', token, { status: 403, code: 'FORBIDDEN' })
})

test.each([
  ['9 KB', 9_000, unauthenticated(/too long/)],
  ['100 KB', 100_000, { status: 431, code: 'HEADERS_TOO_LARGE' }],
] as const)('a token of %s is refused', async (size, length, refusal) => {
  const token = await api.sign({ claims: { padding: 'x'.repeat(length) } })
  await expectRefusal(api, `a token of ${size}`, () => api.graphql(register, { token }), refusal)
})

test('two Authorization headers are refused', async () => {
  const good = `Bearer ${await api.sign()}`
  for (const path of ['/graphql', '/export']) {
    for (const [order, ...pair] of [
      ['the good one first', good, 'Bearer x'],
      ['the good one last', 'Bearer x', good],
      ['the same twice', good, good],
    ] as const) {
      const headers = [
        ...pair.map((value) => ['Authorization', value] as const),
        ['content-type', 'application/json'] as const,
      ]
      const body = JSON.stringify(path === '/graphql' ? { query: register } : { exportOption: 'export all' })
      const answer = await expectRefusal(
        api,
        `two Authorization headers at ${path}, ${order}`,
        () => api.send({ method: 'POST', path, headers, body }),
        { status: 400, code: 'BAD_USER_INPUT', message: /one Authorization header/ },
      )
      expect(answer.headers['www-authenticate']).toContain('error="invalid_request"')
    }
  }
})

test('a good token is refused in the query string, in the body and as Basic', async () => {
  const token = await api.sign()
  const json = ['content-type', 'application/json'] as const
  const post = (path: string, headers: readonly (readonly [string, string])[], body: object): Promise<Answer> =>
    api.send({ method: 'POST', path, headers: [json, ...headers], body: JSON.stringify(body) })
  const attempts: Record<string, () => Promise<Answer>> = {
    'a token in the query string (GraphQL)': () => post(`/graphql?access_token=${token}`, [], { query: register }),
    'a token in the query string (REST)': () =>
      post(`/export?access_token=${token}`, [], { exportOption: 'export all' }),
    'a token in the body': () => post('/graphql', [], { query: register, access_token: token }),
    'a token as a cookie': () => post('/graphql', [['cookie', `access_token=${token}`]], { query: register }),
    'a token as Basic': () => post('/graphql', [['authorization', `Basic ${btoa(`x:${token}`)}`]], { query: register }),
  }
  for (const [input, attempt] of Object.entries(attempts)) {
    const answer = await expectRefusal(api, input, attempt, unauthenticated())
    // No error code for a caller that showed no token: RFC 6750, section 3.1.
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="tidemark", resource_metadata="[^"]+"$/)
  }
  expect(api.log()).not.toContain(token)
})

test('a flood of unknown key ids causes no flood of requests to the issuer', async () => {
  const before = api.authority.requests.length
  const tokens = await Promise.all(Array.from({ length: 500 }, () => api.sign({ kid: randomUUID() })))
  const answers = await Promise.all(tokens.map((token) => api.graphql(register, { token })))
  const asked = api.authority.requests.length - before
  noteInput('500 unknown kids at once', `${asked} requests to the issuer; ${said(answers[0] as Answer)}`)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  // One that is due after the cooldown may fall into the flood.
  expect(asked).toBeLessThanOrEqual(1)
  expect((await api.graphql('{ dataExport { version } }')).status).toBe(200)
})

test('the protected resource metadata names the issuer (RFC 9728)', async () => {
  const answer = await api.send({ path: '/.well-known/oauth-protected-resource' })
  expect(JSON.parse(answer.text)).toEqual({
    resource: `http://127.0.0.1:${api.port}`,
    authorization_servers: [api.authority.issuer],
    scopes_supported: ['exports:read', 'exports:write', 'exports:operate'],
    bearer_methods_supported: ['header'],
    resource_name: 'Tidemark',
  })
})
