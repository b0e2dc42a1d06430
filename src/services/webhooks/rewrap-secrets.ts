import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { WebhookStore } from '../../database/webhooks/webhook-store.js'
import { webhookSecretContext } from '../../domain/webhook.js'
import type { SecretBox } from '../../secrets/secret-box.js'

export interface RewrappedSecrets {
  /** The id of the current key. */
  readonly keyId: string
  readonly tenants: number
  readonly secrets: number
}

/**
 * Wraps all secrets at rest with the current key. Afterwards the previous key is no longer needed. If it fails, calling it again
 * continues.
 * @throws SecretUnreadableError if a secret has a key that is not set
 */
export async function rewrapSecrets(deps: {
  readonly transact: Transact
  readonly webhooks: Pick<WebhookStore, 'tenantsWithOtherKey'>
  readonly secrets: SecretBox
}): Promise<RewrappedSecrets> {
  const { transact, webhooks: store, secrets: box } = deps
  const tenants = await store.tenantsWithOtherKey(box.keyId)
  let secrets = 0
  for (const tenantId of tenants) {
    secrets += await transact(
      tenantId,
      async ({ webhooks }) => {
        const others = (await webhooks.sealedSecrets()).filter(({ keyId }) => keyId !== box.keyId)
        for (const { id, endpointId, ...sealed } of others) {
          await webhooks.replaceSealed({ id, ...box.rewrap(sealed, webhookSecretContext(tenantId, endpointId)) })
        }
        return others.length
      },
      { lock: 'webhooks' },
    )
  }
  return { keyId: box.keyId, tenants: tenants.length, secrets }
}
