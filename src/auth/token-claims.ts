import type { JWTHeaderParameters, JWTPayload } from 'jose'
import { AuthenticationError } from '../domain/access.js'
import { type Caller, isTenantId, tenantIdRule } from '../domain/actor.js'

/** The form of an issuer's access tokens. docs/how-to/connect-your-issuer.md has the settings for common products. */
export interface ClaimRules {
  /** The accepted values of `typ` in the header, in lower case. `none` accepts a header without `typ`. */
  readonly types: readonly string[]
  /** The accepted audiences. The token must name at least one of them. */
  readonly audiences: readonly string[]
  /** The claim with the audience. `none`: the prefix of the scopes identifies Tidemark. */
  readonly audienceClaim: string
  /** The claims with scopes. The first one that is not empty is used. */
  readonly scopeClaims: readonly string[]
  /** The prefix of Tidemark's scopes in a token. */
  readonly scopePrefix: string
  /** The claim with the tenant's id: its name, or its path with dots. */
  readonly tenantClaim: string
}

/** @throws AuthenticationError if a verified token is not an access token, or not for Tidemark */
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
 * Some issuers give access tokens and ID tokens the same type. An ID token has hashes or a nonce (OpenID Connect Core). Some
 * issuers name the kind of a token in a claim: Cognito in `token_use`, Keycloak in `typ`.
 */
function isOtherToken(claims: JWTPayload): boolean {
  const { token_use: use = 'access', typ = 'Bearer' } = claims
  if (use !== 'access' || !['Bearer', 'DPoP'].includes(String(typ))) return true
  return ['nonce', 'at_hash', 'c_hash', 's_hash'].some((claim) => claim in claims)
}

/** @throws AuthenticationError if the claims name no valid subject or tenant */
export function callerOf(claims: JWTPayload, rules: ClaimRules): Caller {
  const clientId = clientIdOf(claims)
  const subject = [claims.sub, clientId].find((id) => id !== undefined && id !== null && id !== '')
  if (!isSubject(subject)) throw new AuthenticationError('invalid', 'The token names no valid subject.')
  const granted = new Set(scopesOf(claims, rules))
  // An operator's token belongs to no tenant. The operator names a tenant with each call.
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

/** OpenID Connect permits 255 characters. Invisible characters are refused, because Tidemark stores and shows subjects. */
function isSubject(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u.test(value)
}

/** Null if the claim is missing. A list of one element is read as that element, and a whole number as its digits. */
function tenantOf(claims: JWTPayload, claim: string): unknown {
  const value = claimAt(claims, claim) ?? null
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  return typeof single === 'number' && Number.isSafeInteger(single) && single >= 0 ? String(single) : single
}

/** The scopes from a list or from a string with blanks (RFC 9068). Removes the prefix, and all scopes that lack it. */
function scopesOf(claims: JWTPayload, { scopeClaims, scopePrefix }: ClaimRules): string[] {
  const lists = scopeClaims.map((claim) => namesIn(claimAt(claims, claim)))
  const granted = lists.find((list) => list.length > 0) ?? []
  return granted.flatMap((scope) => (scope.startsWith(scopePrefix) ? [scope.slice(scopePrefix.length)] : []))
}

function namesIn(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? value.split(' ') : value
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string' && name !== '') : []
}

/** The claim of that name, which may be a URL with dots. Otherwise the name is a path through nested objects. */
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
