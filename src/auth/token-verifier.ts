import { errors, type JWTPayload, jwtVerify } from 'jose'
import { AuthenticationError, AuthenticationUnavailableError, missingToken } from '../domain/access.js'
import { type Caller, isTenantId } from '../domain/actor.js'
import { issuerKeys } from './issuer-keys.js'
import { knownTokens } from './known-tokens.js'

export interface TokenVerifierOptions {
  /** The `iss` of every accepted token. */
  readonly issuer: string
  /** Must be among the `aud` of every accepted token. */
  readonly audience: string
  /** Read from the issuer's metadata where it is not given. */
  readonly jwksUrl?: string | undefined
  /** The claim that holds the tenant's id. */
  readonly tenantClaim: string
  /** The accepted signature algorithms, asymmetric ones. */
  readonly algorithms: readonly string[]
}

export interface TokenVerifier {
  /**
   * The caller that the bearer token of an `Authorization` header speaks for.
   * @throws AuthenticationError where there is no token or it is not good
   * @throws AuthenticationUnavailableError where the issuer's keys can't be had
   */
  verify(authorizationHeader: string | undefined): Promise<Caller>
}

const maxHeaderLength = 8_192
const clockToleranceSeconds = 5

/** Accepts JWT access tokens as RFC 9068 defines them. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const keys = issuerKeys(options.issuer, options.jwksUrl)
  const expectations = {
    issuer: options.issuer,
    audience: options.audience,
    algorithms: [...options.algorithms],
    typ: 'at+jwt',
    requiredClaims: ['exp'],
    clockTolerance: clockToleranceSeconds,
  }
  const known = knownTokens(clockToleranceSeconds)
  return {
    async verify(authorizationHeader) {
      const token = bearerToken(authorizationHeader)
      const edition = await keys.edition()
      const before = known.find(token, edition)
      if (before) return before
      try {
        const { payload } = await jwtVerify(token, keys.find, expectations)
        const caller = callerOf(payload, options.tenantClaim)
        known.keep(token, edition, caller, payload.exp ?? 0)
        return caller
      } catch (error) {
        if (error instanceof AuthenticationError || error instanceof AuthenticationUnavailableError) throw error
        throw new AuthenticationError('invalid', whyRefused(error), { cause: error })
      }
    },
  }
}

function bearerToken(header: string | undefined): string {
  // Another scheme, such as Basic, counts as no token: the challenge then says what would be taken.
  if (header === undefined || !/^bearer( |$)/i.test(header)) throw missingToken()
  if (header.length > maxHeaderLength) throw new AuthenticationError('invalid', 'The token is too long.')
  return header.slice('bearer'.length).trim()
}

function callerOf(claims: JWTPayload, tenantClaim: string): Caller {
  const subject = [claims.sub, claims['client_id']].find((id) => id !== undefined && id !== '')
  if (!isSubject(subject)) throw new AuthenticationError('invalid', 'The token names no valid subject.')
  const clientId = isSubject(claims['client_id']) ? claims['client_id'] : null
  const granted = new Set(scopesOf(claims))
  // An operator's token is nobody's in particular: it names a tenant with each call.
  const tenantId = claims[tenantClaim] ?? null
  const hasTenant = isTenantId(tenantId) || (tenantId === null && granted.has('exports:operate'))
  if (!hasTenant) throw new AuthenticationError('invalid', 'The token names no valid tenant.')
  return { tenantId, subject, clientId, scopes: granted }
}

/** Fit to be kept and shown: OpenID Connect permits 255 characters; of those that can't be seen, none is of use. */
function isSubject(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u.test(value)
}

/** `scope` is RFC 9068's, a string with blanks; some issuers put a list, or call it `scp`. */
function scopesOf(claims: JWTPayload): string[] {
  const value = claims['scope'] ?? claims['scp']
  if (typeof value === 'string') return value.split(' ')
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : []
}

/** Says what is wrong without repeating anything that the token holds. */
function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed) return `The token's ${error.claim} is not acceptable.`
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token's signature algorithm is not acceptable."
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that its issuer does not have.'
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is wrong."
  return 'The token is not a valid JWT access token.'
}
