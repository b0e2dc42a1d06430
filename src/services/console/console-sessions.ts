import { randomUUID } from 'node:crypto'
import type { LoginIssuer } from '../../auth/login-issuer.js'
import type { TokenVerifier } from '../../auth/token-verifier.js'
import type { ConsoleSessionStore } from '../../database/operations/console-session-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import { AuthenticationError } from '../../domain/access.js'
import type { Caller } from '../../domain/actor.js'
import { type AuditAction, auditEntry } from '../../domain/audit.js'
import { type IssuedTokens, type IssuerLogin, LoginError } from '../../domain/console-login.js'
import type { Events } from '../../telemetry/events.js'
import { renewedSession } from './renew-session.js'
import { hashOf, newSecret, seal } from './session-secret.js'
import { type ConsoleSession, openTokens, sessionEnded, sessionTokens } from './session-tokens.js'

/** A login that is about to become a session. */
export interface NewLogin extends IssuerLogin {
  /** The session that the login replaces. */
  readonly replaces: { readonly familyId: string } | undefined
  /** The user that the login must be, and when it began; only for a login that an operator's change needs. */
  readonly stepUp: { readonly subject: string; readonly since: Date } | undefined
  /** The browser's network address. */
  readonly address: string
}

export interface ConsoleSessions {
  /**
   * Verifies the access token as for every request, and makes a session. @returns the secret for the cookie
   * @throws LoginError, AuthenticationUnavailableError
   */
  begin(login: NewLogin): Promise<string>
  /**
   * Finds the session of a secret, and renews its tokens if that is due.
   * @throws AuthenticationError if the session has ended; AuthenticationUnavailableError if its tokens can't be renewed now
   */
  use(secret: string | undefined, address: string): Promise<ConsoleSession>
  /** Ends the session. @returns its tokens; undefined if there is no session */
  end(secret: string | undefined): Promise<IssuedTokens | undefined>
}

export interface ConsoleSessionDependencies {
  readonly sessions: ConsoleSessionStore
  readonly issuer: LoginIssuer
  readonly verifier: Pick<TokenVerifier, 'verify'>
  readonly transact: Transact
  readonly events: Pick<Events, 'consoleLogin' | 'consoleSessionReplayed' | 'auditNotKept'>
  readonly idleMinutes: number
  readonly maxHours: number
}

export function createConsoleSessions(deps: ConsoleSessionDependencies): ConsoleSessions {
  const { sessions, events, idleMinutes } = deps
  return {
    begin: async (login) => {
      const caller = await verified(deps, login.tokens)
      requireSameUser(login, caller)
      if (login.replaces) await sessions.end(login.replaces.familyId)
      const { tenantId, subject } = caller
      const secret = newSecret()
      const session = {
        secretHash: hashed(secret),
        familyId: randomUUID(),
        tenantId,
        subject,
        name: login.name ?? subject,
        tokens: seal(sessionTokens(login.tokens, caller), secret),
        authTime: login.authTime ?? (login.stepUp ? new Date() : null),
      }
      await keepAudit(deps, 'CONSOLE_LOGIN', session, login.address)
      await sessions.begin(session, deps.maxHours)
      events.consoleLogin(session)
      return secret
    },
    use: async (secret, address) => {
      const found = await find(deps, secret)
      if (!found) throw sessionEnded()
      const { session, hash } = found
      if (session.isReplayed) {
        await sessions.end(session.familyId)
        events.consoleSessionReplayed(session, address)
        await keepAudit(deps, 'CONSOLE_SESSION_REVOKED', session, address).catch(() => undefined)
      } else if (session.isOver) await sessions.end(session.familyId)
      if (session.isReplayed || session.isOver) throw sessionEnded()
      return renewedSession({ ...deps, find: async () => (await find(deps, secret))?.session }, session, {
        secret: found.secret,
        hash,
      })
    },
    end: async (secret) => {
      const found = await find(deps, secret)
      if (!found) return undefined
      await sessions.end(found.session.familyId)
      return openTokens(found.session, found.secret)
    },
  }

  async function find({ sessions: store }: ConsoleSessionDependencies, secret: string | undefined) {
    const hash = secret === undefined ? undefined : hashOf(secret)
    if (secret === undefined || hash === undefined) return undefined
    const session = await store.use(hash, idleMinutes)
    return session && { session, secret, hash }
  }
}

function hashed(secret: string): Buffer {
  const hash = hashOf(secret)
  if (!hash) throw new Error('a new secret has another form')
  return hash
}

/** A user whose token Tidemark does not accept has no access, and can do nothing about it. */
async function verified({ verifier }: ConsoleSessionDependencies, { accessToken }: IssuedTokens): Promise<Caller> {
  try {
    return await verifier.verify(`Bearer ${accessToken}`)
  } catch (error) {
    if (error instanceof AuthenticationError) throw new LoginError('NOT_PERMITTED', { cause: error })
    throw error
  }
}

/** The clocks of issuer and API may differ by this much. */
const clockDifferenceMs = 60_000

function requireSameUser({ stepUp, authTime }: NewLogin, { subject }: Caller): void {
  if (!stepUp) return
  if (subject !== stepUp.subject) throw new LoginError('OTHER_USER')
  // An issuer that does not say when it authenticated the user was asked to do so now.
  const isRecent = authTime === undefined || authTime.getTime() >= stepUp.since.getTime() - clockDifferenceMs
  if (!isRecent) throw new LoginError('NOT_RECENT')
}

/** The audit log belongs to a tenant. The logins of operators are in the log only. */
async function keepAudit(
  { transact, events }: ConsoleSessionDependencies,
  action: AuditAction,
  { tenantId, subject }: { readonly tenantId: string | null; readonly subject: string },
  address: string,
): Promise<void> {
  if (tenantId === null) return
  const entry = auditEntry({ tenantId, subject, clientId: null, isOperator: false, address }, action)
  try {
    await transact(tenantId, ({ audit }) => audit.keep(entry))
  } catch (error) {
    events.auditNotKept(entry, error)
    throw error
  }
}
