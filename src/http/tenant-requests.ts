import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimitedError } from '../domain/access.js'
import { KeyedSemaphore, type Release } from '../domain/semaphore.js'

/** Requests of one caller that wait for their turn. */
const mostWaiting = 100
/** A page of a front end does not send more at once: while more wait, they are a flood, and others come first. */
const crowd = 10
/** Answers of one caller that are sent, and not read yet: each is held in memory. */
const mostUnread = 20

export interface TenantRequests {
  /**
   * Waits until one more of a caller's requests may be worked on.
   * @throws RateLimitedError, after a second or so, where too many wait already or too many answers are not read
   */
  readonly enter: (request: FastifyRequest, key: string) => Promise<void>
}

/**
 * Holds each caller, that is each tenant, to `atOnce` requests that are worked on at the same time; to one, while more
 * than ten wait.
 */
export function boundTenantRequests(app: FastifyInstance, atOnce: number): TenantRequests {
  const semaphore = new KeyedSemaphore(atOnce, crowd)
  const unread = countedKeys()
  const answers = new WeakMap<FastifyRequest, ServerResponse>()
  const entered = new WeakMap<FastifyRequest, { readonly key: string; readonly release: Release }>()
  app.addHook('onRequest', async (request, reply) => void answers.set(request, reply.raw))
  app.addHook('onSend', async (request, reply, payload) => {
    const turn = entered.get(request)
    if (turn) {
      turn.release()
      finished(reply.raw, unread.add(turn.key))
    }
    return payload
  })
  return {
    enter: async (request, key) => {
      if (semaphore.waiting(key) >= mostWaiting || unread.of(key) >= mostUnread) {
        await delay(refusalMs())
        throw new RateLimitedError(1, 'This tenant has too many requests under way.')
      }
      const release = await semaphore.acquire(key)
      entered.set(request, { key, release })
      const answer = answers.get(request)
      if (answer) finished(answer, release)
    },
  }
}

/**
 * A client that calls again as soon as it is refused would keep the process busy with refusals. They come at random times, or
 * all of its connections would call again at once.
 */
function refusalMs(): number {
  return 500 + Math.random() * 1500
}

/** Counts by key. */
function countedKeys() {
  const counts = new Map<string, number>()
  const change = (key: string, by: number): void => {
    const count = (counts.get(key) ?? 0) + by
    if (count > 0) counts.set(key, count)
    else counts.delete(key)
  }
  return {
    of: (key: string): number => counts.get(key) ?? 0,
    /** Counts one more, until the function that it gives is called. */
    add: (key: string): (() => void) => {
      change(key, 1)
      return () => change(key, -1)
    },
  }
}
