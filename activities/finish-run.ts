import { Context } from '@temporalio/activity'
import type { FinishRunInput } from '../src/contracts.js'
import type { RunStatus } from '../src/domain/run.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** Records how the run ended. A run that could not be planned is recorded only here. */
export function finishRun(deps: ActivityDependencies, input: FinishRunInput): Promise<RunStatus> {
  const { runId, tenantId, run: identity, failures, ...end } = input
  return heartbeating(async () => {
    await deps.onStep('finish', { tenantId, runId })
    const recorded = await deps.runs.find(tenantId, runId)
    // Its workflow was reset, or the run was lost: its end is reported already. A later attempt may have to report it.
    if (recorded?.finishedAt && Context.current().info.attempt === 1) return recorded.status
    if (!recorded) {
      // A run of an earlier release, whose input lacks the identity, or a cancelled run that was never planned.
      if (!identity || end.cancelled) return end.cancelled ? 'CANCELLED' : 'FAILED'
      const { workflowId, manual, to } = identity
      const trigger = manual ? ('MANUAL' as const) : ('SCHEDULED' as const)
      const unplanned = { id: runId, tenantId, workflowId, trigger, to: new Date(to), requestedBy: null }
      await deps.runs.recordUnplanned(unplanned, 'FAILED')
    }
    const run = await deps.runs.finish(
      { id: runId, tenantId },
      {
        ...end,
        failures: failures.map(({ to, ...failure }) => (to ? { ...failure, to: new Date(to) } : failure)),
      },
    )
    deps.events.runFinished(run)
    return run.status
  })
}
