import type { WebhookChange } from '../../database/unit-of-work/tenant-webhooks.js'
import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { TenantEvent } from '../../domain/event.js'
import type { Webhook, WebhookDelivery, WebhookSignature } from '../../domain/webhook.js'
import { ok, type Outcome } from '../outcome.js'
import type { Page } from '../page.js'
import { addWebhook, type WebhookWithSecret } from './add-webhook.js'
import { isUuid, noSuchWebhook, type WebhooksDependencies } from './dependencies.js'
import { described } from './described.js'
import {
  deliveriesPage,
  replayDeliveries,
  type ReplayInput,
  testWebhook,
  type WebhookDeliveriesArguments,
} from './webhook-deliveries.js'
import { problemsOfChange, typesOf, type WebhookChangeInput, type WebhookInput } from './webhook-input.js'
import { found, removeSecret, rotateSecret } from './webhook-secrets.js'

/** The use cases around the endpoints that receive a tenant's events. The tenant is always the actor's. */
export interface Webhooks {
  /** In the order in which they were added. */
  list(actor: Actor): Promise<readonly Webhook[]>
  /** Adds an endpoint that answers a challenge, or changes nothing and says why. */
  add(actor: Actor, input: WebhookInput): Promise<Outcome<WebhookWithSecret>>
  update(actor: Actor, id: string, input: WebhookChangeInput): Promise<Outcome<Webhook>>
  /** Removes an endpoint with its secrets and its deliveries. It receives nothing from then on. */
  remove(actor: Actor, id: string): Promise<Outcome<Webhook>>
  /** Adds a second secret, by default with the signature of the first. */
  rotateSecret(
    actor: Actor,
    id: string,
    signature: WebhookSignature | null | undefined,
  ): Promise<Outcome<WebhookWithSecret>>
  removeSecret(actor: Actor, id: string, secretId: string): Promise<Outcome<Webhook>>
  /** Sends a test event to the endpoint. */
  test(actor: Actor, id: string): Promise<Outcome<TenantEvent>>
  /** Sends one event, or those of a period, again. Returns their number. */
  replay(actor: Actor, id: string, input: ReplayInput): Promise<Outcome<number>>
  /** Newest events first. @throws InvalidPageError */
  deliveries(actor: Actor, id: string, page: WebhookDeliveriesArguments): Promise<Page<WebhookDelivery>>
}

export function createWebhooks(deps: WebhooksDependencies): Webhooks {
  return {
    list: ({ tenantId }) => deps.webhooks.list(tenantId),
    add: (actor, input) => addWebhook(deps, actor, input),
    update: (actor, id, input) => update(deps, actor, id, input),
    remove: (actor, id) => remove(deps, actor, id),
    rotateSecret: (actor, id, signature) => rotateSecret(deps, actor, id, signature),
    removeSecret: (actor, id, secretId) => removeSecret(deps, actor, id, secretId),
    test: (actor, id) => testWebhook(deps, actor, id),
    replay: (actor, id, input) => replayDeliveries(deps, actor, id, input),
    deliveries: (actor, id, page) => deliveriesPage(deps, actor, id, page),
  }
}

async function update(
  { transact, events }: WebhooksDependencies,
  actor: Actor,
  id: string,
  input: WebhookChangeInput,
): Promise<Outcome<Webhook>> {
  if (!isUuid(id)) return { ok: false, userErrors: [noSuchWebhook] }
  const userErrors = problemsOfChange(input)
  if (userErrors.length > 0) return { ok: false, userErrors }
  const outcome = await transact<Outcome<Webhook>>(
    actor.tenantId,
    async ({ webhooks, audit }) => {
      const before = await webhooks.find(id.toLowerCase())
      if (!before) return { ok: false, userErrors: [noSuchWebhook] }
      await webhooks.update(before.id, changeOf(before, input))
      const webhook = await found(webhooks.find(before.id))
      const change = { target: before.id, before: described(before), after: described(webhook) }
      await audit.keep(auditEntry(actor, 'WEBHOOK_CHANGED', change))
      return ok(webhook)
    },
    { lock: 'webhooks' },
  )
  if (outcome.ok) events.webhookChanged(actor, 'WEBHOOK_CHANGED', outcome.value)
  return outcome
}

function changeOf(before: Webhook, { label, types, ordered, paused }: WebhookChangeInput): WebhookChange {
  return {
    ...(label != null && { label: label.trim() }),
    ...(types !== undefined && { types: typesOf(types) }),
    ...(ordered != null && { ordered }),
    ...(paused === true && { pausedAt: before.pausedAt ?? new Date() }),
    ...(paused === false && { pausedAt: null }),
    ...(paused === false && before.disabledAt !== null && { enable: true as const }),
  }
}

async function remove({ transact, events }: WebhooksDependencies, actor: Actor, id: string): Promise<Outcome<Webhook>> {
  const removed = isUuid(id)
    ? await transact(
        actor.tenantId,
        async ({ webhooks, audit }) => {
          const webhook = await webhooks.find(id.toLowerCase())
          if (!webhook) return undefined
          await webhooks.remove(webhook.id)
          await audit.keep(auditEntry(actor, 'WEBHOOK_REMOVED', { target: webhook.id, before: described(webhook) }))
          return webhook
        },
        { lock: 'webhooks' },
      )
    : undefined
  if (!removed) return { ok: false, userErrors: [noSuchWebhook] }
  events.webhookChanged(actor, 'WEBHOOK_REMOVED', removed)
  return ok(removed)
}
