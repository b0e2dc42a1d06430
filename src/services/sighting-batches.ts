import { setImmediate } from 'node:timers/promises'
import type { IncidentKey, Sighting } from '../database/incidents/incident-store.js'
import { KeyedSemaphore } from '../domain/semaphore.js'
import { within } from '../domain/within.js'

/** Writes what many callers see of one cause at the same time as few statements. */
export interface SightingBatches {
  /** Resolves when the sighting is written. */
  add(key: IncidentKey, sighting: Sighting): Promise<void>
  /** Waits at most that long for all that is being written. */
  flush(mostMs: number): Promise<void>
}

/** While a batch of a key is written, further sightings of it wait for the next batch. `write` never throws. */
export function createSightingBatches(
  write: (key: IncidentKey, sightings: readonly Sighting[]) => Promise<void>,
): SightingBatches {
  const writing = new KeyedSemaphore(1)
  const waiting = new Map<string, { readonly sightings: Sighting[]; readonly done: Promise<void> }>()
  const unfinished = new Set<Promise<void>>()

  const begin = (key: IncidentKey, name: string): { readonly sightings: Sighting[]; readonly done: Promise<void> } => {
    const sightings: Sighting[] = []
    const done = writing.run(name, async () => {
      // The entities of a run that has failed are reported one after the other.
      await setImmediate()
      waiting.delete(name)
      await write(key, sightings)
    })
    unfinished.add(done)
    void done.finally(() => unfinished.delete(done))
    return { sightings, done }
  }
  return {
    add: (key, sighting) => {
      const name = JSON.stringify([key.code, key.subject])
      const batch = waiting.get(name) ?? begin(key, name)
      waiting.set(name, batch)
      batch.sightings.push(sighting)
      return batch.done
    },
    flush: async (mostMs) => {
      await within(mostMs, Promise.all(unfinished))
    },
  }
}
