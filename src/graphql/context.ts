import type { Actor, Operator } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'
import { requireFewLines } from './limits.js'
import type { SubscriptionCall } from './subscriptions/subscription-call.js'

/** What resolvers know about the request. */
export interface GraphqlContext {
  /**
   * Undefined only if introspection is on and the request has no token. Such a caller can read only the schema. An operator
   * that names no tenant can only query what concerns all tenants.
   */
  readonly actor: Actor | Operator | undefined
  /** Undefined if the transport carries one answer only. */
  readonly subscription?: SubscriptionCall | undefined
  /** A further check of a mutation. @throws if the caller must log in again first */
  readonly admitChange?: ((actor: Actor | Operator) => void) | undefined
}

/** The context of a field after the authorization check has passed. */
export interface AuthorizedContext extends GraphqlContext {
  readonly actor: Actor
}

/** The same for a field over all tenants. */
export interface OperatorContext extends GraphqlContext {
  readonly actor: Actor | Operator
}

/**
 * The context of a request. A request without a valid token fails. If introspection is on, a request without an
 * `Authorization` header continues without an actor, so that tools can read the schema.
 */
export async function graphqlContext(options: {
  /** The document of the request, not validated. */
  readonly document: unknown
  readonly introspection: boolean
  readonly hasAuthorization: boolean
  readonly authenticate: () => Promise<Actor | Operator>
  readonly subscription?: SubscriptionCall | undefined
  readonly admitChange?: GraphqlContext['admitChange']
  readonly audit: Audit
  readonly logger: Logger
}): Promise<GraphqlContext> {
  const { subscription, admitChange } = options
  requireFewLines(options.document)
  if (options.introspection && !options.hasAuthorization) return { actor: undefined, subscription }
  try {
    return { actor: await options.authenticate(), subscription, admitChange }
  } catch (error) {
    throw await refusal(error, options)
  }
}
