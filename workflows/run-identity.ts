import type { WorkflowInfo } from '@temporalio/workflow'
import type { ExportRunInput, PlanRunInput } from '../src/contracts.js'
import { failedRunOf, lastRunOf } from '../src/domain/last-run.js'

export type RunIdentity = PlanRunInput

/**
 * The id of the run and the end of its windows. The input of a requested run has both. A scheduled run has the id of Temporal's
 * execution, also after a reset, and its windows end at the scheduled time, before jitter: never at "now".
 */
export function identify({ tenantId, manual }: ExportRunInput, info: WorkflowInfo): RunIdentity {
  const { workflowId, originalExecutionRunId: runId } = info
  if (manual) {
    const { runId: id, to, ...scope } = manual
    return { tenantId, workflowId, runId: id, to, manual: true, scope }
  }
  const to = scheduledTime(info) ?? info.startTime
  // Temporal passes on the failure of the last run, or the result of the last one that succeeded.
  const lastRun = failedRunOf(info.lastFailure) ?? lastRunOf(info.lastResult)
  return { tenantId, workflowId, runId, to: to.toISOString(), manual: false, ...(lastRun && { lastRun }) }
}

function scheduledTime({ typedSearchAttributes }: WorkflowInfo): Date | undefined {
  const pair = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TemporalScheduledStartTime')
  return pair?.value instanceof Date ? pair.value : undefined
}
