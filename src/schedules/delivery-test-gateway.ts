import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { temporal as proto } from '@temporalio/proto'
import { type DeliveryTestResult, runPriority, testDeliveryWorkflow } from '../contracts.js'
import { ExportError } from '../domain/errors.js'
import type { Temporal } from './temporal.js'

/** How long a caller waits, in ms. */
export interface DeliveryTestLimits {
  /** For a worker that takes the test. */
  readonly takenMs: number
  /** Then for its end. The worker itself stops earlier. */
  readonly finishedMs: number
}

/** What became of a test. Without a result, no worker took it in time, or the worker did not finish it. */
export type DeliveryTestAnswer = DeliveryTestResult | 'NOT_TAKEN' | 'NOT_FINISHED'

/** Runs tests of the delivery on workers. */
export interface DeliveryTestGateway {
  /** Starts a test. If one of the tenant is in progress, it changes nothing. */
  start(tenantId: string): Promise<void>
  /** Waits for the result of the tenant's latest test, and ends a test that no worker has taken. */
  result(tenantId: string, limits: DeliveryTestLimits): Promise<DeliveryTestAnswer>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')

export function createDeliveryTestGateway(temporal: Temporal, options: { taskQueue: string }): DeliveryTestGateway {
  return {
    start: (tenantId) =>
      temporal.call(`start the test of ${tenantId}`, async ({ workflow }) => {
        try {
          await workflow.start(testDeliveryWorkflow, {
            workflowId: workflowIdOf(tenantId),
            taskQueue: options.taskQueue,
            args: [{ tenantId }],
            staticSummary: `${tenantId}: test of the delivery`,
            memo: { tenantId },
            workflowExecutionTimeout: '1 minute',
            // A person waits for it.
            priority: { ...runPriority(tenantId), priorityKey: 1 },
            typedSearchAttributes: [{ key: tenantKey, value: tenantId }],
          })
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        }
      }),
    result: async (tenantId, { takenMs, finishedMs }) => {
      const early = await resultWithin(temporal, tenantId, takenMs)
      if (early) return early
      if (await isTaken(temporal, tenantId)) {
        return (await resultWithin(temporal, tenantId, finishedMs)) ?? 'NOT_FINISHED'
      }
      await giveUp(temporal, tenantId)
      return 'NOT_TAKEN'
    },
  }
}

function workflowIdOf(tenantId: string): string {
  return `test-delivery-${tenantId}`
}

/** Undefined if the time is over. */
async function resultWithin(
  temporal: Temporal,
  tenantId: string,
  limitMs: number,
): Promise<DeliveryTestAnswer | undefined> {
  try {
    return await temporal.call(
      `wait for the test of ${tenantId}`,
      ({ workflow }) => workflow.getHandle(workflowIdOf(tenantId)).result() as Promise<DeliveryTestResult>,
      limitMs,
    )
  } catch (error) {
    // The worker died, or another caller has given the test up.
    if (error instanceof WorkflowFailedError) return 'NOT_FINISHED'
    if (error instanceof ExportError && error.code === 'TEMPORAL_UNAVAILABLE') return undefined
    throw error
  }
}

/** PENDING_ACTIVITY_STATE_STARTED: a worker has the activity. */
const started: proto.api.enums.v1.PendingActivityState = 2

async function isTaken(temporal: Temporal, tenantId: string): Promise<boolean> {
  const { raw } = await temporal.call(`describe the test of ${tenantId}`, ({ workflow }) =>
    workflow.getHandle(workflowIdOf(tenantId)).describe(),
  )
  return (raw.pendingActivities ?? []).some(({ state }) => state === started)
}

/** So that no worker takes the test when the caller is gone. */
async function giveUp(temporal: Temporal, tenantId: string): Promise<void> {
  await temporal.call(`give up the test of ${tenantId}`, async ({ workflow }) => {
    try {
      await workflow.getHandle(workflowIdOf(tenantId)).terminate('no worker has taken the test in time')
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  })
}
