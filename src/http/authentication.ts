import type { FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import { actorOf, AuthenticationError } from '../domain/access.js'
import type { Actor, Caller } from '../domain/actor.js'
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

/**
 * Finds the caller that a request's token speaks for, and holds its tenant to its limits. The one way in: every request
 * that GraphQL or REST acts upon has passed here.
 * It throws the errors of domain/access.
 */
export function authentication({
  verifier,
  originOf,
  limits,
  tenantRequests,
  requestLog,
}: AuthenticationParts): (request: FastifyRequest) => Promise<Actor> {
  return async (request) => {
    const caller = await verified(request)
    requestLog.setCaller(request, caller)
    // By whose token it is: an operator uses up its own rate, and a caller that names another tenant in vain does, too.
    const payer = caller.tenantId ?? `operator ${caller.subject}`
    await limits.admitTenant(payer)
    const actor = actorOf(caller, { named: namedTenant(request), address: originOf(request).address })
    requestLog.setCaller(request, actor)
    await tenantRequests.enter(request, payer)
    return actor
  }

  async function verified(request: FastifyRequest): Promise<Caller> {
    try {
      if (headersNamed(request, 'authorization') > 1) {
        throw new AuthenticationError('ambiguous', 'There must be one Authorization header, not several.')
      }
      return await verifier.verify(request.headers.authorization)
    } catch (error) {
      const isBadToken = error instanceof AuthenticationError && error.reason !== 'missing'
      if (isBadToken) await limits.noteBadToken(originOf(request).address)
      throw error
    }
  }
}

/** The tenant that the call names; two headers, which Node joins with a comma, can't be one. */
function namedTenant({ headers }: FastifyRequest): string | undefined {
  const named = headers['tidemark-tenant']
  return Array.isArray(named) ? named.join(', ') : named
}
