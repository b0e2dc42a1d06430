import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '../telemetry/logger.js'
import { isHealthCheck } from './health.js'

export interface RequestLog {
  /** Adds the tenant to the line of a request. */
  setTenant(request: FastifyRequest, tenantId: string): void
}

/**
 * One log line for each request, and its id in the answer as `x-request-id`. Headers, bodies and query strings are
 * never logged: they may hold tokens and personal data.
 */
export function logRequests(app: FastifyInstance, logger: Logger): RequestLog {
  const tenants = new WeakMap<FastifyRequest, string>()
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request)
    const level = isHealthCheck(path) ? 'debug' : 'info'
    logger[level](
      {
        requestId: request.id,
        method: request.method,
        path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        tenantId: tenants.get(request),
        address: request.ip,
      },
      'request',
    )
  })
  return { setTenant: (request, tenantId) => void tenants.set(request, tenantId) }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
