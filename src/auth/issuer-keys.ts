import {
  createRemoteJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
  type RemoteJWKSet,
} from 'jose'
import { AuthenticationUnavailableError } from '../domain/access.js'

const timeoutMs = 5_000

/** Finds the key that a token says it is signed with. */
export type KeyLookup = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

/**
 * The issuer's keys, fetched when the first token comes and cached from then on. Where no `jwksUrl` is given, the
 * issuer's metadata tells it.
 * The lookup throws an {@link AuthenticationUnavailableError} when the keys can't be had, and jose's own errors when
 * they are there but none of them fits.
 */
export function issuerKeys(issuer: string, jwksUrl: string | undefined): KeyLookup {
  let keySet: Promise<RemoteJWKSet> | undefined
  const loadKeySet = () => {
    keySet ??= (jwksUrl ? Promise.resolve(jwksUrl) : discoverJwksUrl(issuer))
      .then((url) => createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutMs }))
      .catch((error: unknown) => {
        keySet = undefined
        throw error
      })
    return keySet
  }
  return async (header, token) => {
    try {
      const keys = await loadKeySet()
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      throw new AuthenticationUnavailableError('The keys of the token issuer could not be fetched.', { cause: error })
    }
  }
}

async function discoverJwksUrl(issuer: string): Promise<string> {
  const failures: unknown[] = []
  for (const url of metadataUrls(issuer)) {
    try {
      return await jwksUrlFromMetadata(url, issuer)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, 'The metadata of the token issuer could not be read.')
}

/** RFC 8414 puts the well-known part before the issuer's path, OpenID Connect after it. */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

async function jwksUrlFromMetadata(url: string, issuer: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const metadata = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown }
  if (metadata.issuer !== issuer) throw new Error(`${url} is the metadata of another issuer`)
  if (typeof metadata.jwks_uri !== 'string') throw new Error(`${url} names no jwks_uri`)
  return metadata.jwks_uri
}
