import type { FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import { actorOf, AuthenticationError } from '../domain/access.js'
import type { Actor, Caller } from '../domain/actor.js'
import type { RateLimits } from './rate-limits.js'
import type { RequestLog } from './request-log.js'

export interface AuthenticationParts {
  readonly verifier: TokenVerifier
  readonly limits: RateLimits
  readonly requestLog: RequestLog
}

/**
 * Finds the caller that a request's token speaks for, and holds its tenant to its rate. The one way in: every request
 * that GraphQL or REST acts upon has passed here.
 * It throws the errors of domain/access.
 */
export function authentication({
  verifier,
  limits,
  requestLog,
}: AuthenticationParts): (request: FastifyRequest) => Promise<Actor> {
  return async (request) => {
    const caller = await verified(request)
    requestLog.setCaller(request, caller)
    // By whose token it is: an operator uses up nobody else's rate, and whoever names another tenant in vain its own.
    await limits.admitTenant(caller.tenantId ?? `operator ${caller.subject}`)
    const actor = actorOf(caller, { named: namedTenant(request), address: request.ip })
    requestLog.setCaller(request, actor)
    return actor
  }

  async function verified(request: FastifyRequest): Promise<Caller> {
    try {
      if (authorizationHeaders(request) > 1) {
        throw new AuthenticationError('ambiguous', 'There must be one Authorization header, not several.')
      }
      return await verifier.verify(request.headers.authorization)
    } catch (error) {
      const isBadToken = error instanceof AuthenticationError && error.reason !== 'missing'
      if (isBadToken) await limits.noteBadToken(request.ip)
      throw error
    }
  }
}

/** The tenant that the call names; two headers, which Node joins with a comma, can't be one. */
function namedTenant({ headers }: FastifyRequest): string | undefined {
  const named = headers['tidemark-tenant']
  return Array.isArray(named) ? named.join(', ') : named
}

/** Node keeps the first of several and says nothing: which one counts must not depend on who reads them. */
function authorizationHeaders({ raw }: FastifyRequest): number {
  return raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization').length
}
