import { type Actor, type Caller, commandActor, isTenantId, type Operator, type Scope, tenantIdRule } from './actor.js'

/** The caller is unknown: the request has no token, an invalid one, or more than one. */
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
  return new AuthenticationError(
    'missing',
    'The request has no token. Send a bearer token in the Authorization header.',
  )
}

/** A token can't be verified at the moment, because the keys of its issuer are unavailable. Trying again later can succeed. */
export class AuthenticationUnavailableError extends Error {
  override readonly name = 'AuthenticationUnavailableError'
}

/** The caller, or its address, has sent too many requests in a short time. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError'
  constructor(
    readonly retryAfterSeconds: number,
    why: string,
  ) {
    super(`${why} Try again in ${retryAfterSeconds} s.`)
  }
}

/** The process stops. Another process, or the same one after its restart, can answer. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError'
  constructor() {
    super('This process of Tidemark stops. Try again now.')
  }
}

/** The operator must log in again before a change, because its last login is too long ago (RFC 9470). */
export class StepUpRequiredError extends Error {
  override readonly name = 'StepUpRequiredError'
  constructor(readonly maxAgeSeconds: number) {
    super(`A change by an operator needs a login of the last ${maxAgeSeconds / 60} minutes. Log in again.`)
  }
}

/** The denied caller, as far as it is known. The tenant is the one whose audit log records the denial. */
export interface Denied extends Caller, Pick<Actor, 'isOperator' | 'address'> {
  /** The other tenant that the call named, if its id is valid. */
  readonly named?: string
}

/** The caller is known, but its token does not permit this. */
export class InsufficientScopeError extends Error {
  override readonly name = 'InsufficientScopeError'
  constructor(
    readonly scope: Scope,
    readonly denied: Denied,
  ) {
    super(`The token lacks the scope ${scope}. Request a token with this scope.`)
  }
}

/** @throws InsufficientScopeError */
export function requireScope(actor: Actor | Operator, scope: Scope): void {
  if (!actor.scopes.has(scope)) throw new InsufficientScopeError(scope, actor)
}

/** The id of a tenant is invalid. The message says what would be right. */
export class InvalidTenantError extends Error {
  override readonly name = 'InvalidTenantError'
}

/**
 * Who acts, and for which tenant: the token's tenant, or another one that the call names. Only an operator may name another, or
 * none.
 * @throws InsufficientScopeError if the call names another tenant without the scope for it
 * @throws InvalidTenantError if an operator names an invalid id
 */
export function actorOf(caller: Caller, call: { named: string | undefined; address: string | null }): Actor | Operator {
  const { named, address } = call
  const own = named === undefined || named === caller.tenantId ? caller.tenantId : null
  if (own !== null) return { ...caller, tenantId: own, isOperator: false, address }
  if (!caller.scopes.has('exports:operate')) {
    const denied = { ...caller, isOperator: false, address, ...(isTenantId(named) && { named }) }
    throw new InsufficientScopeError('exports:operate', denied)
  }
  if (named === undefined) return { ...caller, tenantId: null, isOperator: true, address }
  if (!isTenantId(named)) throw noValidTenant()
  return { ...caller, tenantId: named, isOperator: true, address }
}

/** @throws InvalidTenantError if the call concerns one tenant, and names none */
export function requireTenant(actor: Actor | Operator): Actor {
  if (actor.tenantId === null) throw noValidTenant()
  return actor
}

function noValidTenant(): InvalidTenantError {
  return new InvalidTenantError(
    `The call names no valid tenant. Name a tenant in the header Tidemark-Tenant. A tenant's id ${tenantIdRule}.`,
  )
}

/** The actor of a command, for the tenant that its command line names. @throws InvalidTenantError */
export function commandActorFor(tenantId: string): Actor {
  if (isTenantId(tenantId)) return commandActor(tenantId)
  throw new InvalidTenantError(`${JSON.stringify(tenantId)} is not a valid tenant id. A tenant's id ${tenantIdRule}.`)
}
