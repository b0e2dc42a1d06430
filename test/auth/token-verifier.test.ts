import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokenVerifier, type TokenVerifierOptions } from '../../src/auth/token-verifier.js'
import { AuthenticationError, AuthenticationUnavailableError } from '../../src/domain/access.js'
import { eventually } from '../support/eventually.js'
import {
  startTokenAuthority,
  type TokenAuthority,
  type TokenOptions,
  usualClaims,
} from '../support/api/token-authority.js'

let authority: TokenAuthority
beforeAll(async () => {
  authority = await startTokenAuthority()
})
afterAll(() => authority[Symbol.asyncDispose]())

const verifierOf = (issuer: TokenAuthority, options: Partial<TokenVerifierOptions> = {}) =>
  createTokenVerifier({
    issuer: issuer.issuer,
    ...usualClaims,
    algorithms: ['ES256', 'RS256'],
    ...options,
  })

const verify = async (options: TokenOptions) => verifierOf(authority).verify(`Bearer ${await authority.sign(options)}`)

describe('an operator’s token', () => {
  const operator = { scope: 'exports:operate exports:read', client_id: 'console' }

  test('an operator’s token may name no tenant, but no invalid one', async () => {
    const claims = { ...operator, tenant_id: undefined }
    expect(await verify({ claims })).toMatchObject({ tenantId: null, clientId: 'console' })
    for (const tenant of [
      '../b',
      '',
      -7,
      1.5,
      ['acme', 'globex'],
      {},
      'a..b',
      'a.',
      '.a',
      '_a',
      'a b',
      'ä',
      'x'.repeat(64),
    ]) {
      await expect(verify({ claims: { ...operator, tenant_id: tenant } })).rejects.toThrow(/valid tenant/)
    }
  })
})

describe('a good token', () => {
  test('a good token gives tenant, subject and scopes', async () => {
    const actor = await verify({ claims: { tenant_id: 'globex', sub: 'client-7', scope: 'exports:read openid' } })
    expect(actor).toEqual({
      tenantId: 'globex',
      subject: 'client-7',
      clientId: null,
      scopes: new Set(['exports:read', 'openid']),
      validUntil: expect.any(Date),
    })
  })

  test('a good token says until when it is accepted: its expiry and the tolerance', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    const actor = await verify({ claims: { exp }, expiresIn: null })
    expect(actor.validUntil).toEqual(new Date((exp + 5) * 1000))
  })

  test('a good token may have its scheme in any case, its scopes as a list, and its subject as the client id', async () => {
    const token = await authority.sign({
      claims: { sub: undefined, client_id: 'client-8', scope: undefined, scp: ['exports:write'] },
    })
    const actor = await verifierOf(authority).verify(`bearer ${token}`)
    expect(actor).toMatchObject({ subject: 'client-8', scopes: new Set(['exports:write']) })
  })

  test('a good token may have expired a moment ago, because clocks differ', async () => {
    await expect(verify({ expiresIn: '-2s' })).resolves.toMatchObject({ tenantId: 'acme' })
  })

  test('the issuer is also found by the metadata of OpenID Connect, which are read once', async () => {
    await using openid = await startTokenAuthority({ metadata: 'openid' })
    const verifier = verifierOf(openid)
    const token = await openid.sign()
    await Promise.all([verifier.verify(`Bearer ${token}`), verifier.verify(`Bearer ${token}`)])
    await verifier.verify(`Bearer ${token}`)
    expect(openid.requests).toEqual([
      '/.well-known/oauth-authorization-server/issuer',
      '/issuer/.well-known/openid-configuration',
      '/issuer/jwks',
    ])
  })

  test('no metadata are needed where the JWKS URL is configured', async () => {
    await using other = await startTokenAuthority()
    await verifierOf(other, { jwksUrl: other.jwksUrl }).verify(`Bearer ${await other.sign()}`)
    expect(other.requests).toEqual(['/issuer/jwks'])
  })
})

test.each(['acme', 'Acme.EU-1_b', '42', 'x'.repeat(63), 'con'])('a token may name the tenant %s', async (tenant) => {
  expect(await verify({ claims: { tenant_id: tenant } })).toMatchObject({ tenantId: tenant })
})

describe('a caller without a token', () => {
  test.each([undefined, '', 'Basic dXNlcjpwYXNz', 'Bearerish x'])(
    'a header without a token is refused as missing: %s',
    async (header) => {
      await expect(verifierOf(authority).verify(header)).rejects.toMatchObject({
        name: 'AuthenticationError',
        reason: 'missing',
      })
    },
  )
})

describe('a bad token', () => {
  test.each<[string, TokenOptions, RegExp]>([
    ['has expired', { expiresIn: '-1m' }, /expired/],
    ['never expires', { expiresIn: null }, /exp is not acceptable/],
    ['is of another issuer', { claims: { iss: 'https://elsewhere.test' } }, /iss is not/],
    ['is for another audience', { claims: { aud: 'billing' } }, /aud is not/],
    ['is no access token', { typ: 'JWT' }, /typ is not/],
    ['is signed with an unknown key', { kid: 'key-2' }, /key that its issuer does not have/],
    ['names no subject', { claims: { sub: undefined } }, /no valid subject/],
    ['names no tenant', { claims: { tenant_id: undefined } }, /no valid tenant/],
    ['names a tenant by what is no id', { claims: { tenant_id: true } }, /A tenant's id has 1 to 63 characters/],
    ['names a tenant that is a path', { claims: { tenant_id: '../globex' } }, /no valid tenant/],
  ])('a bad token is refused: %s', async (_what, options, message) => {
    const verification = verify(options)
    await expect(verification).rejects.toMatchObject({ reason: 'invalid' })
    await expect(verification).rejects.toThrow(message)
  })

  test('a token signed with an algorithm that is not configured is refused', async () => {
    const secret = new TextEncoder().encode('a shared secret that is long enough')
    const token = await new SignJWT({ tenant_id: 'acme', sub: 'x', aud: 'tidemark', iss: authority.issuer })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })
      .setExpirationTime('5m')
      .sign(secret)
    await expect(verifierOf(authority).verify(`Bearer ${token}`)).rejects.toThrow(/algorithm is not acceptable/)
  })

  test('a token whose claims were changed is refused', async () => {
    const [header, , signature] = (await authority.sign()).split('.')
    const claims = { iss: authority.issuer, aud: 'tidemark', sub: 'x', tenant_id: 'globex', exp: 4_000_000_000 }
    const forged = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    await expect(verifierOf(authority).verify(`Bearer ${forged}`)).rejects.toThrow(/signature is wrong/)
  })

  test('a token that is too long is refused unread', async () => {
    const token = await authority.sign({ claims: { padding: 'x'.repeat(9_000) } })
    await expect(verifierOf(authority).verify(`Bearer ${token}`)).rejects.toThrow('The token is too long.')
  })

  test.each(['Bearer', 'Bearer  ', 'Bearer x', 'Bearer a.b.c'])(
    'a bearer token that is no token is refused as invalid: %.12s',
    async (header) => {
      await expect(verifierOf(authority).verify(header)).rejects.toMatchObject({ reason: 'invalid' })
    },
  )
})

describe('an issuer that is not there', () => {
  test('an issuer that cannot be reached is an outage, not a bad token, and the next call recovers', async () => {
    await using issuer = await startTokenAuthority()
    const verifier = verifierOf(issuer)
    const header = `Bearer ${await issuer.sign()}`
    issuer.breakDown()
    await expect(verifier.verify(header)).rejects.toBeInstanceOf(AuthenticationUnavailableError)
    issuer.repair()
    // Not at once: it is not asked again within a second.
    const actor = await eventually('the keys', () => verifier.verify(header).catch(() => undefined))
    expect(actor).toMatchObject({ tenantId: 'acme' })
  })

  test('an issuer is unavailable if only its keys are, or if nothing listens at its address', async () => {
    await using issuer = await startTokenAuthority()
    const header = `Bearer ${await issuer.sign()}`
    issuer.breakDown()
    for (const verifier of [
      verifierOf(issuer, { jwksUrl: issuer.jwksUrl }),
      verifierOf(issuer, { issuer: 'http://127.0.0.1:1' }),
    ]) {
      await expect(verifier.verify(header)).rejects.toBeInstanceOf(AuthenticationUnavailableError)
    }
  })

  test('an unavailable issuer does not matter to a caller without a token', async () => {
    await using broken = await startTokenAuthority()
    broken.breakDown()
    await expect(verifierOf(broken).verify(undefined)).rejects.toBeInstanceOf(AuthenticationError)
    expect(broken.requests).toEqual([])
  })

  test('metadata that name another issuer are not believed', async () => {
    await using other = await startTokenAuthority()
    const verifier = verifierOf(other, { issuer: `${other.issuer}/` })
    await expect(verifier.verify(`Bearer ${await other.sign()}`)).rejects.toBeInstanceOf(AuthenticationUnavailableError)
  })
})
