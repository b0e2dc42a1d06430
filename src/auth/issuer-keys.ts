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
import { readIssuerMetadata } from './issuer-metadata.js'

/** Older keys are fetched again in the background, so that a key that the issuer has withdrawn is soon refused. */
const refreshAfterMs = 10 * 60_000
/**
 * After a time without calls, keys may be older than this. Then the call waits for the fetch, so that a withdrawn key is
 * not accepted once more. The call does not wait if the last fetch has failed.
 */
const waitAfterMs = 2 * refreshAfterMs
/** How long the last keys remain usable while the issuer is down. */
const usableForMs = 24 * 3_600_000
/** The least time between two fetches for an unknown key, so that tokens with invented key ids do not flood the issuer. */
const cooldownMs = 30_000
/** The same while no keys are known. It is short, so that Tidemark soon notices the end of an outage. */
const emptyCooldownMs = 1_000

/** Finds the key whose id is in the token's header. */
export type KeyLookup = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

type Find = ReturnType<typeof createLocalJWKSet>

/** Both throw an {@link AuthenticationUnavailableError} if the keys can't be fetched. */
export interface IssuerKeys {
  /** Throws jose's errors if no key matches. */
  readonly find: KeyLookup
  /** Identifies the last fetch of the keys: a new object after each fetch. */
  edition(): Promise<object>
  /** Fetches the keys if they are due, and returns what is wrong with them. It never throws. */
  condition(): Promise<KeysCondition>
}

export interface KeysCondition {
  /** Whether tokens can be verified: the keys of an earlier fetch remain usable for a day. */
  readonly usable: boolean
  /** Since when fetches fail, and why the last one did; null if the last fetch succeeded. */
  readonly failure: { readonly since: Date; readonly problem: string } | null
}

/**
 * The issuer's keys. They are fetched for the first token and cached. Without `jwksUrl`, the issuer's metadata gives the
 * URL.
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
  return { find, edition, condition: () => keys.condition() }
}

function keyError(error: unknown): unknown {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return error
  return new AuthenticationUnavailableError('The keys of the token issuer could not be fetched. Try again later.', {
    cause: error,
  })
}

interface CachedKeys {
  /** Keys that are not too old. @throws if there are none */
  fresh(): Promise<Find>
  /** The keys after one was not found, fetched again unless they were just fetched. @throws if the fetch failed */
  newer(): Promise<Find>
  condition(): Promise<KeysCondition>
}

function cachedKeys(fetchKeys: () => Promise<JSONWebKeySet>): CachedKeys {
  let known: { readonly find: Find; readonly at: number } | undefined
  let lastTry: { readonly at: number; readonly failure?: unknown } | undefined
  let failingSince: Date | undefined
  let underWay: Promise<void> | undefined

  const fetchOnce = (): Promise<void> =>
    fetchKeys()
      .then((keys) => {
        known = { find: createLocalJWKSet(keys), at: Date.now() }
        lastTry = { at: Date.now() }
        failingSince = undefined
      })
      .catch((failure: unknown) => {
        lastTry = { at: Date.now(), failure }
        failingSince ??= new Date()
      })
      .finally(() => {
        underWay = undefined
      })
  const isCoolingDown = (): boolean => lastTry !== undefined && ageOf(lastTry) < (known ? cooldownMs : emptyCooldownMs)
  const isOutage = (): boolean => lastTry !== undefined && 'failure' in lastTry
  /** Concurrent callers share one fetch. It never rejects: `lastTry` has its outcome. */
  const refresh = async (): Promise<void> => {
    if (!underWay && isCoolingDown()) return
    await (underWay ??= fetchOnce())
  }

  const isUsable = (): boolean => known !== undefined && ageOf(known) <= usableForMs
  return {
    async fresh() {
      if (!known || !isUsable()) await refresh()
      else if (ageOf(known) > refreshAfterMs) {
        const refreshed = refresh()
        if (ageOf(known) > waitAfterMs && !isOutage()) await refreshed
      }
      if (!known || !isUsable()) throw lastTry?.failure
      return known.find
    },
    async condition() {
      if (!known || ageOf(known) > refreshAfterMs) await refresh()
      const failure = failingSince ? { since: failingSince, problem: problemOf(lastTry?.failure) } : null
      return { usable: isUsable(), failure }
    },
    async newer() {
      await refresh()
      if (!known || isOutage()) throw lastTry?.failure
      return known.find
    },
  }
}

/** Such as `fetch failed: connect ECONNREFUSED 127.0.0.1:4010`. */
function problemOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(problemOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${problemOf(error.cause)}`
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
  const metadata = await readIssuerMetadata(issuer, { first: 'oauth', needs: 'jwks_uri' }, fetch)
  return String(metadata['jwks_uri'])
}
