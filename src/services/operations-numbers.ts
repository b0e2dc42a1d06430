import { severityOf } from '../domain/incident.js'
import { processKinds } from '../domain/process.js'
import type { OperationsNumbers } from '../telemetry/operations-metrics.js'
import { type OverviewDependencies, overviewOf } from './overview.js'

/** What metrics show of all tenants. */
export async function operationsNumbers(deps: OverviewDependencies): Promise<OperationsNumbers> {
  const [overview, open] = await Promise.all([overviewOf(deps), deps.incidents.countOpen()])
  const now = Date.now()
  const secondsSince = (at: Date | null): number | null => at && Math.max(0, (now - at.getTime()) / 1000)
  const alive = overview.processes.filter(({ isAlive }) => isAlive)
  return {
    overdueTenants: overview.overdue,
    oldestUnpublishedSeconds: secondsSince(overview.oldestUnpublished),
    openIncidents: open.map(({ code, count }) => ({ code, severity: severityOf(code), count })),
    pendingRegistrations: overview.registrationsPending,
    outboxAgeSeconds: secondsSince(overview.outboxSince),
    processesAlive: Object.keys(processKinds).map((kind) => ({
      kind: kind.toLowerCase(),
      count: alive.filter((process) => process.kind === kind).length,
    })),
  }
}
