import type { WorkflowInfo } from '@temporalio/workflow'
import type { ExportRunInput, PlanRunInput } from '../src/contracts.js'

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
  return { tenantId, workflowId, runId, to: to.toISOString(), manual: false }
}

function scheduledTime({ typedSearchAttributes }: WorkflowInfo): Date | undefined {
  const pair = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TemporalScheduledStartTime')
  return pair?.value instanceof Date ? pair.value : undefined
}
