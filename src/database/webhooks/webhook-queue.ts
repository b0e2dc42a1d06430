import type { TenantEvent } from '../../domain/event.js'
import {
  type SealedSecret,
  type Webhook,
  webhookDeliveryDays,
  type WebhookDisabledReason,
  type WebhookFailure,
} from '../../domain/webhook.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { listSealedSecrets, listWebhooks } from './webhook-rows.js'

/** What waits for one endpoint, and what became of it. Only the sending of webhooks uses it. */
export interface WebhookQueue {
  /**
   * Decides which events the endpoint receives, and returns what is needed to send. Undefined if the endpoint is removed, paused
   * or disabled.
   */
  open(tenantId: string, webhookId: string): Promise<OpenWebhook | undefined>
  /** What is due now, the earliest events first. Of an ordered endpoint only what waits for no earlier event. */
  due(tenantId: string, webhook: Pick<Webhook, 'id' | 'ordered'>, most: number): Promise<DueEvent[]>
  /** When the next attempt is due; null if nothing waits. Events that wait in line behind another do not count. */
  nextDue(tenantId: string, webhook: Pick<Webhook, 'id' | 'ordered'>): Promise<Date | null>
  /** Records an attempt. False if another worker has recorded one since the event was read. */
  record(tenantId: string, webhookId: string, attempt: WebhookAttempt): Promise<boolean>
}

export interface OpenWebhook {
  readonly webhook: Webhook
  readonly secrets: readonly SealedSecret[]
  /** True if there are further events that nothing is decided about. */
  readonly hasMore: boolean
}

export interface DueEvent {
  readonly event: TenantEvent
  /** The attempts before this one. */
  readonly attempts: number
}

export interface WebhookAttempt {
  readonly number: number
  /** The attempts before this one. */
  readonly attempts: number
  readonly at: Date
  readonly statusCode: number | null
  readonly failure: WebhookFailure | null
  /** After a failure: when the next attempt is due; null if there is none. */
  readonly next: Date | null
  /** Disables the endpoint. */
  readonly disable?: WebhookDisabledReason
}

/** The most events that are decided about at once. */
const batch = 500

export function createWebhookQueue(database: Database): WebhookQueue {
  return withTypedErrors<WebhookQueue>({
    open: (tenantId, webhookId) =>
      database.forTenant(tenantId, (transaction) => open(transaction, tenantId, webhookId)),
    due: (tenantId, webhook, most) =>
      database.forTenant(tenantId, (transaction) => due(transaction, tenantId, webhook, most)),
    nextDue: (tenantId, webhook) => database.forTenant(tenantId, (transaction) => nextDue(transaction, webhook)),
    record: (tenantId, webhookId, attempt) =>
      database.forTenant(tenantId, (transaction) => record(transaction, tenantId, webhookId, attempt)),
  })
}

async function open(transaction: Transaction, tenantId: string, webhookId: string): Promise<OpenWebhook | undefined> {
  await transaction.$executeRaw`SELECT 1 FROM webhook_endpoint WHERE id = ${webhookId}::uuid FOR UPDATE`
  const [webhook] = await listWebhooks(transaction, tenantId, webhookId)
  if (!webhook || webhook.pausedAt !== null || webhook.disabledAt !== null) return undefined
  const decided = await decide(transaction, tenantId, webhook)
  await tidy(transaction, webhookId)
  const secrets = await listSealedSecrets(transaction, { tenantId, endpointId: webhookId })
  return { webhook, secrets, hasMore: decided === batch }
}

/** Adds the next events that the filter contains, and moves the position past all of them. A test is for its endpoint alone. */
async function decide(transaction: Transaction, tenantId: string, { id, types }: Webhook): Promise<number> {
  const filter = types ? [...types] : null
  const [row] = await transaction.$queryRaw<{ count: number }[]>`
    WITH next AS (
      SELECT e.number, e.id, e.type, e.at, e.data FROM event e JOIN webhook_endpoint w ON w.id = ${id}::uuid
      WHERE e.tenant_id = ${tenantId} AND e.number > w."position" ORDER BY e.number LIMIT ${batch}
    ), added AS (
      INSERT INTO webhook_delivery (tenant_id, endpoint_id, event_number, event_id, event_type, event_at, next_attempt_at)
      SELECT ${tenantId}, ${id}::uuid, n.number, n.id, n.type, n.at, now() FROM next n
      WHERE CASE WHEN n.type = 'test' AND n.data->>'webhookId' IS NOT NULL THEN n.data->>'webhookId' = ${id}
        ELSE ${filter}::text[] IS NULL OR n.type = ANY (${filter}::text[]) END
      ON CONFLICT DO NOTHING
    ), moved AS (
      UPDATE webhook_endpoint SET "position" = (SELECT max(number) FROM next)
      WHERE id = ${id}::uuid AND EXISTS (SELECT FROM next)
    )
    SELECT count(*)::integer AS count FROM next`
  return row?.count ?? 0
}

/** Ends what waits for an event that was removed meanwhile, and removes old deliveries. */
async function tidy(transaction: Transaction, webhookId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE webhook_delivery d SET next_attempt_at = NULL, failed_at = now(), failure = 'EVENT_REMOVED'
    WHERE d.endpoint_id = ${webhookId}::uuid AND d.next_attempt_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM event e WHERE e.tenant_id = d.tenant_id AND e.number = d.event_number)`
  await transaction.$executeRaw`
    DELETE FROM webhook_delivery WHERE endpoint_id = ${webhookId}::uuid AND next_attempt_at IS NULL
      AND event_at < now() - make_interval(days => ${webhookDeliveryDays}::int)`
}

interface EventRow extends Omit<TenantEvent, 'number'> {
  readonly number: bigint
  readonly attempts: number
  readonly isDue: boolean
}

async function due(
  transaction: Transaction,
  tenantId: string,
  { id, ordered }: Pick<Webhook, 'id' | 'ordered'>,
  most: number,
): Promise<DueEvent[]> {
  const rows = await transaction.$queryRaw<EventRow[]>`
    SELECT e.id::text AS id, e.tenant_id AS "tenantId", e.number, e.type, e.at, e.data, d.attempts,
      d.next_attempt_at <= now() AS "isDue"
    FROM webhook_delivery d JOIN event e ON e.tenant_id = ${tenantId} AND e.number = d.event_number
    WHERE d.endpoint_id = ${id}::uuid AND d.next_attempt_at IS NOT NULL AND (${ordered} OR d.next_attempt_at <= now())
    ORDER BY e.number LIMIT ${most}`
  const firstWaiting = rows.findIndex(({ isDue }) => !isDue)
  return (firstWaiting < 0 ? rows : rows.slice(0, firstWaiting)).map(
    ({ attempts, number, isDue: _isDue, ...event }) => ({
      event: { ...event, number: Number(number) },
      attempts,
    }),
  )
}

async function nextDue(
  transaction: Transaction,
  { id, ordered }: Pick<Webhook, 'id' | 'ordered'>,
): Promise<Date | null> {
  const row = await transaction.webhookDelivery.findFirst({
    where: { endpointId: id, nextAttemptAt: { not: null } },
    orderBy: ordered ? { eventNumber: 'asc' } : { nextAttemptAt: 'asc' },
  })
  return row?.nextAttemptAt ?? null
}

async function record(
  transaction: Transaction,
  tenantId: string,
  endpointId: string,
  { number, attempts, at, statusCode, failure, next, disable }: WebhookAttempt,
): Promise<boolean> {
  const { count } = await transaction.webhookDelivery.updateMany({
    // As it was read: a replay, or another worker, may have changed it meanwhile.
    where: { tenantId, endpointId, eventNumber: number, attempts, nextAttemptAt: { not: null } },
    data: {
      ...{ statusCode, failure, attempts: attempts + 1, nextAttemptAt: next },
      deliveredAt: failure === null ? at : null,
      failedAt: failure !== null && next === null ? at : null,
    },
  })
  if (count === 1 && disable) {
    const data = { disabledAt: at, disabledReason: disable }
    await transaction.webhookEndpoint.updateMany({ where: { tenantId, id: endpointId, disabledAt: null }, data })
  }
  return count === 1
}
