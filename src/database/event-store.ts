import type { EventData, EventType, TenantEvent } from '../domain/event.js'
import { Prisma } from '../generated/prisma/client.js'
import type { TenantEventModel } from '../generated/prisma/models.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'

/** Which events of a tenant, in the order of their numbers. */
export interface EventRequest {
  readonly take: number
  /** Only events after this number, from the first one on. */
  readonly after?: number
  /** Only events before this number, up to the last one. It takes the place of `after`. */
  readonly before?: number
  /** Null or absent: all types. */
  readonly types?: readonly EventType[] | null | undefined
}

export interface EventPage {
  /** In the order of their numbers. */
  readonly events: readonly TenantEvent[]
  /** The number of the tenant's last event; 0 without any. */
  readonly last: number
  /** Events up to this number were removed, because their time was over; 0 if none was. */
  readonly removedThrough: number
}

/** Reads the outbox. */
export interface EventStore {
  /** At most `limit` events after that number, in the order of their numbers. */
  after(tenantId: string, number: number, limit: number, types?: readonly EventType[]): Promise<TenantEvent[]>
  /** Events with what is known of the others, as they are at one time. */
  page(tenantId: string, request: EventRequest): Promise<EventPage>
  find(tenantId: string, id: string): Promise<TenantEvent | undefined>
  /** The number of the tenant's last event; 0 without any. */
  lastNumber(tenantId: string): Promise<number>
  /** Which of these tenants have events after the number that is given for them. */
  tenantsWithEventsPast(positions: ReadonlyMap<string, number>): Promise<string[]>
}

export function createEventStore(database: Database): EventStore {
  return withTypedErrors({
    after: (tenantId, number, limit, types) =>
      database.forTenant(tenantId, (transaction) =>
        eventsOf(transaction, tenantId, { take: limit, after: number, types }),
      ),
    page: (tenantId, request) =>
      database.forTenant(tenantId, (transaction) => pageOf(transaction, tenantId, request), {
        isolationLevel: 'RepeatableRead',
      }),
    find: (tenantId, id) =>
      database.forTenant(tenantId, async (transaction) => {
        const row = await transaction.tenantEvent.findFirst({ where: { tenantId, id } })
        return row ? eventFromRow(row) : undefined
      }),
    lastNumber: (tenantId) => database.forTenant(tenantId, (transaction) => lastNumber(transaction, tenantId)),
    tenantsWithEventsPast: async (positions) => {
      if (positions.size === 0) return []
      const given = JSON.stringify(Object.fromEntries(positions))
      return database.tenantIds(Prisma.sql`tenants_with_events_past(${given}::jsonb)`)
    },
  })
}

async function pageOf(transaction: Transaction, tenantId: string, request: EventRequest): Promise<EventPage> {
  const events = await eventsOf(transaction, tenantId, request)
  const last = await lastNumber(transaction, tenantId)
  const first = { where: { tenantId }, orderBy: { number: 'asc' as const }, select: { number: true } }
  const oldest = await transaction.tenantEvent.findFirst(first)
  return { events, last, removedThrough: oldest ? Number(oldest.number) - 1 : last }
}

async function eventsOf(
  transaction: Transaction,
  tenantId: string,
  { take, after = 0, before, types }: EventRequest,
): Promise<TenantEvent[]> {
  const rows = await transaction.tenantEvent.findMany({
    where: {
      tenantId,
      number: before === undefined ? { gt: BigInt(after) } : { lt: BigInt(before) },
      ...(types != null && { type: { in: [...types] } }),
    },
    orderBy: { number: before === undefined ? 'asc' : 'desc' },
    take,
  })
  const events = rows.map(eventFromRow)
  return before === undefined ? events : events.toReversed()
}

async function lastNumber(transaction: Transaction, tenantId: string): Promise<number> {
  const position = await transaction.eventPosition.findUnique({ where: { tenantId } })
  return Number(position?.last ?? 0)
}

export function eventFromRow({ id, tenantId, number, type, at, data }: TenantEventModel): TenantEvent {
  return { id, tenantId, number: Number(number), type: type as EventType, at, data: data as EventData }
}
