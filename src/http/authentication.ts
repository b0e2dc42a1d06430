import type { FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import { AuthenticationError } from '../domain/access.js'
import type { Actor } from '../domain/actor.js'
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
    const actor = await verified(request)
    requestLog.setCaller(request, actor)
    await limits.admitTenant(actor.tenantId)
    return actor
  }

  async function verified(request: FastifyRequest): Promise<Actor> {
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

/** Node keeps the first of several and says nothing: which one counts must not depend on who reads them. */
function authorizationHeaders({ raw }: FastifyRequest): number {
  return raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization').length
}
