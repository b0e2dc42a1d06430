import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { exportRunWorkflow, type ExportRunInput, runPriority } from '../contracts.js'
import { ExportError } from '../domain/errors.js'
import { longDeadlineMs, patientDeadlineMs, type Temporal } from './temporal.js'

/** Starts requested runs, and finds out whether a run is still alive. */
export interface RunGateway {
  /** Starts the workflow. Called again with the same workflow id, it changes nothing. */
  start(workflowId: string, input: ExportRunInput, summary: string): Promise<void>
  /**
   * Whether Temporal still executes the workflow: this execution or, without an execution id, the latest. A scheduled run that
   * is repeated for the same time has the same workflow id.
   */
  isAlive(workflowId: string, executionId: string | undefined): Promise<boolean>
  /** Requests the cancellation of the workflow. It does nothing if Temporal does not execute it. */
  cancel(workflowId: string, executionId: string | undefined): Promise<void>
  /** Waits at most so long until Temporal no longer executes the workflow. Returns false if it still does. */
  awaitEnd(workflowId: string, executionId: string | undefined, limitMs: number): Promise<boolean>
  /** Cancels the workflow and waits at most a minute until it has ended. It does nothing if there is no such workflow. */
  end(workflowId: string): Promise<void>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')
const runIdKey = defineSearchAttributeKey('TidemarkRunId', 'KEYWORD')

export function createRunGateway(temporal: Temporal, options: { taskQueue: string }): RunGateway {
  return {
    start: (workflowId, input, summary) =>
      temporal.call(
        `start ${workflowId}`,
        async ({ workflow }) => {
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
        },
        patientDeadlineMs,
      ),
    isAlive: (workflowId, executionId) =>
      temporal.call(
        `describe ${workflowId}`,
        async ({ workflow }) => {
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
        },
        patientDeadlineMs,
      ),
    cancel: (workflowId, executionId) =>
      temporal.call(`cancel ${workflowId}`, async ({ workflow }) => {
        try {
          await workflow.getHandle(workflowId, executionId).cancel()
        } catch (error) {
          ignoreEnd(error)
        }
      }),
    awaitEnd: async (workflowId, executionId, limitMs) => {
      const ended = async ({ workflow }: Client): Promise<boolean> => {
        const handle = workflow.getHandle(workflowId, executionId, { followRuns: false })
        await handle.result().catch(ignoreEnd)
        return true
      }
      return temporal.call(`wait for ${workflowId}`, ended, limitMs).catch(notYet)
    },
    end: (workflowId) =>
      temporal.call(
        `end ${workflowId}`,
        async ({ workflow }) => {
          const handle = workflow.getHandle(workflowId)
          try {
            await handle.cancel()
            await handle.result()
          } catch (error) {
            ignoreEnd(error)
          }
        },
        longDeadlineMs,
      ),
  }
}

/** The workflow ended, cancelled or not, or had ended before. */
function ignoreEnd(error: unknown): void {
  if (!(error instanceof WorkflowFailedError) && !(error instanceof WorkflowNotFoundError)) throw error
}

/** The time is over, or Temporal became unavailable while it waited. */
function notYet(error: unknown): false {
  if (error instanceof ExportError && error.code === 'TEMPORAL_UNAVAILABLE') return false
  throw error
}
