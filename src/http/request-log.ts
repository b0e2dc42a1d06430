import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../domain/actor.js'
import type { Logger } from '../telemetry/logger.js'
import { isHealthCheck } from './health.js'
import type { RequestOrigin } from './request-origin.js'

export interface RequestLog {
  /** Adds the caller to the log line of a request. */
  setCaller(request: FastifyRequest, caller: Caller): void
  /** Writes the log line of something that is no HTTP response: a WebSocket, or a subscription that it carries. */
  write(request: FastifyRequest, line: { readonly method: string; readonly status: number; readonly ms: number }): void
}

/** The statuses of refused callers: no valid token, a missing scope, too many requests. */
const refusals = new Set([401, 403, 429])

/**
 * Writes one log line for each request, and returns the request id in the header `x-request-id`. Headers, bodies and query
 * strings are never logged, because they may contain tokens and personal data. The log line has the status of the response,
 * so it is the one place that shows a refusal.
 */
export function logRequests(
  app: FastifyInstance,
  originOf: (request: FastifyRequest) => RequestOrigin,
  logger: Logger,
): RequestLog {
  const callers = new WeakMap<FastifyRequest, Caller>()
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  const write: RequestLog['write'] = (request, { method, status, ms }) => {
    const path = pathOf(request)
    const isRefused = refusals.has(status)
    const caller = callers.get(request)
    const level = isRefused ? 'warn' : isHealthCheck(path) ? 'debug' : 'info'
    logger[level](
      {
        requestId: request.id,
        method,
        path,
        status,
        ms: Math.round(ms),
        tenantId: caller?.tenantId,
        ...(isRefused && { subject: caller?.subject, address: originOf(request).address }),
      },
      isRefused ? 'request refused' : 'request',
    )
  }
  app.addHook('onResponse', async (request, reply) => {
    write(request, { method: request.method, status: reply.statusCode, ms: reply.elapsedTime })
  })
  return { setCaller: (request, caller) => void callers.set(request, caller), write }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
