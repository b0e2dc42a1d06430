import { defineSearchAttributeKey } from '@temporalio/common'
import { deliverWebhooksWorkflow, runPriority, type WebhookTask, webhookWakeSignal } from '../contracts.js'
import type { Temporal } from './temporal.js'

/** Starts the workflows that deliver events to endpoints. */
export interface WebhookGateway {
  /** Starts the workflow of an endpoint, or wakes it if it waits. */
  wake(task: WebhookTask): Promise<void>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')

export function webhookWorkflowId(webhookId: string): string {
  return `webhook-${webhookId}`
}

export function createWebhookGateway(temporal: Temporal, options: { taskQueue: string }): WebhookGateway {
  return {
    wake: ({ tenantId, webhookId }) =>
      temporal.call(`wake the webhook ${webhookId}`, async ({ workflow }) => {
        await workflow.signalWithStart(deliverWebhooksWorkflow, {
          workflowId: webhookWorkflowId(webhookId),
          taskQueue: options.taskQueue,
          args: [{ tenantId, webhookId }],
          signal: webhookWakeSignal,
          staticSummary: `${tenantId}: webhook ${webhookId}`,
          memo: { tenantId },
          priority: runPriority(tenantId),
          typedSearchAttributes: [{ key: tenantKey, value: tenantId }],
        })
      }),
  }
}
