import { type Actor, type Caller, commandActor, isTenantId, type Scope, tenantIdRule } from './actor.js'

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

export function missingToken(): AuthenticationError {
  return new AuthenticationError('missing', 'This needs a bearer token in the Authorization header.')
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
    why: string,
  ) {
    super(`${why} Try again in ${retryAfterSeconds} s.`)
  }
}

/** Who was denied something, as far as known: the tenant is the one whose audit log it is for. */
export interface Denied extends Caller, Pick<Actor, 'isOperator' | 'address'> {
  /** The other tenant that the call named in vain, where what it named can be one. */
  readonly named?: string
}

/** The caller is known, but its token does not permit this. */
export class InsufficientScopeError extends Error {
  override readonly name = 'InsufficientScopeError'
  constructor(
    readonly scope: Scope,
    readonly denied: Denied,
  ) {
    super(`This needs a token with the scope ${scope}.`)
  }
}

/** @throws InsufficientScopeError */
export function requireScope(actor: Actor, scope: Scope): void {
  if (!actor.scopes.has(scope)) throw new InsufficientScopeError(scope, actor)
}

/** A tenant was named that can't be one. The message says what would be right. */
export class InvalidTenantError extends Error {
  override readonly name = 'InvalidTenantError'
}

/**
 * Who acts, and for which tenant: the token's, or another one that the call names, as only an operator may.
 * @throws InsufficientScopeError where another tenant is named without the scope for it
 * @throws InvalidTenantError where an operator names what can't be a tenant, or none though its token has none either
 */
export function actorOf(caller: Caller, call: { named: string | undefined; address: string | null }): Actor {
  const { named, address } = call
  const own = named === undefined || named === caller.tenantId ? caller.tenantId : null
  if (own !== null) return { ...caller, tenantId: own, isOperator: false, address }
  if (!caller.scopes.has('exports:operate')) {
    const denied = { ...caller, isOperator: false, address, ...(isTenantId(named) && { named }) }
    throw new InsufficientScopeError('exports:operate', denied)
  }
  if (!isTenantId(named)) {
    throw new InvalidTenantError(`Name a tenant in the header Tidemark-Tenant. A tenant's id ${tenantIdRule}.`)
  }
  return { ...caller, tenantId: named, isOperator: true, address }
}

/** Who types a command for a tenant that the command line names. @throws InvalidTenantError */
export function commandActorFor(tenantId: string): Actor {
  if (isTenantId(tenantId)) return commandActor(tenantId)
  throw new InvalidTenantError(`${JSON.stringify(tenantId)} can't be the id of a tenant, which ${tenantIdRule}.`)
}
