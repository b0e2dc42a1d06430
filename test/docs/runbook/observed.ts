import type { Incident, IncidentCode } from '../../../src/domain/incident.js'
import type { Run } from '../../../src/domain/run.js'

/** What the runbook shows of a real failure, with the names of the runbook in place of those of the test. */
export interface Observed {
  readonly subject: string
  readonly message: string
  readonly tenantId: string | null
  readonly entity: string | null
  readonly files: number
  readonly failedRuns: number
  readonly attempts: number
  readonly run?: ObservedRun
}

export interface ObservedRun {
  readonly status: string
  readonly trigger: string
  readonly error: object | null
  readonly entities: readonly object[]
}

export type ObservedFailures = Partial<Record<IncidentCode, Observed>>

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const runId = '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10'

/** Replaces what differs from test to test: addresses, names, ids, times, fingerprints and folders of a day. */
export function withNamesOfRunbook(text: string, names: Readonly<Record<string, string>>): string {
  const named = Object.entries(names).reduce((current, [name, shown]) => current.replaceAll(name, shown), text)
  return named
    .replace(uuid, runId)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-27T00:00:02.000Z')
    .replace(/\/\d{4}\/\d\d\/\d\d\//g, '/2026/11/27/')
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:3oXQPGVkD8yqV0Ee1rpSKfq9f8r0v7mVb2vQ3u1Yc5E')
}

/** If several entities failed alike, the first one stands for them: which one failed last is chance. */
export function observedOf(incident: Incident, run: Run | undefined): Observed {
  const { latest, files, failedRuns } = incident.extent
  const failed = run?.entities.filter(({ error }) => error?.code === incident.code) ?? []
  const shown = failed.length > 1 ? { message: failed[0]?.error?.message, entity: failed[0]?.entity } : {}
  const { message, tenantId, entity, attempts } = { ...latest, ...shown } as typeof latest
  const { subject } = incident
  return { subject, message, tenantId, entity, files, failedRuns, attempts, ...(run && { run: observedRun(run) }) }
}

export function observedRun(run: Run): ObservedRun {
  const { status, trigger, error } = run
  return { status, trigger, error, entities: run.entities.map(observedEntity) }
}

function observedEntity({ entity, status, mode, attempts, rows, error }: Run['entities'][number]): object {
  return { entity, status, mode, attempts, rows: rows === null ? null : Number(rows), error }
}
