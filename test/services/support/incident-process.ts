import { openDatabase } from '../../../src/database/client.js'
import { createIncidentStore, type IncidentStore } from '../../../src/database/incidents/incident-store.js'
import type { ReportedFailure } from '../../../src/domain/incident.js'
import type { IncidentPlaces } from '../../../src/domain/incident-subject.js'
import { createIncidents, type Incidents } from '../../../src/services/incidents.js'
import { type AlertOptions, createAlerts } from '../../../src/telemetry/alerts.js'
import { replaceRegistration } from '../../../src/domain/registration.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { selected } from '../../support/world/builders.js'
import { type Stores, writeRegistration } from '../../support/world/stores.js'

export const places: IncidentPlaces = {
  sftp: 'sftp.example.com:22',
  source: 'warehouse:5432/analytics',
  database: 'postgres:5432/tidemark',
  temporal: 'temporal:7233/default',
  taskQueue: 'tidemark',
  issuer: 'https://issuer.example.com',
  email: 'mail.example.com:587',
}

/** What one process of Tidemark has for incidents. */
export interface IncidentProcess extends AsyncDisposable {
  readonly incidents: Incidents
  readonly store: IncidentStore
  /** Its log, a parsed line each. */
  readonly log: Record<string, unknown>[]
}

/** By default an incident that can heal is announced at once, and nothing is posted. */
export function startIncidentProcess(
  databaseUrl: string,
  { delayMs = 0, ...options }: AlertOptions & { readonly delayMs?: number } = {},
): IncidentProcess {
  const database = openDatabase({ url: databaseUrl, poolSize: 4 })
  const log: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) }
  const alerts = createAlerts(createLogger({ level: 'info', destination }), options)
  const store = createIncidentStore(database, { delayMs, isPosted: alerts.isPosted })
  const incidents = createIncidents({ store, alerts, places, delayMs })
  return {
    incidents,
    store,
    log,
    [Symbol.asyncDispose]: async () => {
      await incidents[Symbol.asyncDispose]()
      await alerts[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

/** Registers these entities for the tenant. */
export async function register(stores: Stores, tenantId: string, ...entities: string[]): Promise<void> {
  const by = { tenantId, by: 'tester', at: new Date() }
  await writeRegistration(stores, tenantId, (current) => replaceRegistration(current, selected(...entities), by))
}

export function aFailure(tenantId: string | null, overrides: Partial<ReportedFailure> = {}): ReportedFailure {
  return {
    code: 'SFTP_UNAVAILABLE',
    tenantId,
    entity: 'user',
    since: new Date('2026-11-22T00:00:00Z'),
    message: 'Connecting to sftp.example.com:22: connect ECONNREFUSED',
    runId: null,
    workflowId: tenantId && `export-${tenantId}`,
    attempt: 1,
    isFinal: false,
    ...overrides,
  }
}
