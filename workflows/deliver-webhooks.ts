import { condition, continueAsNew, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import type { WebhookActivities } from '../activities/webhooks/index.js'
import { webhookTaskQueue, webhookWakeSignal, type WebhookTask } from '../src/contracts.js'

const wake = defineSignal(webhookWakeSignal)

/** The clocks of the database and of Temporal may differ by more than what is left to wait. */
const shortestWaitMs = 100
/** So few that the history of one execution stays small. */
const roundsAtOnce = 100

/**
 * Delivers the events of a tenant to one endpoint. The database has the state: which events wait, and when the next attempt is
 * due. The workflow sends, waits until then or for a signal, and ends when nothing waits.
 */
export async function deliverWebhooks(task: WebhookTask): Promise<void> {
  let isWoken = false
  setHandler(wake, () => {
    isWoken = true
  })
  const { sendWebhooks } = proxyActivities<WebhookActivities>({
    taskQueue: webhookTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  })
  for (let round = 0; round < roundsAtOnce; round++) {
    isWoken = false
    const { nextAt } = await sendWebhooks(task)
    if (nextAt !== null) await condition(() => isWoken, Math.max(shortestWaitMs, Date.parse(nextAt) - Date.now()))
    else if (!isWoken) return
  }
  await continueAsNew<typeof deliverWebhooks>(task)
}
