import type { FastifyInstance, FastifyRequest } from 'fastify'
import { beginRequestSpan, type RequestSpan } from '../telemetry/tracing.js'

/**
 * Gives each request a span, if traces are on. It must be the first hook. The parser of the body leaves the context of the
 * request, so the hook `preValidation` enters it again.
 */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()
  const enter = (request: FastifyRequest, done: () => void): void => {
    const span = spans.get(request)
    if (span) span.run(done)
    else done()
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const span = beginRequestSpan(request.method, request.headers)
    if (span) spans.set(request, span)
    enter(request, done)
  })
  app.addHook('preValidation', (request, _reply, done) => enter(request, done))
  app.addHook('onResponse', (request, reply, done) => {
    spans.get(request)?.end({ status: reply.statusCode, route: request.routeOptions.url ?? 'none' })
    enter(request, done)
  })
}
