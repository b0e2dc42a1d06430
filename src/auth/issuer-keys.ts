import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose'
import { AuthenticationUnavailableError } from '../domain/access.js'
import { fetchJson } from './fetch-json.js'

/** Keys that are older are fetched again while they are used: a key that its issuer has withdrawn is soon refused. */
const refreshAfterMs = 10 * 60_000
/**
 * Those that are older still, after a time without calls, are waited for: an issuer that hangs must hold nobody up, but a
 * key that was withdrawn an hour ago must not be good for one more call. Not while the last fetch has failed.
 */
const waitAfterMs = 2 * refreshAfterMs
/** Where they can't be fetched, the last ones go on for so long: an outage of the issuer is not one of ours at once. */
const usableForMs = 24 * 3_600_000
/** Between two fetches for a key that is not among those known: tokens with made-up key ids must not become fetches. */
const cooldownMs = 30_000
/** The same while no keys are known at all: short, so that the end of an outage is soon found. */
const emptyCooldownMs = 1_000

/** Finds the key that a token says it is signed with. */
export type KeyLookup = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

type Find = ReturnType<typeof createLocalJWKSet>

/** Both throw an {@link AuthenticationUnavailableError} when the keys can't be had. */
export interface IssuerKeys {
  /** Throws jose's own errors where the keys are there but none of them fits. */
  readonly find: KeyLookup
  /** Stands for the keys as they were last fetched: another object after each fetch. */
  edition(): Promise<object>
}

/**
 * The issuer's keys, fetched when the first token comes and cached from then on. Where no `jwksUrl` is given, the
 * issuer's metadata tells it.
 */
export function issuerKeys(
  issuer: string,
  jwksUrl: string | undefined,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): IssuerKeys {
  const keys = cachedKeys(keyFetcher(issuer, jwksUrl, fetch))
  const find: KeyLookup = async (header, token) => {
    try {
      return await (
        await keys.fresh()
      )(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw keyError(error)
    }
    try {
      return await (
        await keys.newer()
      )(header, token)
    } catch (error) {
      throw keyError(error)
    }
  }
  const edition = (): Promise<object> =>
    keys.fresh().catch((error: unknown) => {
      throw keyError(error)
    })
  return { find, edition }
}

function keyError(error: unknown): unknown {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return error
  return new AuthenticationUnavailableError('The keys of the token issuer could not be fetched.', { cause: error })
}

interface CachedKeys {
  /** Keys that are not too old to be used. @throws where there are none */
  fresh(): Promise<Find>
  /** Those after a key was not found: fetched again if that was not done just now. @throws where that failed */
  newer(): Promise<Find>
}

function cachedKeys(fetchKeys: () => Promise<JSONWebKeySet>): CachedKeys {
  let known: { readonly find: Find; readonly at: number } | undefined
  let lastTry: { readonly at: number; readonly failure?: unknown } | undefined
  let underWay: Promise<void> | undefined

  const fetchOnce = (): Promise<void> =>
    fetchKeys()
      .then((keys) => {
        known = { find: createLocalJWKSet(keys), at: Date.now() }
        lastTry = { at: Date.now() }
      })
      .catch((failure: unknown) => {
        lastTry = { at: Date.now(), failure }
      })
      .finally(() => {
        underWay = undefined
      })
  const isCoolingDown = (): boolean => lastTry !== undefined && ageOf(lastTry) < (known ? cooldownMs : emptyCooldownMs)
  const isOutage = (): boolean => lastTry !== undefined && 'failure' in lastTry
  /** All who ask meanwhile wait for the same answer. It never rejects: `lastTry` tells how it went. */
  const refresh = async (): Promise<void> => {
    if (!underWay && isCoolingDown()) return
    await (underWay ??= fetchOnce())
  }

  return {
    async fresh() {
      if (!known || ageOf(known) > usableForMs) await refresh()
      else if (ageOf(known) > refreshAfterMs) {
        const refreshed = refresh()
        if (ageOf(known) > waitAfterMs && !isOutage()) await refreshed
      }
      if (!known || ageOf(known) > usableForMs) throw lastTry?.failure
      return known.find
    },
    async newer() {
      await refresh()
      if (!known || isOutage()) throw lastTry?.failure
      return known.find
    },
  }
}

function ageOf({ at }: { readonly at: number }): number {
  return Date.now() - at
}

function keyFetcher(
  issuer: string,
  jwksUrl: string | undefined,
  fetch: typeof globalThis.fetch,
): () => Promise<JSONWebKeySet> {
  let url = jwksUrl
  return async () => {
    url ??= await discoverJwksUrl(issuer, fetch)
    return (await fetchJson(url, fetch)) as JSONWebKeySet
  }
}

async function discoverJwksUrl(issuer: string, fetch: typeof globalThis.fetch): Promise<string> {
  const failures: unknown[] = []
  for (const url of metadataUrls(issuer)) {
    try {
      return await jwksUrlFromMetadata(url, issuer, fetch)
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

async function jwksUrlFromMetadata(url: string, issuer: string, fetch: typeof globalThis.fetch): Promise<string> {
  const metadata = (await fetchJson(url, fetch)) as { issuer?: unknown; jwks_uri?: unknown }
  if (metadata.issuer !== issuer) throw new Error(`${url} is the metadata of another issuer`)
  if (typeof metadata.jwks_uri !== 'string') throw new Error(`${url} names no jwks_uri`)
  return metadata.jwks_uri
}
