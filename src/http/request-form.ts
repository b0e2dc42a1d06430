import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from '../rest/problem.js'
import { malformedRequest, unsupportedMediaType } from './errors.js'

/** Refuses requests that a proxy might read differently than this server. */
export function refuseAmbiguousForms(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (headersNamed(request, 'host') > 1) {
      return sendProblem(reply, malformedRequest('The request has several Host headers. Send exactly one.'))
    }
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() === 'identity') return undefined
    const detail = 'The body has a Content-Encoding, which is not supported. Send it without compression.'
    return sendProblem(reply.header('accept-encoding', 'identity'), { ...unsupportedMediaType, detail })
  })
}

/** The number of headers with this name. For some headers, Node keeps only the first. */
export function headersNamed({ raw }: FastifyRequest, name: string): number {
  return raw.rawHeaders.filter((header, at) => at % 2 === 0 && header.toLowerCase() === name).length
}
