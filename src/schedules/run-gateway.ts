import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { exportRunWorkflow, type ExportRunInput, runPriority } from '../contracts.js'
import { longDeadlineMs, type Temporal } from './temporal.js'

/** Starts requested runs, and finds out whether a run is still alive. */
export interface RunGateway {
  /** Starts the workflow. Called again with the same workflow id, it changes nothing. */
  start(workflowId: string, input: ExportRunInput, summary: string): Promise<void>
  /**
   * Whether Temporal still executes the workflow: this execution or, without an execution id, the latest. A scheduled run that
   * is repeated for the same time has the same workflow id.
   */
  isAlive(workflowId: string, executionId: string | undefined): Promise<boolean>
  /** Cancels the workflow and waits at most a minute until it has ended. It does nothing if there is no such workflow. */
  end(workflowId: string): Promise<void>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')
const runIdKey = defineSearchAttributeKey('TidemarkRunId', 'KEYWORD')

export function createRunGateway(temporal: Temporal, options: { taskQueue: string }): RunGateway {
  return {
    start: (workflowId, input, summary) =>
      temporal.call(`start ${workflowId}`, async ({ workflow }) => {
        try {
          await workflow.start(exportRunWorkflow, {
            workflowId,
            taskQueue: options.taskQueue,
            args: [input],
            staticSummary: summary,
            memo: { tenantId: input.tenantId },
            priority: runPriority(input.tenantId),
            typedSearchAttributes: [
              { key: tenantKey, value: input.tenantId },
              ...(input.manual ? [{ key: runIdKey, value: input.manual.runId }] : []),
            ],
          })
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        }
      }),
    isAlive: (workflowId, executionId) =>
      temporal.call(`describe ${workflowId}`, async ({ workflow }) => {
        try {
          // At most one execution of a workflow id is open, so it is the latest.
          const { status, runId, raw } = await workflow.getHandle(workflowId).describe()
          // A reset continues a run in another execution, which names the first one.
          const executions = [runId, raw.workflowExecutionInfo?.firstRunId]
          return status.name === 'RUNNING' && (executionId === undefined || executions.includes(executionId))
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return false
          throw error
        }
      }),
    end: (workflowId) =>
      temporal.call(
        `end ${workflowId}`,
        async ({ workflow }) => {
          const handle = workflow.getHandle(workflowId)
          try {
            await handle.cancel()
            await handle.result()
          } catch (error) {
            // It ended, cancelled or not, or had ended before.
            if (!(error instanceof WorkflowFailedError) && !(error instanceof WorkflowNotFoundError)) throw error
          }
        },
        longDeadlineMs,
      ),
  }
}
