import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from '../../database/event-store.js'
import type { Logger } from '../../telemetry/logger.js'

/** Callers that wait for the next event of a tenant. */
export interface EventFollowers {
  /** Returns when the tenant may have an event after that number, or when the signal aborts. */
  eventPast(tenantId: string, number: number, signal: AbortSignal): Promise<void>
}

/** How often the outbox is looked at. */
const everyMs = 1_000

interface Waiting {
  readonly tenantId: string
  readonly number: number
  readonly wake: () => void
}

/** Looks at the outbox about once a second while callers wait: one statement for all of them. */
export function createEventFollowers({
  tenantEvents,
  logger,
  pollMs = everyMs,
}: {
  readonly tenantEvents: Pick<EventStore, 'tenantsWithEventsPast'>
  readonly logger: Logger
  readonly pollMs?: number
}): EventFollowers {
  const waiting = new Set<Waiting>()
  let isPolling = false

  const poll = async (): Promise<void> => {
    let isFailing = false
    while (waiting.size > 0) {
      try {
        const found = new Set(await tenantEvents.tenantsWithEventsPast(lowestPositions(waiting)))
        for (const { tenantId, wake } of waiting) if (found.has(tenantId)) wake()
        isFailing = false
      } catch (error) {
        if (!isFailing) logger.warn({ err: error }, 'new events cannot be looked up; they are looked up again')
        isFailing = true
      }
      await delay(pollMs)
    }
    isPolling = false
  }

  const join = (entry: Waiting, signal: AbortSignal): void => {
    signal.addEventListener('abort', entry.wake)
    waiting.add(entry)
    if (isPolling) return
    isPolling = true
    void poll()
  }

  return {
    eventPast: (tenantId, number, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(entry)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const entry: Waiting = { tenantId, number, wake }
        if (signal.aborted) resolve()
        else join(entry, signal)
      }),
  }
}

/** A follower that has read less than another one of its tenant decides. */
function lowestPositions(waiting: Iterable<Waiting>): ReadonlyMap<string, number> {
  const positions = new Map<string, number>()
  for (const { tenantId, number } of waiting) {
    positions.set(tenantId, Math.min(number, positions.get(tenantId) ?? Infinity))
  }
  return positions
}
