import type { StoredConsoleSession } from '../../database/operations/console-session-store.js'
import { AuthenticationError } from '../../domain/access.js'
import type { Caller } from '../../domain/actor.js'
import type { IssuedTokens } from '../../domain/console-login.js'
import { unseal } from './session-secret.js'

/** The tokens of a session, as they are encrypted. */
export interface SessionTokens extends IssuedTokens {
  readonly obtainedAt: number
  /** When Tidemark refuses the access token. */
  readonly validUntil: number
}

/** A console session during one request. */
export interface ConsoleSession extends Pick<
  StoredConsoleSession,
  'familyId' | 'tenantId' | 'subject' | 'name' | 'expiresAt' | 'authAgeSeconds'
> {
  readonly tokens: SessionTokens
  /** The secret for the cookie from now on; undefined if it stays the same. */
  readonly newSecret?: string
}

export function sessionTokens(tokens: IssuedTokens, { validUntil }: Caller): SessionTokens {
  return { ...tokens, obtainedAt: Date.now(), validUntil: validUntil?.getTime() ?? 0 }
}

export function openTokens({ tokens }: StoredConsoleSession, secret: string): SessionTokens {
  return unseal(tokens, secret) as SessionTokens
}

export function sessionEnded(options?: { readonly cause: unknown }): AuthenticationError {
  return new AuthenticationError('missing', 'There is no console session, or it has ended. Log in again.', options)
}
