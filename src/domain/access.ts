import type { Actor, Scope } from './actor.js'

/** The caller is not known: it showed no token, or one that is not good. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  constructor(
    readonly reason: 'missing' | 'invalid',
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
