import type { Config } from '../config/config.js'
import { createSecretBox } from '../secrets/secret-box.js'
import { createWebhooks, type Webhooks } from '../services/webhooks/webhooks.js'
import { isPublicAddress } from '../webhooks/public-address.js'
import { createWebhookSender } from '../webhooks/sender.js'
import { newSigningSecret, signedHeaders } from '../webhooks/signing.js'
import type { Shared } from './shared.js'

/** What tenants do with their endpoints. */
export function composeWebhooks(
  { webhooks: { secretsKeys, allowPrivate } }: Config,
  { stores, events, webhookOverrides }: Shared,
): Webhooks {
  return createWebhooks({
    ...{ ...stores, events, allowPrivate, isPublicAddress, newSigningSecret, signedHeaders },
    secrets: secretsKeys && createSecretBox(secretsKeys),
    sender: createWebhookSender({ allowPrivate, ...webhookOverrides }),
  })
}
