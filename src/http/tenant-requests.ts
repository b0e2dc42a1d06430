import type { ServerResponse } from 'node:http'
import { finished, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimitedError } from '../domain/access.js'
import { KeyedSemaphore, type Release } from '../domain/semaphore.js'

/** The maximum number of waiting requests of one caller. */
const mostWaiting = 100
/** A front end does not send more requests at the same time. While more requests wait, other callers have priority. */
const crowd = 10
/** The maximum number of responses of one caller that are sent and not read yet. Each one stays in memory. */
const mostUnread = 20

export interface TenantRequests {
  /**
   * Waits until one more request of the caller can be processed.
   * @throws RateLimitedError, after about a second, if too many requests wait or too many responses are not read
   */
  readonly enter: (request: FastifyRequest, key: string) => Promise<void>
}

/**
 * Processes at most `atOnce` requests of a caller, which is a tenant or an operator, at the same time. While more than ten
 * requests wait, it processes one at a time.
 */
export function boundTenantRequests(app: FastifyInstance, atOnce: number): TenantRequests {
  const semaphore = new KeyedSemaphore(atOnce, crowd)
  const unread = countedKeys()
  const answers = new WeakMap<FastifyRequest, ServerResponse>()
  const entered = new WeakMap<FastifyRequest, { readonly key: string; readonly release: Release }>()
  app.addHook('onRequest', async (request, reply) => void answers.set(request, reply.raw))
  app.addHook('onSend', async (request, reply, payload) => {
    const entry = entered.get(request)
    if (entry) {
      entry.release()
      // The streams of subscriptions have a limit of their own.
      if (!(payload instanceof Readable)) finished(reply.raw, unread.add(entry.key))
    }
    return payload
  })
  return {
    enter: async (request, key) => {
      if (semaphore.waiting(key) >= mostWaiting || unread.of(key) >= mostUnread) {
        await delay(refusalMs())
        throw new RateLimitedError(1, 'This tenant has too many requests in progress.')
      }
      const release = await semaphore.acquire(key)
      entered.set(request, { key, release })
      const answer = answers.get(request)
      if (answer) finished(answer, release)
    },
  }
}

/**
 * Delays a refusal, so that a client that retries at once does not keep the process busy. The delay is random, so that
 * the connections of a client do not retry at the same time.
 */
function refusalMs(): number {
  return 500 + Math.random() * 1500
}

/** Counters by key. */
function countedKeys() {
  const counts = new Map<string, number>()
  const change = (key: string, by: number): void => {
    const count = (counts.get(key) ?? 0) + by
    if (count > 0) counts.set(key, count)
    else counts.delete(key)
  }
  return {
    of: (key: string): number => counts.get(key) ?? 0,
    /** Adds one until the returned function is called. */
    add: (key: string): (() => void) => {
      change(key, 1)
      return () => change(key, -1)
    },
  }
}
