import type { WebhookProgress, WebhookTask } from '../../src/contracts.js'
import { typedFailures } from '../typed-failures.js'
import { sendWebhooks, type SendDependencies } from './send-webhooks.js'

export type { SendDependencies } from './send-webhooks.js'

/** What a worker does on the task queue of webhooks. Workflows see only the type. */
export interface WebhookActivities {
  sendWebhooks(task: WebhookTask): Promise<WebhookProgress>
}

export function createWebhookActivities(deps: SendDependencies): WebhookActivities {
  return { sendWebhooks: typedFailures(deps.events, (task) => sendWebhooks(deps, task)) }
}
