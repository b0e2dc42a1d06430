import type { DeliveredTotals, TenantTotalsStore } from '../database/operations/tenant-totals.js'
import type { ProcessStore, StoredProcess } from '../database/operations/process-store.js'
import type { IncidentStore } from '../database/incidents/incident-store.js'
import { type IncidentCode, type IncidentSeverity, severityOf } from '../domain/incident.js'
import { namesOf } from '../domain/described.js'
import { processKinds } from '../domain/process.js'
import type { OperationsNumbers } from '../telemetry/operations-metrics.js'
import type { TenantState, Tenants } from './tenants.js'
import { isAlive } from './watch-processes.js'

/** The state of the whole deployment, in numbers. */
export interface Overview {
  readonly tenants: number
  /** Tenants whose export is neither disabled nor paused. */
  readonly active: number
  readonly paused: number
  readonly overdue: number
  readonly failing: number
  readonly runsQueued: number
  readonly runsRunning: number
  /** The boundary of the oldest files that are due and not published; null if there are none. */
  readonly oldestUnpublished: Date | null
  /** What was delivered in the last 24 hours. */
  readonly delivered: DeliveredTotals
  /** Registrations whose schedule in Temporal is not up to date. */
  readonly registrationsPending: number
  /** By code. */
  readonly openIncidents: readonly OpenIncidents[]
  /** When the oldest message was written that waits to be posted; null if none waits. */
  readonly outboxSince: Date | null
  readonly processes: readonly ProcessState[]
}

export interface ProcessState extends StoredProcess {
  readonly isAlive: boolean
}

export interface OpenIncidents {
  readonly code: IncidentCode
  readonly severity: IncidentSeverity
  readonly count: number
}

export interface OverviewDependencies {
  readonly tenants: Pick<Tenants, 'list'>
  readonly tenantTotals: Pick<TenantTotalsStore, 'delivered'>
  readonly processes: Pick<ProcessStore, 'list'>
  readonly incidents: Pick<IncidentStore, 'countOpen' | 'oldestWaiting'>
}

/** For the platform's operators. Processes that have stopped in an orderly way are left out. */
export async function overviewOf(deps: OverviewDependencies): Promise<Overview> {
  const [tenants, processes, open, outboxSince, delivered] = await Promise.all([
    deps.tenants.list(),
    deps.processes.list(),
    deps.incidents.countOpen(),
    deps.incidents.oldestWaiting(),
    deps.tenantTotals.delivered(1),
  ])
  return {
    ...numbersOf(tenants, new Date()),
    openIncidents: open.map((each) => ({ ...each, severity: severityOf(each.code) })),
    outboxSince,
    delivered: sumOf(delivered.values()),
    processes: processes
      .filter(({ stoppedAt }) => stoppedAt === null)
      .map((process) => ({ ...process, isAlive: isAlive(process) })),
  }
}

function sumOf(totals: Iterable<DeliveredTotals>): DeliveredTotals {
  const sum = { files: 0, rows: 0, bytes: 0 }
  for (const { files, rows, bytes } of totals) {
    sum.files += files
    sum.rows += rows
    sum.bytes += bytes
  }
  return sum
}

function numbersOf(tenants: readonly TenantState[], now: Date) {
  const count = (is: (tenant: TenantState) => boolean): number => tenants.filter(is).length
  const due = tenants.flatMap(({ dueAt }) => (dueAt !== null && dueAt <= now ? [dueAt.getTime()] : []))
  return {
    tenants: tenants.length,
    active: count(({ exportOption, isPaused }) => exportOption !== 'DISABLE_EXPORT' && !isPaused),
    paused: count(({ exportOption, isPaused }) => exportOption !== 'DISABLE_EXPORT' && isPaused),
    overdue: count(({ overdue }) => overdue),
    failing: count(({ isFailing }) => isFailing),
    runsQueued: count(({ queuedRunId }) => queuedRunId !== null),
    runsRunning: count(({ runningRunId }) => runningRunId !== null),
    oldestUnpublished: due.length === 0 ? null : new Date(due.reduce((oldest, at) => Math.min(oldest, at))),
    registrationsPending: count(({ scheduleState }) => scheduleState === 'PENDING'),
  }
}

/** The overview as metrics have it. */
export function operationsNumbers(overview: Overview, now = new Date()): OperationsNumbers {
  const ageOf = (time: Date | null): number | null => (time === null ? null : (now.getTime() - time.getTime()) / 1000)
  const alive = overview.processes.filter((process) => process.isAlive)
  return {
    overdueTenants: overview.overdue,
    oldestUnpublishedSeconds: ageOf(overview.oldestUnpublished),
    openIncidents: overview.openIncidents,
    pendingRegistrations: overview.registrationsPending,
    outboxAgeSeconds: ageOf(overview.outboxSince),
    processesAlive: namesOf(processKinds).map((kind) => ({
      kind,
      count: alive.filter((process) => process.kind === kind).length,
    })),
  }
}
