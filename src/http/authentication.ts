import type { FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import { actorOf, AuthenticationError } from '../domain/access.js'
import type { Actor, Caller, Operator } from '../domain/actor.js'
import type { ShownCredentials } from '../graphql/subscriptions/web-socket-protocol.js'
import type { RateLimits } from './rate-limits.js'
import { headersNamed } from './request-form.js'
import type { RequestLog } from './request-log.js'
import type { RequestOrigin } from './request-origin.js'
import type { TenantRequests } from './tenant-requests.js'

export interface AuthenticationParts {
  readonly verifier: TokenVerifier
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly limits: RateLimits
  readonly tenantRequests: TenantRequests
  readonly requestLog: RequestLog
}

/** The credentials of a caller in place of the headers of its request. */
export interface Shown extends ShownCredentials {
  /** They are for this one request, and not for a connection that stays open. */
  readonly isForRequest?: boolean
}

export type Authenticate = (request: FastifyRequest, shown?: Shown) => Promise<Actor | Operator>

/**
 * Finds the caller that a request's token names, and checks the limits of its tenant. Every request to GraphQL and REST
 * passes this function. It throws the errors of domain/access.
 */
export function authentication({
  verifier,
  originOf,
  limits,
  tenantRequests,
  requestLog,
}: AuthenticationParts): Authenticate {
  return async (request, shown) => {
    const caller = await verified(request, shown ?? request.headers)
    requestLog.setCaller(request, caller)
    // The rate limit is that of the token's tenant, or that of the operator, whichever tenant the call names.
    const payer = caller.tenantId ?? `operator ${caller.subject}`
    await limits.admitTenant(payer)
    const actor = actorOf(caller, {
      named: shown ? shown.tenant : namedTenant(request),
      address: originOf(request).address,
    })
    requestLog.setCaller(request, actor)
    // A connection that stays open is not a request in progress. It has limits of its own.
    if (!shown || shown.isForRequest) await tenantRequests.enter(request, payer)
    return actor
  }

  async function verified(
    request: FastifyRequest,
    { authorization }: { readonly authorization?: string | undefined },
  ): Promise<Caller> {
    try {
      if (headersNamed(request, 'authorization') > 1) {
        throw new AuthenticationError('ambiguous', 'The request has several Authorization headers. Send exactly one.')
      }
      return await verifier.verify(authorization)
    } catch (error) {
      const isBadToken = error instanceof AuthenticationError && error.reason !== 'missing'
      if (isBadToken) await limits.noteBadToken(originOf(request).address)
      throw error
    }
  }
}

/** The tenant that the call names. Node joins two headers with a comma, which is not a valid id. */
export function namedTenant({ headers }: FastifyRequest): string | undefined {
  const named = headers['tidemark-tenant']
  return Array.isArray(named) ? named.join(', ') : named
}
