import type { FinishRunInput } from '../src/contracts.js'
import type { RunStatus } from '../src/domain/run.js'
import type { ActivityDependencies } from './dependencies.js'

/** Records how the run ended. A run that never began has nothing on record, and its end is that of its workflow. */
export async function finishRun(deps: ActivityDependencies, input: FinishRunInput): Promise<RunStatus> {
  const { runId, tenantId, ...end } = input
  if (!(await deps.runs.find(tenantId, runId))) return end.cancelled ? 'CANCELLED' : 'FAILED'
  const run = await deps.runs.finish(runId, end)
  deps.events.runFinished(run)
  return run.status
}
