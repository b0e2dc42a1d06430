import type { Metrics, Sample } from './metrics.js'

/** What Tidemark's database says about all tenants. */
export interface OperationsNumbers {
  readonly overdueTenants: number
  /** How long ago the oldest window that should be published and is not published ended; null if there is none. */
  readonly oldestUnpublishedSeconds: number | null
  readonly openIncidents: readonly { readonly code: string; readonly severity: string; readonly count: number }[]
  readonly pendingRegistrations: number
  /** The age of the oldest message that waits to be posted; null if there is none. */
  readonly outboxAgeSeconds: number | null
  readonly processesAlive: readonly { readonly kind: string; readonly count: number }[]
}

/** Several servers of Prometheus may scrape at the same time, and each of these numbers costs a query. */
const cachedMs = 15_000

/** Adds the numbers of all tenants to the metrics. They are read for each scrape, and kept for 15 seconds. */
export function watchOperations(metrics: Metrics, read: () => Promise<OperationsNumbers>): void {
  let latest: { readonly at: number; readonly samples: Promise<readonly Sample[]> } | undefined
  metrics.watchOnce('operations', () => {
    if (latest === undefined || performance.now() - latest.at > cachedMs) {
      latest = { at: performance.now(), samples: read().then(samplesOf) }
    }
    return latest.samples
  })
}

function samplesOf(numbers: OperationsNumbers): readonly Sample[] {
  return [
    ['tidemark_overdue_tenants', {}, numbers.overdueTenants],
    ['tidemark_oldest_unpublished_window_seconds', {}, numbers.oldestUnpublishedSeconds ?? 0],
    ['tidemark_registrations_pending', {}, numbers.pendingRegistrations],
    ['tidemark_outbox_age_seconds', {}, numbers.outboxAgeSeconds ?? 0],
    ...numbers.openIncidents.map(({ code, severity, count }): Sample => [
      'tidemark_incidents_open',
      { code, severity },
      count,
    ]),
    ...numbers.processesAlive.map(({ kind, count }): Sample => ['tidemark_processes_alive', { kind }, count]),
  ]
}
