import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** A page of 100 runs with all fields of 26 entities has about 2 MB. */
const maxBytes = 4_000_000

/**
 * Limits the size of each response, and the time in which the caller must read it. A response stays in memory until its
 * caller has read it.
 */
export function boundAnswers(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onSend', async (request, reply, payload) => {
    // The stream of a subscription lasts as long as its run. It holds one result, and its heartbeats find a dead caller.
    if (payload instanceof Readable) return payload
    endUnread(reply, timeoutMs)
    if (typeof payload !== 'string' || payload.length * 3 <= maxBytes || Buffer.byteLength(payload) <= maxBytes) {
      return payload
    }
    reply.code(400)
    return JSON.stringify(graphqlPaths.has(request.routeOptions.url) ? { errors: [graphqlError] } : problem)
  })
}

function endUnread({ raw }: FastifyReply, timeoutMs: number): void {
  const timer = setTimeout(() => raw.destroy(), timeoutMs)
  raw.once('close', () => clearTimeout(timer))
  raw.once('finish', () => clearTimeout(timer))
}

const graphqlPaths: ReadonlySet<string | undefined> = new Set(['/graphql', '/console/graphql'])
const message = `The response is larger than ${maxBytes / 1_000_000} MB. Request less at a time.`
const graphqlError = { message, extensions: { code: 'OPERATION_TOO_LARGE' } }
const problem = { type: 'about:blank', status: 400, title: 'Bad Request', detail: message, code: 'ANSWER_TOO_LARGE' }
