import { type NativeConnection, Worker } from '@temporalio/worker'
import { createWebhookActivities } from '../../activities/webhooks/index.js'
import type { Config } from '../config/config.js'
import { webhookTaskQueue } from '../contracts.js'
import { createSecretBox } from '../secrets/secret-box.js'
import type { WatchStep } from '../services/watch.js'
import { webhookWatch } from '../services/webhooks/watch-webhooks.js'
import { createWebhookSender } from '../webhooks/sender.js'
import { signedHeaders } from '../webhooks/signing.js'
import type { Shared } from './shared.js'

/**
 * What sends events to endpoints: a worker on a task queue of its own, and steps of the watch loop. Undefined if SECRETS_KEY is
 * not set, because no message can be signed then.
 */
export async function composeWebhookWorker(
  config: Config,
  shared: Shared,
  connection: NativeConnection,
): Promise<{ readonly worker: Worker; readonly steps: readonly WatchStep[] } | undefined> {
  const { stores, events, gateways, incidents, logger, webhookOverrides = {} } = shared
  const { secretsKeys, concurrency, allowPrivate } = config.webhooks
  if (!secretsKeys) {
    logger.info('webhooks are off: SECRETS_KEY is not set')
    return undefined
  }
  const { retryUnitMs = 1000, onAttempt, ...senderOverrides } = webhookOverrides
  const activities = createWebhookActivities({
    queue: stores.webhookQueue,
    secrets: createSecretBox(secretsKeys),
    sender: createWebhookSender({ allowPrivate, ...senderOverrides }),
    ...{ signedHeaders, events, retryUnitMs, onAttempt },
  })
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: webhookTaskQueue(config.temporal.taskQueue),
    maxConcurrentActivityTaskExecutions: concurrency,
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '2 seconds',
    shutdownForceTime: '8 seconds',
    activities,
  })
  return { worker, steps: webhookWatch({ webhooks: stores.webhooks, gateway: gateways.webhooks, incidents }) }
}
