import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { Run } from '../../domain/run.js'
import { executionOf } from '../lost-runs.js'
import { ok, type Outcome, type Refusal, refused, unlessTemporalIsAway } from '../outcome.js'
import { noSuchRun, type RunsDependencies, shownTo, storedRun } from './dependencies.js'

/** A run that is writing a file ends within seconds. The HTTP server's own limit for an answer is a minute. */
const waitMs = 20_000

/**
 * Cancels a run that is queued or running. It waits a while for the end, and returns the run as it is then. Published files
 * stay.
 */
export async function cancelRun(deps: RunsDependencies, actor: Actor, id: string): Promise<Outcome<Run>> {
  const { tenantId } = actor
  const run = await storedRun(deps, tenantId, id)
  if (!run) return noSuchRun
  return unlessTemporalIsAway(
    'The run could not be cancelled because Temporal did not answer. Try again.',
    async () => {
      const refusal = await requestCancellation(deps, actor, run)
      if (refusal) return refusal
      const isOver = await deps.gateway.awaitEnd(run.workflowId, executionOf(run), waitMs)
      const now = (await deps.runs.find(tenantId, run.id)) ?? run
      return ok(shownTo(actor, isOver && now.finishedAt === null ? await endLost(deps, run) : now))
    },
  )
}

/** The audit event is kept if, and only if, Temporal has taken the request. */
async function requestCancellation(deps: RunsDependencies, actor: Actor, run: Run): Promise<Refusal | undefined> {
  const isRequested = await deps.transact(actor.tenantId, async ({ runs, audit }) => {
    if (!(await runs.lockUnended(run.id))) return false
    await audit.keep(auditEntry(actor, 'RUN_CANCELLED', { target: run.id }))
    await deps.gateway.cancel(run.workflowId, executionOf(run))
    return true
  })
  if (!isRequested) return refused('RUN_ENDED', `Run ${run.id} has ended already.`, ['id'])
  deps.events.runCancelled(actor, run)
  return undefined
}

/** Its workflow is gone without recording the end, or is not started yet: in that case it finds the run ended, and does nothing. */
async function endLost({ runs, events }: RunsDependencies, run: Run): Promise<Run> {
  const ended = await runs.finishOnce(run, { cancelled: true, manifestPath: null, error: null, failures: [] })
  if (ended) events.runFinished(ended)
  return ended ?? (await runs.find(run.tenantId, run.id)) ?? run
}
