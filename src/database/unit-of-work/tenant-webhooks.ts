import type { EventType } from '../../domain/event.js'
import type { SealedSecret, Webhook } from '../../domain/webhook.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'
import { claimTenantName } from '../tenant-names.js'
import { listSealedSecrets, listWebhooks } from '../webhooks/webhook-rows.js'
import { type Replay, replayEvents } from '../webhooks/replay.js'

/** What of an endpoint can change. A field that is left out stays as it is. */
export interface WebhookChange {
  readonly label?: string
  readonly types?: readonly EventType[] | null
  readonly ordered?: boolean
  readonly pausedAt?: Date | null
  /** Enables an endpoint again, with everything that it waits for due now. */
  readonly enable?: true
}

/** The webhook endpoints of the transaction's tenant. */
export interface TenantWebhooks {
  /** In the order in which they were added. */
  list(): Promise<Webhook[]>
  find(id: string): Promise<Webhook | undefined>
  /** Claims the tenant's name, and adds the endpoint. It receives the events from now on. @throws InvalidTenantError */
  add(webhook: Omit<Webhook, 'secrets'>, secrets: readonly SealedSecret[]): Promise<void>
  update(id: string, change: WebhookChange): Promise<void>
  /** Removes the endpoint with its secrets and its deliveries. */
  remove(id: string): Promise<void>
  addSecret(webhookId: string, secret: SealedSecret): Promise<void>
  removeSecret(webhookId: string, secretId: string): Promise<void>
  /** The secrets of all endpoints. */
  sealedSecrets(): Promise<(SealedSecret & { readonly endpointId: string })[]>
  replaceSealed(secret: Pick<SealedSecret, 'id' | 'sealed' | 'keyId'>): Promise<void>
  /** Makes events due again, and returns their number. It changes nothing if there are more than `most`. */
  replay(webhook: Pick<Webhook, 'id' | 'types'>, what: Replay, most: number): Promise<number>
  /** Returns the number of removed endpoints. */
  removeAll(): Promise<number>
}

export function tenantWebhooks(transaction: Transaction, tenantId: string): TenantWebhooks {
  return {
    list: () => listWebhooks(transaction, tenantId),
    find: async (id) => (await listWebhooks(transaction, tenantId, id))[0],
    add: async (webhook, secrets) => {
      await claimTenantName(transaction, tenantId)
      const position = await lastEvent(transaction, tenantId)
      await transaction.webhookEndpoint.create({
        data: { ...webhook, tenantId, position, types: jsonOf(webhook.types) },
      })
      for (const secret of secrets) await addSecret(transaction, tenantId, webhook.id, secret)
    },
    update: async (id, { types, enable, ...change }) => {
      const enabled = enable ? { disabledAt: null, disabledReason: null } : {}
      const data = { ...change, ...enabled, ...(types !== undefined && { types: jsonOf(types) }) }
      await transaction.webhookEndpoint.updateMany({ where: { tenantId, id }, data })
      if (!enable) return
      const where = { tenantId, endpointId: id, nextAttemptAt: { not: null } }
      await transaction.webhookDelivery.updateMany({ where, data: { nextAttemptAt: new Date(), attempts: 0 } })
    },
    remove: async (id) => {
      await transaction.webhookEndpoint.deleteMany({ where: { tenantId, id } })
    },
    addSecret: (webhookId, secret) => addSecret(transaction, tenantId, webhookId, secret),
    removeSecret: async (endpointId, id) => {
      await transaction.webhookSecret.deleteMany({ where: { tenantId, endpointId, id } })
    },
    sealedSecrets: () => listSealedSecrets(transaction, { tenantId }),
    replaceSealed: async ({ id, sealed, keyId }) => {
      await transaction.$executeRaw`
        UPDATE webhook_secret SET sealed = ${sealed}, key_id = ${keyId}
        WHERE tenant_id = ${tenantId} AND id = ${id}::uuid`
    },
    replay: (webhook, what, most) => replayEvents(transaction, { tenantId, webhook, what, most }),
    removeAll: async () => (await transaction.webhookEndpoint.deleteMany({ where: { tenantId } })).count,
  }
}

function jsonOf(types: readonly string[] | null) {
  return types === null ? Prisma.DbNull : [...types]
}

/** The number of the tenant's last event; 0 if it has none. */
async function lastEvent(transaction: Transaction, tenantId: string): Promise<bigint> {
  const [row] = await transaction.$queryRaw<{ last: bigint }[]>`
    SELECT "last" FROM event_position WHERE tenant_id = ${tenantId}`
  return row?.last ?? 0n
}

async function addSecret(
  transaction: Transaction,
  tenantId: string,
  endpointId: string,
  { id, kind, publicKey, sealed, keyId, createdAt, createdBy }: SealedSecret,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO webhook_secret (id, tenant_id, endpoint_id, kind, public_key, sealed, key_id, created_at, created_by)
    VALUES (${id}::uuid, ${tenantId}, ${endpointId}::uuid, ${kind}, ${publicKey}, ${sealed}, ${keyId},
      ${createdAt.toISOString()}::timestamptz, ${createdBy})`
}
