import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import type { ClaimRules } from '../../../src/auth/token-claims.js'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'

/** How the authority's tokens are read: the defaults of the configuration. */
export const usualClaims: ClaimRules & { readonly clockToleranceSeconds: number } = {
  types: ['at+jwt'],
  audiences: ['tidemark'],
  audienceClaim: 'aud',
  scopeClaims: ['scope', 'scp'],
  scopePrefix: '',
  tenantClaim: 'tenant_id',
  clockToleranceSeconds: 5,
}

export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly typ?: string
  readonly expiresIn?: string | null
  readonly kid?: string
  /** What stands in the header besides. */
  readonly header?: Readonly<Record<string, unknown>>
}

export interface TokenAuthority extends AsyncDisposable {
  readonly issuer: string
  readonly jwksUrl: string
  /** As whoever reads the JWKS can have it. */
  readonly publicKey: { readonly pem: string; readonly jwk: JWK }
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[]
  /** A token for tenant acme with both scopes, but for what the options say. */
  sign(options?: TokenOptions): Promise<string>
  /** From now on there is another key, `key-2`, and no longer the first. */
  rotate(): Promise<void>
  /** From now on there is one more key, which signs nothing, before the others. */
  addKey(): Promise<void>
  /** From now on every request to the authority fails with 500, until it is repaired. */
  breakDown(): void
  repair(): void
  /** From now on no request is answered. */
  hang(): void
  /** From now on each answer begins as it should and goes on for as long as it is read. */
  talkWithoutEnd(): void
  /** How many bytes such answers have had so far. */
  readonly talked: () => number
  /** How many requests still wait for an answer that won't come. */
  readonly waiting: () => number
}

/** A real issuer of RFC 9068 tokens as far as verifiers are concerned: a key, its JWKS and its metadata over HTTP. */
export async function startTokenAuthority(
  options: {
    metadata?: 'oauth' | 'openid'
    /** What the metadata say of the keys, in place of where they are. */
    jwksUri?: string
  } = {},
): Promise<TokenAuthority> {
  let key = await makeKey('key-1')
  const others: JWK[] = []
  const requests: string[] = []
  let broken = false
  let hanging = false
  let waiting = 0
  let talking = false
  let talked = 0
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (hanging) {
      waiting += 1
      response.once('close', () => (waiting -= 1))
      return
    }
    if (talking) {
      response.writeHead(200, { 'content-type': 'application/json' })
      const talk = Readable.from(endlessKeys((bytes) => (talked += bytes)))
      pipeline(talk, response, () => undefined)
      return
    }
    const body = broken ? undefined : documents()[request.url ?? '']
    response.writeHead(broken ? 500 : body ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/issuer`
  const jwksUrl = `${issuer}/jwks`
  const metadata = { issuer, jwks_uri: options.jwksUri ?? jwksUrl }
  const documents = (): Record<string, unknown> => ({
    '/issuer/jwks': { keys: [...others, key.jwk] },
    [options.metadata === 'openid'
      ? '/issuer/.well-known/openid-configuration'
      : '/.well-known/oauth-authorization-server/issuer']: metadata,
  })
  return {
    issuer,
    jwksUrl,
    publicKey: { jwk: key.jwk, pem: await exportSPKI(key.publicKey) },
    requests,
    sign: ({ claims, typ = 'at+jwt', expiresIn = '5m', kid = key.jwk.kid, header = {} } = {}) => {
      const token = new SignJWT({
        iss: issuer,
        aud: 'tidemark',
        sub: 'tester',
        tenant_id: 'acme',
        scope: 'exports:read exports:write',
        ...claims,
      }).setProtectedHeader({ alg: 'ES256', typ, kid, ...header })
      const crit = Object.fromEntries([header['crit'] ?? []].flat().map((name) => [String(name), true]))
      return (expiresIn === null ? token : token.setExpirationTime(expiresIn)).sign(key.privateKey, { crit })
    },
    rotate: async () => {
      key = await makeKey('key-2')
    },
    addKey: async () => {
      others.push((await makeKey(`other-${others.length + 1}`)).jwk)
    },
    breakDown: () => {
      broken = true
    },
    repair: () => {
      broken = false
    },
    hang: () => {
      hanging = true
    },
    talkWithoutEnd: () => {
      talking = true
    },
    talked: () => talked,
    waiting: () => waiting,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function* endlessKeys(count: (bytes: number) => void): Generator<string> {
  yield '{"keys":['
  const some = '{"kty":"EC"},'.repeat(5_000)
  for (;;) {
    count(some.length)
    yield some
  }
}

async function makeKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}
