import type { Affected } from '../../../src/domain/incident.js'
import type { Incidents } from '../../../src/services/incidents.js'

export interface RecordedIncidents extends Pick<Incidents, 'observe'> {
  /** What was observed last, by code. */
  readonly last: Map<string, readonly Affected[]>
}

/** Keeps what the steps of the watch loop find. */
export function recordIncidents(): RecordedIncidents {
  const last = new Map<string, readonly Affected[]>()
  return { last, observe: async (code, _subject, affected) => void last.set(code, affected) }
}
