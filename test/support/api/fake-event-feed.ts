import type { EventStore } from '../../../src/database/event-store.js'
import type { UnitOfWork } from '../../../src/database/unit-of-work/unit-of-work.js'
import type { EventData, EventType, NewEvent, TenantEvent } from '../../../src/domain/event.js'
import { createEventFeed, type EventFeed } from '../../../src/services/events/event-feed.js'
import { createLogger } from '../../../src/telemetry/logger.js'

/** An outbox in memory, of one tenant whatever its id. */
export class FakeOutbox {
  readonly events: TenantEvent[] = []
  /** Events up to this number count as removed. */
  removedThrough = 0

  add(type: EventType, data: EventData = {}): TenantEvent {
    const number = (this.events.at(-1)?.number ?? this.removedThrough) + 1
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
    const event = { id, tenantId: 'acme', number, type, at: new Date('2026-11-24T00:00:00Z'), data }
    this.events.push(event)
    return event
  }

  get last(): number {
    return this.events.at(-1)?.number ?? this.removedThrough
  }

  get store(): EventStore {
    const after = async (_tenant: string, number: number, limit: number, types?: readonly EventType[]) =>
      this.events.filter((event) => event.number > number && (!types || types.includes(event.type))).slice(0, limit)
    return {
      after,
      page: async (tenant, { after: from = 0, before, take, types }) => {
        const wanted = await after(tenant, before === undefined ? from : 0, Infinity, types ?? undefined)
        const events =
          before === undefined ? wanted.slice(0, take) : wanted.filter(({ number }) => number < before).slice(-take)
        return { events, last: this.last, removedThrough: this.removedThrough }
      },
      find: async (_tenant, id) => this.events.find((event) => event.id === id),
      lastNumber: async () => this.last,
      tenantsWithEventsPast: async (positions) =>
        [...positions].flatMap(([tenant, number]) => (this.last > number ? [tenant] : [])),
    }
  }
}

/** The product's own use case over an outbox in memory. */
export function fakeEventFeed(outbox = new FakeOutbox(), isRegistered = true): EventFeed {
  const unit = {
    registration: { find: async () => (isRegistered ? {} : undefined) },
    audit: { keep: async () => undefined },
    events: { keep: async (...events: NewEvent[]) => events.map(({ type, data }) => outbox.add(type, data)) },
  }
  return createEventFeed({
    transact: (_tenant, work) => work(unit as unknown as UnitOfWork),
    tenantEvents: outbox.store,
    logger: createLogger({ level: 'silent' }),
    pollMs: 5,
  })
}
