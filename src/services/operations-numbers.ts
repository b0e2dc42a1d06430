import type { ProcessStore } from '../database/operations/process-store.js'
import { processKinds } from '../domain/process.js'
import type { OperationsNumbers } from '../telemetry/operations-metrics.js'
import type { Tenants, TenantState } from './tenants.js'
import { isAlive } from './watch-processes.js'

export interface OperationsNumbersDependencies {
  readonly tenants: Pick<Tenants, 'list'>
  readonly processes: Pick<ProcessStore, 'list'>
  /** How long files may take after a boundary, unless the tenant has a grace of its own. */
  readonly graceMinutes: number
}

/** What metrics show of all tenants. */
export async function operationsNumbers(deps: OperationsNumbersDependencies): Promise<OperationsNumbers> {
  const [tenants, processes] = await Promise.all([deps.tenants.list(), deps.processes.list()])
  const alive = processes.filter(isAlive)
  return {
    overdueTenants: tenants.filter(({ overdue }) => overdue).length,
    oldestUnpublishedSeconds: oldestUnpublishedSeconds(tenants, deps.graceMinutes, Date.now()),
    openIncidents: [],
    pendingRegistrations: tenants.filter(({ scheduleState }) => scheduleState === 'PENDING').length,
    outboxAgeSeconds: null,
    processesAlive: Object.keys(processKinds).map((kind) => ({
      kind: kind.toLowerCase(),
      count: alive.filter((process) => process.kind === kind).length,
    })),
  }
}

/** The files of a window are expected at its end plus the grace. */
function oldestUnpublishedSeconds(tenants: readonly TenantState[], graceMinutes: number, now: number): number | null {
  const ages = tenants.flatMap((tenant) => {
    if (tenant.expectedBy === null) return []
    const end = tenant.expectedBy.getTime() - (tenant.graceMinutes ?? graceMinutes) * 60_000
    return end <= now ? [(now - end) / 1000] : []
  })
  return ages.length === 0 ? null : Math.max(...ages)
}
