import type { DueWebhook, FailingWebhook, WebhookStore } from '../../database/webhooks/webhook-store.js'
import type { Affected } from '../../domain/incident.js'
import { inParallel } from '../../domain/in-parallel.js'
import type { WebhookGateway } from '../../schedules/webhook-gateway.js'
import type { Incidents } from '../incidents.js'
import type { WatchStep } from '../watch.js'

export interface WebhookWatchDependencies {
  readonly webhooks: Pick<WebhookStore, 'due' | 'failing'>
  readonly gateway: WebhookGateway
  readonly incidents: Pick<Incidents, 'observe'>
}

const dispatchSeconds = 1
const failingSeconds = 10
/** An endpoint that has something to send for longer is woken again: its workflow may have been ended by a person. */
const againMs = 15_000
const wakesAtOnce = 20

/** Starts the workflows of endpoints that have something to send, and finds endpoints that are disabled. */
export function webhookWatch(deps: WebhookWatchDependencies): WatchStep[] {
  const woken = new Map<string, Woken>()
  return [
    { name: 'webhooks', everySeconds: dispatchSeconds, run: () => wakeDue(deps, woken) },
    {
      name: 'disabled-webhooks',
      everySeconds: failingSeconds,
      run: async () => deps.incidents.observe('WEBHOOK_DISABLED', null, affectedBy(await deps.webhooks.failing())),
    },
  ]
}

/** For what an endpoint was woken, and when. */
interface Woken extends Pick<DueWebhook, 'lastEvent' | 'lastDue'> {
  readonly at: number
}

/** Each endpoint once for what is new. While its workflow sends, it stays due, and is left alone. */
async function wakeDue({ webhooks, gateway }: WebhookWatchDependencies, woken: Map<string, Woken>): Promise<void> {
  const due = await webhooks.due()
  const now = Date.now()
  const isNew = ({ webhookId, lastEvent, lastDue }: DueWebhook): boolean => {
    const before = woken.get(webhookId)
    if (before === undefined || before.lastEvent < lastEvent || now - before.at >= againMs) return true
    return (before.lastDue?.getTime() ?? 0) < (lastDue?.getTime() ?? 0)
  }
  const known = new Set(due.map(({ webhookId }) => webhookId))
  for (const webhookId of woken.keys()) if (!known.has(webhookId)) woken.delete(webhookId)
  await inParallel(due.filter(isNew), wakesAtOnce, async ({ tenantId, webhookId, lastEvent, lastDue }) => {
    await gateway.wake({ tenantId, webhookId })
    woken.set(webhookId, { lastEvent, lastDue, at: now })
  })
}

/** One for each tenant. */
function affectedBy(failing: readonly FailingWebhook[]): Affected[] {
  return [...new Set(failing.map(({ tenantId }) => tenantId))].map((tenantId) => {
    const ofTenant = failing.filter((each) => each.tenantId === tenantId)
    const each = ofTenant.map(({ webhookId, disabledAt }) => `${webhookId} since ${disabledAt.toISOString()}`)
    const message = `Events of ${tenantId} are no longer sent to ${ofTenant.length === 1 ? 'its webhook' : 'its webhooks'} ${each.join(', ')}.`
    return { tenantId, entity: null, since: null, message }
  })
}
