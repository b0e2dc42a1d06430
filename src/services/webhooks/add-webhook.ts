import { randomBytes, randomUUID } from 'node:crypto'
import { type Actor, authorOf } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import {
  mostWebhooks,
  type SealedSecret,
  type Webhook,
  webhookFailures,
  type WebhookKind,
  webhookSecretContext,
  type WebhookSignature,
} from '../../domain/webhook.js'
import { answersChallenge, challengeBody, chatBody } from '../../domain/webhook-message.js'
import { shownWebhookUrl } from '../../domain/webhook-url.js'
import type { SecretBox } from '../../secrets/secret-box.js'
import type { NewSigningSecret } from '../../webhooks/signing.js'
import { ok, type Outcome, refused, type Refusal } from '../outcome.js'
import { type WebhooksDependencies, webhooksUnavailable } from './dependencies.js'
import { described } from './described.js'
import { problemsOfWebhook, typesOf, type WebhookInput } from './webhook-input.js'

/** A webhook with its new secret, which is shown this once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook
  /** `whsec_…`; null for Ed25519, whose private key is never shown, and for Slack and Teams. */
  readonly secret: string | null
}

/** Adds an endpoint once it has proved that it expects events. Otherwise nothing is stored. */
export async function addWebhook(
  deps: WebhooksDependencies,
  actor: Actor,
  input: WebhookInput,
): Promise<Outcome<WebhookWithSecret>> {
  if (!deps.secrets) return { ok: false, userErrors: [webhooksUnavailable] }
  const userErrors = problemsOfWebhook(input, deps)
  if (userErrors.length > 0) return { ok: false, userErrors }
  // Before the endpoint is called, and again in the transaction.
  if ((await deps.webhooks.list(actor.tenantId)).length >= mostWebhooks) return tooMany
  const kind = input.kind ?? 'STANDARD'
  const signing = kind === 'STANDARD' ? deps.newSigningSecret(input.signature ?? 'HMAC') : undefined
  const refusal = await refusalOfEndpoint(deps, actor, { url: input.url, kind, signing })
  if (refusal) return refusal
  const created = { createdAt: new Date(), createdBy: authorOf(actor) }
  const webhook = newWebhook(input, kind, created)
  const context = webhookSecretContext(actor.tenantId, webhook.id)
  const secret = signing
    ? sealedSecret(deps.secrets, context, signing, created)
    : sealedUrl(deps.secrets, context, input.url, created)
  return store(deps, actor, webhook, { secret, signing })
}

function newWebhook(
  { url, label, types, ordered }: WebhookInput,
  kind: WebhookKind,
  created: Pick<Webhook, 'createdAt' | 'createdBy'>,
): Omit<Webhook, 'secrets'> {
  return {
    id: randomUUID(),
    url: shownWebhookUrl(url, kind),
    label: label.trim(),
    kind,
    types: typesOf(types),
    ordered: ordered ?? false,
    pausedAt: null,
    disabledAt: null,
    disabledReason: null,
    ...created,
  }
}

async function store(
  { transact, events }: WebhooksDependencies,
  actor: Actor,
  webhook: Omit<Webhook, 'secrets'>,
  { secret, signing }: { readonly secret: SealedSecret; readonly signing: NewSigningSecret | undefined },
): Promise<Outcome<WebhookWithSecret>> {
  const stored = await transact<Outcome<Webhook>>(
    actor.tenantId,
    async ({ webhooks, audit }) => {
      if ((await webhooks.list()).length >= mostWebhooks) return tooMany
      await webhooks.add(webhook, [secret])
      const added = await webhooks.find(webhook.id)
      if (!added) throw new Error('a webhook that was added is missing')
      await audit.keep(auditEntry(actor, 'WEBHOOK_ADDED', { target: webhook.id, after: described(added) }))
      return ok(added)
    },
    { lock: 'webhooks' },
  )
  if (!stored.ok) return stored
  events.webhookChanged(actor, 'WEBHOOK_ADDED', webhook)
  return ok({ webhook: stored.value, secret: signing?.shown ?? null })
}

const tooMany = refused(
  'TOO_MANY_WEBHOOKS',
  `There are ${mostWebhooks} webhooks already, which is the maximum. Remove one that you no longer need.`,
)

type Created = Pick<SealedSecret, 'createdAt' | 'createdBy'>

export function sealedSecret(
  box: SecretBox,
  context: string,
  { signature, secret, publicKey }: NewSigningSecret,
  created: Created,
): SealedSecret {
  return { id: randomUUID(), kind: signature, publicKey, ...box.seal(secret, context), ...created }
}

function sealedUrl(box: SecretBox, context: string, url: string, created: Created): SealedSecret {
  return { id: randomUUID(), kind: 'URL', publicKey: null, ...box.seal(Buffer.from(url), context), ...created }
}

interface NewEndpoint {
  readonly url: string
  readonly kind: WebhookKind
  readonly signing: { readonly signature: WebhookSignature; readonly secret: Buffer } | undefined
}

/**
 * Sends a challenge, whose value the endpoint must repeat. Slack and Teams repeat nothing: they accept a message, and only
 * addresses of their own services are accepted.
 */
async function refusalOfEndpoint(
  { sender, signedHeaders }: WebhooksDependencies,
  { tenantId }: Actor,
  { url, kind, signing }: NewEndpoint,
): Promise<Refusal | undefined> {
  const challenge = { id: randomUUID(), tenantId, at: new Date(), value: randomBytes(24).toString('base64url') }
  const body = kind === 'STANDARD' ? challengeBody(challenge) : greeting(kind, challenge)
  const headers = signedHeaders({ id: challenge.id, body, at: challenge.at }, signing ? [signing] : [])
  const { failure, statusCode, text } = await sender.send({ url, body, headers })
  if (failure !== undefined) {
    const code = statusCode === null ? '' : ` Its status code was ${statusCode}.`
    return notConfirmed(`The challenge was not answered. ${webhookFailures[failure]}${code}`)
  }
  if (kind !== 'STANDARD' || answersChallenge(text, challenge.value)) return undefined
  return notConfirmed(
    `The endpoint answered with status code ${statusCode}, but not with the JSON object {"challenge": "…"} that has the value of data.challenge.`,
  )
}

function greeting(
  kind: Exclude<WebhookKind, 'STANDARD'>,
  { tenantId, at }: { readonly tenantId: string; readonly at: Date },
): string {
  return chatBody(kind, {
    type: 'test',
    description: 'Events are posted here from now on.',
    tenantId,
    number: 0,
    at,
    data: {},
  })
}

function notConfirmed(why: string): Refusal {
  return refused('WEBHOOK_NOT_CONFIRMED', `${why} Correct the endpoint, then add it again. Nothing was changed.`, [
    'input',
    'url',
  ])
}
