import type { Actor } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'
import { requireFewLines } from './limits.js'

/** What resolvers know of the request. */
export interface GraphqlContext {
  /** Undefined only where introspection is on and no token was shown; the schema itself is all such a caller sees. */
  readonly actor: Actor | undefined
}

/** The context of a field that the authorization check has let through. */
export interface AuthorizedContext extends GraphqlContext {
  readonly actor: Actor
}

/**
 * The context of a request. One without a good token ends here; only where introspection is on, one without any
 * `Authorization` header goes on without an actor, so that tools can read the schema.
 */
export async function graphqlContext(options: {
  /** The request's document as it was sent, which may be anything. */
  readonly document: unknown
  readonly introspection: boolean
  readonly hasAuthorization: boolean
  readonly authenticate: () => Promise<Actor>
  readonly audit: Audit
  readonly logger: Logger
}): Promise<GraphqlContext> {
  requireFewLines(options.document)
  if (options.introspection && !options.hasAuthorization) return { actor: undefined }
  try {
    return { actor: await options.authenticate() }
  } catch (error) {
    throw await refusal(error, options)
  }
}
