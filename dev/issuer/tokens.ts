import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { IssuerClient } from './clients.js'
import type { Grant } from './grants.js'
import { signingAlgorithm, type SigningKey } from './signing-key.js'

export interface TokenSigner {
  /** A token of a client's own (RFC 9068). */
  forClient(client: IssuerClient, scopes: readonly string[], seconds: number): Promise<string>
  /** A token with which a client acts for a user (RFC 9068). */
  forUser(grant: Grant, seconds: number): Promise<string>
  /** Says to a client who has logged in (OpenID Connect Core, section 2). */
  idToken(grant: Grant, seconds: number): Promise<string>
  /** The user and client of an id token, also after it has expired; undefined if this issuer did not sign it. */
  readIdToken(token: string): Promise<{ readonly username: string; readonly clientId: string } | undefined>
}

/** Scopes of OpenID Connect, which an access token does not need. */
const openIdScopes = ['openid', 'profile', 'offline_access']

export function createSigner(key: SigningKey, issuer: () => string, audience: string): TokenSigner {
  const sign = (claims: Record<string, unknown>, typ: string, seconds: number): Promise<string> =>
    new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: signingAlgorithm, typ, kid: key.publicJwk.kid })
      .setIssuer(issuer())
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .sign(key.privateKey)
  const tenantOf = (tenantId: string | null) => (tenantId === null ? {} : { tenant_id: tenantId })
  return {
    forClient: ({ clientId, tenantId }, scopes, seconds) =>
      sign(
        { sub: clientId, aud: audience, client_id: clientId, ...tenantOf(tenantId), scope: scopes.join(' ') },
        'at+jwt',
        seconds,
      ),
    forUser: ({ user, clientId, scopes, authTime }, seconds) => {
      const scope = scopes.filter((each) => !openIdScopes.includes(each)).join(' ')
      const claims = { sub: user.username, aud: audience, client_id: clientId, scope, auth_time: authTime }
      return sign({ ...claims, ...tenantOf(user.tenantId) }, 'at+jwt', seconds)
    },
    idToken: ({ user, clientId, authTime, nonce }, seconds) =>
      sign(
        {
          sub: user.username,
          aud: clientId,
          name: user.name,
          preferred_username: user.username,
          ...tenantOf(user.tenantId),
          auth_time: authTime,
          ...(nonce !== undefined && { nonce }),
        },
        'JWT',
        seconds,
      ),
    readIdToken: async (token) => {
      try {
        const { payload, protectedHeader } = await jwtVerify(token, key.publicJwk, {
          issuer: issuer(),
          algorithms: [signingAlgorithm],
          // An expired id token still says whose session ends.
          currentDate: new Date(0),
        })
        const isIdToken = protectedHeader.typ === 'JWT' && typeof payload.aud === 'string'
        return isIdToken ? { username: payload.sub ?? '', clientId: payload.aud as string } : undefined
      } catch {
        return undefined
      }
    },
  }
}
