import { errors, jwtVerify, type JWTVerifyOptions, type JWTVerifyResult } from 'jose'
import { AuthenticationError, AuthenticationUnavailableError, missingToken } from '../domain/access.js'
import type { Caller } from '../domain/actor.js'
import { callerOf, type ClaimRules, requireAccessToken } from './token-claims.js'
import { issuerKeys, type IssuerKeys, type KeyLookup } from './issuer-keys.js'
import { knownTokens } from './known-tokens.js'

export interface TokenVerifierOptions extends ClaimRules {
  /** The `iss` of every accepted token. */
  readonly issuer: string
  /** By default it is read from the issuer's metadata. */
  readonly jwksUrl?: string | undefined
  /** The accepted signature algorithms. All are asymmetric. */
  readonly algorithms: readonly string[]
  /** The accepted difference between the issuer's clock and ours. */
  readonly clockToleranceSeconds: number
}

export interface TokenVerifier {
  /**
   * Returns the caller that the bearer token of an `Authorization` header identifies.
   * @throws AuthenticationError if there is no token, or it is not valid
   * @throws AuthenticationUnavailableError if the issuer's keys can't be fetched
   */
  verify(authorizationHeader: string | undefined): Promise<Caller>
  /** See {@link IssuerKeys.condition}. */
  keysCondition: IssuerKeys['condition']
}

const maxHeaderLength = 8_192

/** Accepts signed JWT access tokens, in the form of RFC 9068 or in the form that the options describe. */
export function createTokenVerifier(options: TokenVerifierOptions, fetch?: typeof globalThis.fetch): TokenVerifier {
  const keys = issuerKeys(options.issuer, options.jwksUrl, fetch)
  const expectations = {
    issuer: options.issuer,
    algorithms: [...options.algorithms],
    requiredClaims: ['exp'],
    clockTolerance: options.clockToleranceSeconds,
  }
  const known = knownTokens(options.clockToleranceSeconds)
  return {
    keysCondition: () => keys.condition(),
    async verify(authorizationHeader) {
      const token = bearerToken(authorizationHeader)
      const edition = await keys.edition()
      const before = known.find(token, edition)
      if (before) return before
      try {
        const { protectedHeader, payload } = await verifiedBy(keys.find, token, expectations)
        requireAccessToken(protectedHeader, payload, options)
        const { exp = 0 } = payload
        const validUntil = new Date((exp + options.clockToleranceSeconds) * 1000)
        const caller = { ...callerOf(payload, options), validUntil }
        known.keep(token, edition, caller, exp)
        return caller
      } catch (error) {
        if (error instanceof AuthenticationError || error instanceof AuthenticationUnavailableError) throw error
        throw new AuthenticationError('invalid', whyRefused(error), { cause: error })
      }
    },
  }
}

/** A token without a key id is tried with each key of its algorithm. */
async function verifiedBy(find: KeyLookup, token: string, expectations: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, find, expectations)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const verified = await jwtVerify(token, key, expectations).catch((failure: unknown) => {
        if (failure instanceof errors.JWSSignatureVerificationFailed) return undefined
        throw failure
      })
      if (verified) return verified
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

function bearerToken(header: string | undefined): string {
  // Another scheme, such as Basic, counts as no token. The challenge in the answer names the accepted scheme.
  if (header === undefined || !/^bearer( |$)/i.test(header)) throw missingToken()
  if (header.length > maxHeaderLength) throw new AuthenticationError('invalid', 'The token is too long.')
  return header.slice('bearer'.length).trim()
}

/** Describes the problem without quoting the token. */
function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed) return `The token's ${error.claim} is not acceptable.`
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token's signature algorithm is not acceptable."
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that its issuer does not have.'
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is wrong."
  return 'The token is not a valid JWT access token.'
}
