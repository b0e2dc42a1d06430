import type { Webhook, WebhookDelivery, WebhookDeliveryStatus } from '../../domain/webhook.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { deliveryFromRow, listWebhooks } from './webhook-rows.js'

/** Reads of webhook endpoints: those of one tenant, and ids over all tenants. */
export interface WebhookStore {
  /** In the order in which they were added. */
  list(tenantId: string): Promise<Webhook[]>
  /** Newest events first, with numbers below `before`. */
  deliveries(tenantId: string, webhookId: string, request: DeliveriesRequest): Promise<WebhookDelivery[]>
  /** The endpoints of all tenants that have something to send now. */
  due(): Promise<DueWebhook[]>
  /** The endpoints of all tenants that are disabled because their attempts have failed. */
  failing(): Promise<FailingWebhook[]>
  /** The tenants that have secrets which another key than this one encrypts. */
  tenantsWithOtherKey(keyId: string): Promise<string[]>
}

export interface DeliveriesRequest {
  readonly take: number
  readonly before: number | null
  readonly status: WebhookDeliveryStatus | null
}

export interface DueWebhook {
  readonly tenantId: string
  readonly webhookId: string
  /** The number of the tenant's last event. */
  readonly lastEvent: number
  /** When the latest of the due attempts became due; null if no attempt is. */
  readonly lastDue: Date | null
}

export interface FailingWebhook {
  readonly tenantId: string
  readonly webhookId: string
  readonly disabledAt: Date
}

const ofStatus = {
  PENDING: { nextAttemptAt: { not: null } },
  DELIVERED: { deliveredAt: { not: null } },
  FAILED: { failedAt: { not: null } },
}

export function createWebhookStore(database: Database): WebhookStore {
  return withTypedErrors<WebhookStore>({
    list: (tenantId) => database.forTenant(tenantId, (transaction) => listWebhooks(transaction, tenantId)),
    deliveries: (tenantId, endpointId, { take, before, status }) =>
      database.forTenant(tenantId, async (transaction) => {
        const rows = await transaction.webhookDelivery.findMany({
          where: {
            ...{ tenantId, endpointId },
            ...(before !== null && { eventNumber: { lt: before } }),
            ...(status !== null && ofStatus[status]),
          },
          orderBy: { eventNumber: 'desc' },
          take,
        })
        return rows.map(deliveryFromRow)
      }),
    due: async () => {
      const rows = await database.forOperations(
        (transaction) => transaction.$queryRaw<(Omit<DueWebhook, 'lastEvent'> & { readonly lastEvent: bigint })[]>`
          SELECT tenant_id AS "tenantId", endpoint_id::text AS "webhookId", last_event AS "lastEvent", last_due AS "lastDue"
          FROM webhooks_due()`,
      )
      return rows.map((row) => ({ ...row, lastEvent: Number(row.lastEvent) }))
    },
    failing: () =>
      database.forOperations(
        (transaction) => transaction.$queryRaw<FailingWebhook[]>`
          SELECT tenant_id AS "tenantId", endpoint_id::text AS "webhookId", disabled_at AS "disabledAt"
          FROM webhooks_failing()`,
      ),
    tenantsWithOtherKey: (keyId) => database.tenantIds(Prisma.sql`tenants_with_other_secrets_key(${keyId})`),
  })
}
