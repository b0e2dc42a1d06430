import type { WorkflowInfo } from '@temporalio/workflow'
import type { ExportRunInput, PlanRunInput } from '../src/contracts.js'

export type RunIdentity = PlanRunInput

/**
 * Which run this is and where its windows end. A run that was asked for brings both; a scheduled one is named by
 * Temporal's execution and ends at its nominal time, before jitter: never at "now".
 */
export function identify({ tenantId, manual }: ExportRunInput, info: WorkflowInfo): RunIdentity {
  const { workflowId, runId } = info
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
