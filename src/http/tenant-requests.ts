import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimitedError } from '../domain/access.js'
import { KeyedTurns } from '../domain/turns.js'

/** Requests that wait for their turn, for each one that has it. */
const waitingForEach = 10

export interface TenantRequests {
  /**
   * Waits until one of a caller's requests may be answered. It counts until its answer is sent, or its connection closed: a
   * caller that does not read has an answer in memory.
   * @throws RateLimitedError where too many wait already
   */
  readonly enter: (request: FastifyRequest, key: string) => Promise<void>
}

/** Holds each caller, that is each tenant, to `atOnce` requests at the same time. */
export function boundTenantRequests(app: FastifyInstance, atOnce: number): TenantRequests {
  const turns = new KeyedTurns(atOnce)
  const answers = new WeakMap<FastifyRequest, ServerResponse>()
  app.addHook('onRequest', async (request, reply) => void answers.set(request, reply.raw))
  return {
    enter: async (request, key) => {
      if (turns.waiting(key) >= atOnce * waitingForEach) {
        throw new RateLimitedError(1, 'This tenant has too many requests under way.')
      }
      const release = await turns.acquire(key)
      const answer = answers.get(request)
      if (answer && !answer.destroyed) finished(answer, release)
      else release()
    },
  }
}
