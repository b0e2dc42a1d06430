import type { EventType } from '../../domain/event.js'
import type {
  SealedSecret,
  Webhook,
  WebhookDelivery,
  WebhookDisabledReason,
  WebhookFailure,
  WebhookKind,
  WebhookSecret,
} from '../../domain/webhook.js'
import type { WebhookDeliveryModel, WebhookEndpointModel, WebhookSecretModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'

type SecretRow = Omit<WebhookSecretModel, 'sealed' | 'keyId'>

/** In the order in which they were added. */
export async function listWebhooks(transaction: Transaction, tenantId: string, id?: string): Promise<Webhook[]> {
  const rows = await transaction.webhookEndpoint.findMany({
    where: { tenantId, ...(id !== undefined && { id }) },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    include: { secrets: { omit: { sealed: true, keyId: true }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] } },
  })
  return rows.map(webhookFromRow)
}

function webhookFromRow(row: WebhookEndpointModel & { readonly secrets: readonly SecretRow[] }): Webhook {
  const { id, url, label, kind, types, ordered, pausedAt, disabledAt, disabledReason, createdAt, createdBy } = row
  return {
    ...{ id, url, label, ordered, pausedAt, disabledAt, createdAt, createdBy },
    kind: kind as WebhookKind,
    types: types as EventType[] | null,
    disabledReason: disabledReason as WebhookDisabledReason | null,
    secrets: row.secrets.flatMap(shownSecret),
  }
}

/** The URL of an endpoint of Slack or Teams is a secret that signs nothing. */
function shownSecret({ id, kind, publicKey, createdAt, createdBy }: SecretRow): WebhookSecret[] {
  if (kind === 'URL') return []
  return [{ id, signature: kind as WebhookSecret['signature'], publicKey, createdAt, createdBy }]
}

export async function listSealedSecrets(
  transaction: Transaction,
  where: { readonly tenantId: string; readonly endpointId?: string },
): Promise<(SealedSecret & { readonly endpointId: string })[]> {
  const rows = await transaction.webhookSecret.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
  return rows.map(({ tenantId: _tenantId, kind, ...row }) => ({ ...row, kind: kind as SealedSecret['kind'] }))
}

export function deliveryFromRow(row: WebhookDeliveryModel): WebhookDelivery {
  const { eventId, eventNumber, eventType, eventAt, attempts, nextAttemptAt, deliveredAt, failedAt, statusCode } = row
  return {
    ...{ eventId, attempts, nextAttemptAt, deliveredAt, failedAt, statusCode },
    number: Number(eventNumber),
    type: eventType as EventType,
    at: eventAt,
    failure: row.failure as WebhookFailure | null,
  }
}
