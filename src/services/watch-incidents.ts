import type { Incidents } from './incidents.js'
import type { WatchStep } from './watch.js'

const everySeconds = 3

/**
 * Settles incidents, and posts their notifications. Each process does so, because each notices that Tidemark's own database does
 * not answer. The database itself lets one process at a time settle.
 */
export function incidentWatch({ settle, deliver }: Pick<Incidents, 'settle' | 'deliver'>): WatchStep[] {
  return [
    { name: 'incidents', everySeconds, inEachProcess: true, run: settle },
    { name: 'notifications', everySeconds, inEachProcess: true, run: deliver },
  ]
}
