import type { RunStore } from '../database/run-store.js'
import { exportErrors, isUnavailable } from '../domain/errors.js'
import type { Run } from '../domain/run.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'

/** How long a run that was just asked for may be unknown to Temporal, in ms. */
const startGraceMs = 30_000

/** Younger runs are not looked at unasked: nearly all of them are alive. In ms. */
const staleMs = 60_000

export interface LostRunsDependencies {
  readonly runs: RunStore
  readonly gateway: RunGateway
  readonly events: Events
}

/**
 * Ends the lost runs of all tenants, so that nobody has to wait for the tenant's next run to hear of it. What goes
 * wrong with one tenant alone does not hold up the others.
 * @throws ExportError TEMPORAL_UNAVAILABLE, DATABASE_UNAVAILABLE
 */
export async function endAllLostRuns(deps: LostRunsDependencies, signal?: AbortSignal): Promise<void> {
  for (const tenantId of await deps.runs.tenantsWithUnfinishedRuns(new Date(Date.now() - staleMs))) {
    if (signal?.aborted) return
    try {
      await endLostRuns(deps, tenantId)
    } catch (error) {
      if (isUnavailable(error)) throw error
      deps.events.lostRunsNotEnded(tenantId, error)
    }
  }
}

/**
 * Ends runs on record whose workflow is gone without having said so (terminated, timed out, or never started), since
 * each would hold up its tenant's next run for ever. Gives the runs that are alive.
 * @throws ExportError TEMPORAL_UNAVAILABLE
 */
export async function endLostRuns(deps: LostRunsDependencies, tenantId: string, except?: string): Promise<Run[]> {
  const alive: Run[] = []
  for (const run of await deps.runs.unfinished(tenantId)) {
    if (run.id === except) continue
    // A run that came through the schedule is named by its execution; one that was asked for has a name of its own.
    const executionId = run.requestedBy === null ? run.id : undefined
    const justQueued = run.status === 'QUEUED' && Date.now() - run.queuedAt.getTime() < startGraceMs
    if (justQueued || (await deps.gateway.isAlive(run.workflowId, executionId))) {
      alive.push(run)
      continue
    }
    const error = { code: 'RUN_LOST' as const, message: exportErrors.RUN_LOST.meaning }
    deps.events.runFinished(await deps.runs.finish(run, { cancelled: false, manifestPath: null, error, failures: [] }))
  }
  return alive
}
