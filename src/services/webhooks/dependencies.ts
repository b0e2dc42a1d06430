import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { WebhookStore } from '../../database/webhooks/webhook-store.js'
import type { SecretBox } from '../../secrets/secret-box.js'
import type { Events } from '../../telemetry/events.js'
import type { WebhookSender } from '../../webhooks/sender.js'
import type { newSigningSecret, signedHeaders } from '../../webhooks/signing.js'
import { userError } from '../user-error.js'

export interface WebhooksDependencies {
  readonly transact: Transact
  readonly webhooks: WebhookStore
  /** Undefined if the operator has not set SECRETS_KEY: then no webhook can be added. */
  readonly secrets: SecretBox | undefined
  readonly sender: WebhookSender
  readonly newSigningSecret: typeof newSigningSecret
  readonly signedHeaders: typeof signedHeaders
  readonly isPublicAddress: (address: string) => boolean
  /** Whether endpoints may have private addresses and http: for tests and the local stack. */
  readonly allowPrivate: boolean
  readonly events: Events
}

export const webhooksUnavailable = userError(
  'WEBHOOKS_UNAVAILABLE',
  'Webhooks are not available, because the operator of the platform has not set SECRETS_KEY. Nothing was changed.',
)

export const noSuchWebhook = userError(
  'NO_SUCH_WEBHOOK',
  'There is no webhook with that id. The query `exportWebhooks { id }` lists the ids.',
  ['id'],
)

export const isUuid = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
