import type { JWTHeaderParameters, JWTPayload } from 'jose'
import { AuthenticationError } from '../domain/access.js'
import { type Caller, isTenantId, tenantIdRule } from '../domain/actor.js'

/** How an issuer writes its access tokens. docs/how-to/connect-your-issuer.md has the rules of the common products. */
export interface ClaimRules {
  /** Accepted `typ` of the header, in lower case; `none` stands for a header without one. */
  readonly types: readonly string[]
  /** Whom the token must be for: one of these. */
  readonly audiences: readonly string[]
  /** The claim with the audience; `none` where the prefix of the scopes says for whom the token is. */
  readonly audienceClaim: string
  /** The claims with scopes: the first of them that is not empty counts. */
  readonly scopeClaims: readonly string[]
  /** The prefix of Tidemark's scopes in a token. */
  readonly scopePrefix: string
  /** The claim with the tenant's id: its name, or its path with dots. */
  readonly tenantClaim: string
}

/** @throws AuthenticationError where a verified token is none for Tidemark, or no access token */
export function requireAccessToken(header: JWTHeaderParameters, claims: JWTPayload, rules: ClaimRules): void {
  if (!rules.types.includes(typeOf(header))) throw unacceptable('typ')
  if (typeOf(header) !== 'at+jwt' && isOtherToken(claims))
    throw new AuthenticationError('invalid', 'The token is not an access token.')
  if (rules.audienceClaim === 'none') return
  const audience = [claimAt(claims, rules.audienceClaim)].flat()
  if (!audience.some((each) => rules.audiences.includes(String(each)))) throw unacceptable(rules.audienceClaim)
}

/** `application/at+jwt` and `at+JWT` are the same type as `at+jwt` (RFC 7515, section 4.1.9). */
function typeOf({ typ = 'none' }: JWTHeaderParameters): string {
  return typ.toLowerCase().replace(/^application\//, '')
}

/**
 * An issuer that gives its access tokens no type of their own gives the same to its ID tokens. These have hashes or a nonce
 * (OpenID Connect Core), and some issuers say what a token is in a claim: Cognito in `token_use`, Keycloak in `typ`.
 */
function isOtherToken(claims: JWTPayload): boolean {
  const { token_use: use = 'access', typ = 'Bearer' } = claims
  if (use !== 'access' || !['Bearer', 'DPoP'].includes(String(typ))) return true
  return ['nonce', 'at_hash', 'c_hash', 's_hash'].some((claim) => claim in claims)
}

/** @throws AuthenticationError where the claims name no valid subject or tenant */
export function callerOf(claims: JWTPayload, rules: ClaimRules): Caller {
  const clientId = clientIdOf(claims)
  const subject = [claims.sub, clientId].find((id) => id !== undefined && id !== null && id !== '')
  if (!isSubject(subject)) throw new AuthenticationError('invalid', 'The token names no valid subject.')
  const granted = new Set(scopesOf(claims, rules))
  // An operator's token belongs to no tenant: it names one with each call.
  const tenantId = tenantOf(claims, rules.tenantClaim)
  const hasTenant = isTenantId(tenantId) || (tenantId === null && granted.has('exports:operate'))
  if (!hasTenant) {
    throw new AuthenticationError('invalid', `The token names no valid tenant. A tenant's id ${tenantIdRule}.`)
  }
  return { tenantId, subject, clientId, scopes: granted }
}

/** RFC 9068 has `client_id`; OpenID Connect `azp`; Okta `cid`; Entra ID, in tokens of version 1, `appid`. */
function clientIdOf(claims: JWTPayload): string | null {
  return ['client_id', 'azp', 'cid', 'appid'].map((claim) => claims[claim]).find(isSubject) ?? null
}

/** Suited to be kept and shown: OpenID Connect permits 255 characters; characters that can't be seen are refused. */
function isSubject(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u.test(value)
}

/** Null where the claim is missing. A list of one is its element, and a whole number its digits. */
function tenantOf(claims: JWTPayload, claim: string): unknown {
  const value = claimAt(claims, claim) ?? null
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  return typeof single === 'number' && Number.isSafeInteger(single) && single >= 0 ? String(single) : single
}

/** A string with blanks, as RFC 9068 has it, or a list. Without the prefix, and without scopes that lack it. */
function scopesOf(claims: JWTPayload, { scopeClaims, scopePrefix }: ClaimRules): string[] {
  const lists = scopeClaims.map((claim) => namesIn(claimAt(claims, claim)))
  const granted = lists.find((list) => list.length > 0) ?? []
  return granted.flatMap((scope) => (scope.startsWith(scopePrefix) ? [scope.slice(scopePrefix.length)] : []))
}

function namesIn(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? value.split(' ') : value
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string' && name !== '') : []
}

/** The claim of that name, which may be a URL with dots; else what the path leads to, through objects. */
function claimAt(claims: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim]
  return claim.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
  }, claims)
}

function unacceptable(claim: string): AuthenticationError {
  return new AuthenticationError('invalid', `The token's ${claim} is not acceptable.`)
}
