import type { RunStore } from '../database/run-store.js'
import { exportErrors } from '../domain/errors.js'
import type { Run } from '../domain/run.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'

/** How long a run that was just asked for may be unknown to Temporal, in ms. */
const startGraceMs = 30_000

/**
 * Ends runs on record whose workflow is gone without having said so (terminated, timed out, or never started), since
 * each would hold up its tenant's next run for ever. Gives the runs that are alive.
 * @throws ExportError TEMPORAL_UNAVAILABLE
 */
export async function endLostRuns(
  deps: { runs: RunStore; gateway: RunGateway; events: Events },
  tenantId: string,
  except?: string,
): Promise<Run[]> {
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
    deps.events.runFinished(
      await deps.runs.finish(run.id, { cancelled: false, manifestPath: null, error, failures: [] }),
    )
  }
  return alive
}
