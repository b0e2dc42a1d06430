import type { Webhook } from '../../domain/webhook.js'
import type { Transaction } from '../client.js'

/** One event, or those that happened in [from, to). */
export type Replay = { readonly eventId: string } | { readonly from: Date; readonly to: Date }

/**
 * Makes events due again, also ones that happened before the endpoint was added. Of a period, only those that the filter of the
 * endpoint contains. Events that the endpoint has yet to receive stay as they are: they come anyway.
 */
export async function replayEvents(
  transaction: Transaction,
  {
    tenantId,
    webhook,
    what,
    most,
  }: {
    readonly tenantId: string
    readonly webhook: Pick<Webhook, 'id' | 'types'>
    readonly what: Replay
    readonly most: number
  },
): Promise<number> {
  const numbers = await numbersOf(transaction, { tenantId, webhook, what, most })
  if (numbers.length > most) return numbers.length
  await transaction.$executeRaw`
    INSERT INTO webhook_delivery AS d (tenant_id, endpoint_id, event_number, event_id, event_type, event_at, next_attempt_at)
    SELECT e.tenant_id, ${webhook.id}::uuid, e.number, e.id, e.type, e.at, now()
    FROM event e WHERE e.tenant_id = ${tenantId} AND e.number = ANY (${numbers}::bigint[])
    ON CONFLICT (endpoint_id, event_number) DO UPDATE SET
      attempts = 0, next_attempt_at = now(), delivered_at = NULL, failed_at = NULL, status_code = NULL, failure = NULL`
  return numbers.length
}

async function numbersOf(
  transaction: Transaction,
  { tenantId, webhook, what, most }: Parameters<typeof replayEvents>[1],
): Promise<bigint[]> {
  const eventId = 'eventId' in what ? what.eventId : null
  const [from, to] = 'from' in what ? [what.from.toISOString(), what.to.toISOString()] : [null, null]
  const types = webhook.types ? [...webhook.types] : null
  const rows = await transaction.$queryRaw<{ number: bigint }[]>`
    SELECT e.number FROM event e JOIN webhook_endpoint w ON w.id = ${webhook.id}::uuid
    WHERE e.tenant_id = ${tenantId} AND e.number <= w."position" AND CASE
      WHEN ${eventId}::uuid IS NOT NULL THEN e.id = ${eventId}::uuid
      ELSE e.at >= ${from}::timestamptz AND e.at < ${to}::timestamptz AND e.type <> 'test'
        AND (${types}::text[] IS NULL OR e.type = ANY (${types}::text[])) END
    ORDER BY e.number LIMIT ${most + 1}`
  return rows.map(({ number }) => number)
}
