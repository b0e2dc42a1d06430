import type { FastifyInstance, FastifyReply } from 'fastify'

/** A page of 100 runs with 26 entities in full has about 2 MB. */
const maxBytes = 4_000_000

/**
 * Holds each answer to a size, and to the time in which a caller must have read it. An answer waits in memory for as long
 * as its caller does not read it.
 */
export function boundAnswers(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onSend', async (request, reply, payload) => {
    endUnread(reply, timeoutMs)
    if (typeof payload !== 'string' || payload.length * 3 <= maxBytes || Buffer.byteLength(payload) <= maxBytes) {
      return payload
    }
    reply.code(400)
    return JSON.stringify(request.routeOptions.url === '/graphql' ? { errors: [graphqlError] } : problem)
  })
}

function endUnread({ raw }: FastifyReply, timeoutMs: number): void {
  const timer = setTimeout(() => raw.destroy(), timeoutMs)
  raw.once('close', () => clearTimeout(timer))
  raw.once('finish', () => clearTimeout(timer))
}

const message = `The answer is larger than ${maxBytes / 1_000_000} MB. Ask for less at a time.`
const graphqlError = { message, extensions: { code: 'OPERATION_TOO_LARGE' } }
const problem = { type: 'about:blank', status: 400, title: 'Bad Request', detail: message, code: 'ANSWER_TOO_LARGE' }
