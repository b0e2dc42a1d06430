import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from '../rest/problem.js'
import { malformedRequest, unsupportedMediaType } from './errors.js'

/** Refuses requests that another program on the way may read in another way than this one does. */
export function refuseAmbiguousForms(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (headersNamed(request, 'host') > 1) {
      return sendProblem(reply, malformedRequest('There must be one Host header, not several.'))
    }
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() === 'identity') return undefined
    const detail = 'The body must be sent as it is, without a Content-Encoding.'
    return sendProblem(reply.header('accept-encoding', 'identity'), { ...unsupportedMediaType, detail })
  })
}

/** How often a header was sent. Of some headers Node keeps the first and drops the others. */
export function headersNamed({ raw }: FastifyRequest, name: string): number {
  return raw.rawHeaders.filter((header, at) => at % 2 === 0 && header.toLowerCase() === name).length
}
