import { setTimeout as delay } from 'node:timers/promises'
import type { Incidents } from './incidents.js'

const everyMs = 3000

/** Settles incidents and posts their notifications every few seconds, until the signal aborts. */
export async function keepIncidents(incidents: Incidents, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await incidents.settle()
    await incidents.deliver(signal)
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
