import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Metrics, rejectionReasons } from '../telemetry/metrics.js'

/** Measures each request by its route, never by its path, which may contain anything. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    if (isSubscription(reply)) return
    const status = reply.statusCode
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: String(status) }
    metrics.observe('tidemark_http_request_seconds', labels, reply.elapsedTime / 1000)
    const reason = rejectionReasons[status]
    if (reason !== undefined) metrics.add('tidemark_http_rejections_total', { reason })
  })
}

/** It lasts as long as its run, which says nothing about the time of a request. */
function isSubscription(reply: FastifyReply): boolean {
  return /^(?:text\/event-stream|multipart\/mixed)/.test(String(reply.getHeader('content-type')))
}
