import type { Actor, Scope } from './actor.js'

/** The caller is not known: it showed no token, one that is not good, or it can't be said which one it meant to show. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  constructor(
    readonly reason: 'missing' | 'invalid' | 'ambiguous',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** A token can't be judged now, since its issuer's keys can't be had. Trying again later can succeed. */
export class AuthenticationUnavailableError extends Error {
  override readonly name = 'AuthenticationUnavailableError'
}

/** The caller, or its address, has asked for too much in a short time. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError'
  constructor(
    readonly retryAfterSeconds: number,
    whose: string,
  ) {
    super(`Too many requests of ${whose} in a short time. Try again in ${retryAfterSeconds} s.`)
  }
}

/** The caller is known, but its token does not permit this. */
export class InsufficientScopeError extends Error {
  override readonly name = 'InsufficientScopeError'
  constructor(readonly scope: Scope) {
    super(`This needs a token with the scope ${scope}.`)
  }
}

/** @throws InsufficientScopeError */
export function requireScope(actor: Actor, scope: Scope): void {
  if (!actor.scopes.has(scope)) throw new InsufficientScopeError(scope)
}
