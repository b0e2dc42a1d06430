import { randomUUID } from 'node:crypto'
import type { NewEvent, TenantEvent } from '../../domain/event.js'
import type { Transaction } from '../client.js'

/** The outbox of the transaction's tenant. */
export interface TenantEvents {
  /** See {@link keepEvents}. */
  keep(...events: readonly NewEvent[]): Promise<TenantEvent[]>
}

export function tenantEvents(transaction: Transaction, tenantId: string): TenantEvents {
  return { keep: (...events) => keepEvents(transaction, tenantId, events) }
}

/**
 * Keeps events if, and only if, the transaction commits, and returns those that are new. It is one statement, and none without
 * events. It locks the tenant's outbox until the transaction ends: call it last, so that transactions wait only briefly, and
 * lock in the same order.
 */
export async function keepEvents(
  transaction: Transaction,
  tenantId: string,
  events: readonly NewEvent[],
): Promise<TenantEvent[]> {
  const given = withoutRepeatedKeys(events).map((event) => ({ ...event, id: randomUUID() }))
  if (given.length === 0) return []
  const kept = await transaction.$queryRaw<{ id: string; number: bigint; at: Date }[]>`
    SELECT id::text, number, at FROM keep_events(${tenantId}, ${JSON.stringify(given)}::json)`
  return kept.flatMap(({ id, number, at }) => {
    const event = given.find((each) => each.id === id)
    // As it is stored: dates are text.
    return event ? [{ id, tenantId, number: Number(number), type: event.type, at, data: asStored(event.data) }] : []
  })
}

function withoutRepeatedKeys(events: readonly NewEvent[]): NewEvent[] {
  return events.filter(
    ({ key }, index) => key === undefined || events.findIndex((earlier) => earlier.key === key) === index,
  )
}

function asStored(data: TenantEvent['data']): TenantEvent['data'] {
  return JSON.parse(JSON.stringify(data)) as TenantEvent['data']
}
