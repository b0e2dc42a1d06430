import { setTimeout as delay } from 'node:timers/promises'
import type { ConsoleSessionStore, StoredConsoleSession } from '../../database/operations/console-session-store.js'
import { AuthenticationError, AuthenticationUnavailableError } from '../../domain/access.js'
import { type IssuedTokens, LoginError } from '../../domain/console-login.js'
import type { LoginIssuer } from '../../auth/login-issuer.js'
import type { TokenVerifier } from '../../auth/token-verifier.js'
import { hashOf, newSecret, seal } from './session-secret.js'
import { type ConsoleSession, openTokens, sessionEnded, sessionTokens, type SessionTokens } from './session-tokens.js'

/** Tokens are renewed this long before they expire, or in the last third of a short life. */
const marginMs = 60_000
/** A process that dies while it renews tokens keeps the others from it for this long. It is longer than the issuer may take. */
const reservedSeconds = 15
/** After the issuer did not answer, it is not asked again for this long while the tokens are valid. */
const pauseSeconds = 5
const pollMs = 100
const longestWaitMs = 20_000

export interface RenewDependencies {
  readonly sessions: Pick<ConsoleSessionStore, 'reserveRenewal' | 'pauseRenewal' | 'renew' | 'end'>
  readonly issuer: Pick<LoginIssuer, 'refresh'>
  readonly verifier: Pick<TokenVerifier, 'verify'>
  /** Reads the session again; undefined if it has ended. */
  readonly find: () => Promise<StoredConsoleSession | undefined>
}

interface Key {
  readonly secret: string
  readonly hash: Uint8Array
}

/**
 * The session with tokens that are valid. One request at a time renews them, over all processes. The others go on with the old
 * tokens, or wait if those have expired. The renewing request gets a new secret. The old secret stays valid until the new one
 * is used, so that a lost answer does not end the session.
 */
export async function renewedSession(
  deps: RenewDependencies,
  stored: StoredConsoleSession,
  key: Key,
): Promise<ConsoleSession> {
  const waitUntil = Date.now() + longestWaitMs
  for (let session: StoredConsoleSession | undefined = stored; session; session = await deps.find()) {
    const tokens = openTokens(session, key.secret)
    const now = Date.now()
    const isRefreshDue = now >= refreshTime(tokens)
    const isDue = !session.isReplaced && (isRefreshDue || session.isRotationDue)
    if (isDue && (await deps.sessions.reserveRenewal(session, reservedSeconds))) {
      return renew(deps, { session, tokens, isRefreshDue }, key)
    }
    if (now < tokens.validUntil) return withTokens(session, tokens)
    // The secret was replaced, and the successor has had newer tokens since.
    if (session.isReplaced) throw sessionEnded()
    if (now > waitUntil) throw new AuthenticationUnavailableError('The tokens of the session are still being renewed.')
    await delay(pollMs)
  }
  throw sessionEnded()
}

/** Without a refresh token, the session ends with its access token. */
function refreshTime({ refreshToken, obtainedAt, validUntil }: SessionTokens): number {
  return refreshToken === undefined ? validUntil : validUntil - Math.min(marginMs, (validUntil - obtainedAt) / 3)
}

interface Renewal {
  readonly session: StoredConsoleSession
  readonly tokens: SessionTokens
  readonly isRefreshDue: boolean
}

async function renew(deps: RenewDependencies, renewal: Renewal, { secret, hash }: Key): Promise<ConsoleSession> {
  const { session } = renewal
  let tokens: SessionTokens
  try {
    tokens = renewal.isRefreshDue ? await refreshed(deps, renewal) : renewal.tokens
  } catch (error) {
    if (error instanceof LoginError) {
      await deps.sessions.end(session.familyId)
      throw sessionEnded({ cause: error })
    }
    // The tokens may be valid for another minute, in which the issuer may answer again.
    const canGoOn = error instanceof AuthenticationUnavailableError && Date.now() < renewal.tokens.validUntil
    await deps.sessions.pauseRenewal(hash, canGoOn ? pauseSeconds : 0)
    if (canGoOn) {
      return withTokens(session, renewal.tokens)
    }
    throw error
  }
  const successor = newSecret()
  const isAlive = await deps.sessions.renew(hash, seal(tokens, secret), {
    secretHash: hashOf(successor) ?? hash,
    tokens: seal(tokens, successor),
  })
  if (!isAlive) throw sessionEnded()
  return { ...withTokens(session, tokens), newSecret: successor }
}

/** @throws LoginError if the issuer has ended the session, or gives a token of another user */
async function refreshed(deps: RenewDependencies, { session, tokens }: Renewal): Promise<SessionTokens> {
  const issued: IssuedTokens = await deps.issuer.refresh(tokens)
  try {
    const caller = await deps.verifier.verify(`Bearer ${issued.accessToken}`)
    const isSame = caller.subject === session.subject && caller.tenantId === session.tenantId
    if (!isSame) throw new LoginError('OTHER_USER')
    return sessionTokens(issued, caller)
  } catch (error) {
    if (error instanceof AuthenticationError) throw new LoginError('NOT_PERMITTED', { cause: error })
    throw error
  }
}

function withTokens(session: StoredConsoleSession, tokens: SessionTokens): ConsoleSession {
  const { familyId, tenantId, subject, name, expiresAt, authAgeSeconds } = session
  return { familyId, tenantId, subject, name, expiresAt, authAgeSeconds, tokens }
}
