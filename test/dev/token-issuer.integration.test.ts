import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, jwtVerify, type JWTVerifyResult } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTokenIssuer, type IssuerClient, type LocalTokenIssuer } from '../../dev/issuer/token-issuer.js'

const acme: IssuerClient = {
  clientId: 'acme client',
  clientSecret: 'p:ss%+ü',
  tenantId: 'acme',
  scopes: ['exports:read', 'exports:write'],
}
let clients: IssuerClient[]
let folder: string
let issuer: LocalTokenIssuer

const start = (port?: number): Promise<LocalTokenIssuer> =>
  startTokenIssuer({
    keyFile: join(folder, 'keys', 'issuer.json'),
    audience: 'tidemark',
    clients: () => clients,
    lifetimeSeconds: 600,
    ...(port === undefined ? {} : { port }),
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-issuer-'))
  clients = [acme]
  issuer = await start()
})

afterEach(async () => {
  await issuer.stop()
  await rm(folder, { recursive: true, force: true })
})

const basic = (id: string, secret: string): string => {
  const encode = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2)
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`
}

async function ask(form: Record<string, string> | string, authorization?: string) {
  const response = await fetch(issuer.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: authorization === undefined ? {} : { authorization },
  })
  return { response, answer: (await response.json()) as Record<string, unknown> }
}

const post = { grant_type: 'client_credentials', client_id: acme.clientId, client_secret: acme.clientSecret }

const verify = (token: unknown): Promise<JWTVerifyResult> =>
  jwtVerify(String(token), createRemoteJWKSet(new URL(issuer.jwksUrl)), {
    issuer: issuer.issuer,
    audience: 'tidemark',
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'scope', 'tenant_id'],
  })

describe('the token endpoint', () => {
  test('the token endpoint gives a token that the published keys verify, for a secret in the form', async () => {
    const { response, answer } = await ask(post)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'exports:read exports:write' })
    const { payload, protectedHeader } = await verify(answer['access_token'])
    expect(payload).toMatchObject({
      sub: acme.clientId,
      client_id: acme.clientId,
      tenant_id: 'acme',
      scope: 'exports:read exports:write',
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(600)
    expect(protectedHeader.kid).toMatch(/./)
  })

  test('the token endpoint accepts the secret in the Authorization header, with encoded characters', async () => {
    const form = { grant_type: 'client_credentials', scope: 'exports:read' }
    const { response, answer } = await ask(form, basic(acme.clientId, acme.clientSecret))
    expect(response.status).toBe(200)
    expect((await verify(answer['access_token'])).payload['scope']).toBe('exports:read')
  })

  test('a client gets tokens as soon as it is listed', async () => {
    const late: IssuerClient = { ...acme, clientId: 'late', tenantId: 'later' }
    expect((await ask({ ...post, client_id: 'late' })).response.status).toBe(401)
    clients.push(late)
    const { answer } = await ask({ ...post, client_id: 'late' })
    expect((await verify(answer['access_token'])).payload['tenant_id']).toBe('later')
  })

  test.each<[string, Record<string, string> | string, string | undefined, number, string]>([
    ['a wrong secret', { ...post, client_secret: 'wrong' }, undefined, 401, 'invalid_client'],
    ['an empty secret', { ...post, client_secret: '' }, undefined, 401, 'invalid_client'],
    ['an unknown client', { ...post, client_id: 'nobody' }, undefined, 401, 'invalid_client'],
    ['no client', { grant_type: 'client_credentials' }, undefined, 401, 'invalid_client'],
    [
      'a wrong secret in the header',
      { grant_type: 'client_credentials' },
      basic(acme.clientId, 'x'),
      401,
      'invalid_client',
    ],
    ['another scheme', { grant_type: 'client_credentials' }, 'Bearer x', 401, 'invalid_client'],
    ['two ways to authenticate', post, basic(acme.clientId, acme.clientSecret), 400, 'invalid_request'],
    ['a scope it may not have', { ...post, scope: 'exports:read admin' }, undefined, 400, 'invalid_scope'],
    ['another grant', { ...post, grant_type: 'password' }, undefined, 400, 'unsupported_grant_type'],
    ['no grant', { client_id: acme.clientId, client_secret: acme.clientSecret }, undefined, 400, 'invalid_request'],
    ['a repeated parameter', 'grant_type=client_credentials&grant_type=password', undefined, 400, 'invalid_request'],
  ])('the token endpoint refuses %s', async (_what, form, authorization, status, error) => {
    const { response, answer } = await ask(form, authorization)
    expect([response.status, answer['error']]).toEqual([status, error])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="tidemark"' : null)
    expect(answer).not.toHaveProperty('access_token')
  })

  test('the token endpoint refuses a body that is not a form', async () => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(issuer.tokenUrl, { method: 'POST', body: JSON.stringify(post), headers })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
  })
})

describe('the documents of the issuer', () => {
  test.each(['oauth-authorization-server', 'openid-configuration'])('the issuer serves %s', async (name) => {
    const response = await fetch(`${issuer.issuer}/.well-known/${name}`)
    expect(await response.json()).toMatchObject({
      issuer: issuer.issuer,
      token_endpoint: issuer.tokenUrl,
      jwks_uri: issuer.jwksUrl,
      grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
      scopes_supported: ['openid', 'profile', 'offline_access', 'exports:read', 'exports:write'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    })
  })

  test('the issuer publishes no private part of its key, which only the owner may read', async () => {
    const { keys } = (await (await fetch(issuer.jwksUrl)).json()) as { keys: Record<string, unknown>[] }
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect((await stat(join(folder, 'keys', 'issuer.json'))).mode & 0o777).toBe(0o600)
  })
})

describe('the issuer in this process', () => {
  test('the issuer in this process gives tokens directly', async () => {
    const { payload } = await verify(await issuer.accessToken(acme.clientId))
    expect(payload).toMatchObject({ tenant_id: 'acme', scope: 'exports:read exports:write' })
    await expect(issuer.accessToken('nobody')).rejects.toThrow('does not know the client nobody')
  })

  test('the issuer keeps its URL and key after a restart, so that old tokens stay valid', async () => {
    const token = await issuer.accessToken(acme.clientId)
    const { issuer: url } = issuer
    await issuer.stop()
    issuer = await start(Number(new URL(url).port))
    expect(issuer.issuer).toBe(url)
    await expect(verify(token)).resolves.toBeDefined()
  })

  test('the issuer does not start if its port is in use', async () => {
    await expect(start(Number(new URL(issuer.issuer).port))).rejects.toThrow('EADDRINUSE')
  })
})

describe('a browser', () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(issuer.tokenUrl, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    })

  test('a page of this machine gets tokens in the browser, after a preflight', async () => {
    const origin = 'http://localhost:5173'
    const { status, headers } = await preflight(origin)
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin])
    expect(headers.get('access-control-allow-headers')).toBe('authorization')
    const answer = await fetch(issuer.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams(post),
      headers: { origin },
    })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin])
  })

  test('a page of another machine gets no token in the browser', async () => {
    const { headers } = await preflight('https://evil.example')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})
