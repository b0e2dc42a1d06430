import type { RunStore } from '../database/run-store.js'
import { exportErrors, isUnavailable } from '../domain/errors.js'
import type { Run } from '../domain/run.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'

/** How long a run that was just requested may be unknown to Temporal, in ms. */
const startGraceMs = 30_000

/** The reconciler skips younger runs: nearly all of them are alive. In ms. */
const staleMs = 60_000

export interface LostRunsDependencies {
  readonly runs: RunStore
  readonly gateway: Pick<RunGateway, 'isAlive'>
  readonly events: Events
}

/**
 * Ends the lost runs of all tenants, so that each is reported before its tenant's next run. A failure of one tenant is
 * reported and does not stop the others.
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
 * Ends recorded runs whose workflow is gone without recording its end: it was terminated, timed out or never started. Each
 * would block its tenant's next run indefinitely. Returns the runs that are alive.
 * @throws ExportError TEMPORAL_UNAVAILABLE
 */
export async function endLostRuns(deps: LostRunsDependencies, tenantId: string, except?: string): Promise<Run[]> {
  const alive: Run[] = []
  for (const run of await deps.runs.unfinished(tenantId)) {
    if (run.id === except) continue
    const justQueued = run.status === 'QUEUED' && Date.now() - run.queuedAt.getTime() < startGraceMs
    if (justQueued || (await deps.gateway.isAlive(run.workflowId, executionOf(run)))) {
      alive.push(run)
      continue
    }
    const error = { code: 'RUN_LOST' as const, message: exportErrors.RUN_LOST.meaning }
    const ended = await deps.runs.finishOnce(run, { cancelled: false, manifestPath: null, error, failures: [] })
    if (ended) deps.events.runFinished(ended)
  }
  return alive
}

/** A scheduled run has the id of its Temporal execution. A requested run has an id of its own, and one execution. */
export function executionOf({ id, requestedBy }: Run): string | undefined {
  return requestedBy === null ? id : undefined
}
