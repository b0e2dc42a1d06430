import { type Actor, authorOf } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import { mostWebhookSecrets, type Webhook, webhookSecretContext, type WebhookSignature } from '../../domain/webhook.js'
import { ok, type Outcome, refused } from '../outcome.js'
import { sealedSecret, type WebhookWithSecret } from './add-webhook.js'
import { isUuid, noSuchWebhook, type WebhooksDependencies, webhooksUnavailable } from './dependencies.js'
import { described } from './described.js'

/** Adds a second secret. Both sign until the old one is removed, so that the receiver can change without a gap. */
export async function rotateSecret(
  { transact, secrets: box, newSigningSecret, events }: WebhooksDependencies,
  actor: Actor,
  id: string,
  signature: WebhookSignature | null | undefined,
): Promise<Outcome<WebhookWithSecret>> {
  if (!box) return { ok: false, userErrors: [webhooksUnavailable] }
  if (!isUuid(id)) return { ok: false, userErrors: [noSuchWebhook] }
  const outcome = await transact<Outcome<WebhookWithSecret>>(
    actor.tenantId,
    async ({ webhooks, audit }) => {
      const before = await webhooks.find(id.toLowerCase())
      if (!before) return { ok: false, userErrors: [noSuchWebhook] }
      if (before.kind !== 'STANDARD') return withoutSecrets
      if (before.secrets.length >= mostWebhookSecrets) return tooManySecrets
      const signing = newSigningSecret(signature ?? before.secrets.at(-1)?.signature ?? 'HMAC')
      const created = { createdAt: new Date(), createdBy: authorOf(actor) }
      const context = webhookSecretContext(actor.tenantId, before.id)
      await webhooks.addSecret(before.id, sealedSecret(box, context, signing, created))
      const webhook = await found(webhooks.find(before.id))
      const change = { target: before.id, before: described(before), after: described(webhook) }
      await audit.keep(auditEntry(actor, 'WEBHOOK_SECRET_ADDED', change))
      return ok({ webhook, secret: signing.shown })
    },
    { lock: 'webhooks' },
  )
  if (outcome.ok) events.webhookChanged(actor, 'WEBHOOK_SECRET_ADDED', outcome.value.webhook)
  return outcome
}

/** Removes a secret. It signs nothing from the next message on. */
export async function removeSecret(
  { transact, events }: WebhooksDependencies,
  actor: Actor,
  id: string,
  secretId: string,
): Promise<Outcome<Webhook>> {
  if (!isUuid(id)) return { ok: false, userErrors: [noSuchWebhook] }
  const outcome = await transact<Outcome<Webhook>>(
    actor.tenantId,
    async ({ webhooks, audit }) => {
      const before = await webhooks.find(id.toLowerCase())
      if (!before) return { ok: false, userErrors: [noSuchWebhook] }
      const secret = before.secrets.find((each) => each.id === secretId.toLowerCase())
      if (!secret) return noSuchSecret
      if (before.secrets.length === 1) return lastSecret
      await webhooks.removeSecret(before.id, secret.id)
      const webhook = await found(webhooks.find(before.id))
      const change = { target: before.id, before: described(before), after: described(webhook) }
      await audit.keep(auditEntry(actor, 'WEBHOOK_SECRET_REMOVED', change))
      return ok(webhook)
    },
    { lock: 'webhooks' },
  )
  if (outcome.ok) events.webhookChanged(actor, 'WEBHOOK_SECRET_REMOVED', outcome.value)
  return outcome
}

export async function found(finding: Promise<Webhook | undefined>): Promise<Webhook> {
  const webhook = await finding
  if (!webhook) throw new Error('a webhook that is locked is missing')
  return webhook
}

const withoutSecrets = refused(
  'WEBHOOK_WITHOUT_SECRETS',
  'A webhook of Slack or Teams has no secret, because they verify none. To change its url, remove it and add it again.',
  ['id'],
)
const tooManySecrets = refused(
  'TOO_MANY_SECRETS',
  `The webhook has ${mostWebhookSecrets} secrets already, which is the maximum. Remove the old one with removeWebhookSecret first.`,
  ['id'],
)
const noSuchSecret = refused(
  'NO_SUCH_SECRET',
  'The webhook has no secret with that id. The query `exportWebhooks { secrets { id } }` lists the ids.',
  ['secretId'],
)
const lastSecret = refused(
  'LAST_SECRET',
  'This is the only secret of the webhook. Add a second one with rotateWebhookSecret first.',
  ['secretId'],
)
