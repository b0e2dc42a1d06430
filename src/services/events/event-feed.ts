import type { EventRequest, EventStore } from '../../database/event-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { EventType, TenantEvent } from '../../domain/event.js'
import { testEvent } from '../../domain/events/tenant-events.js'
import type { Logger } from '../../telemetry/logger.js'
import { ok, type Outcome } from '../outcome.js'
import { InvalidPageError, type Page, type PageArguments, pageLimits } from '../page.js'
import { notRegistered } from '../registrations/entity-list-change.js'
import { createEventFollowers } from './event-followers.js'

export type EventPageArguments = PageArguments & {
  /** Null or absent: all types. */
  readonly types?: readonly EventType[] | null | undefined
}

/** A page of events, oldest first. The cursor of an event is its number. */
export interface EventFeedPage extends Page<TenantEvent> {
  /** The number of the tenant's last event, also of another type; 0 without any. */
  readonly lastNumber: number
  /** How many events after the cursor `after` were removed, because their retention time was over. */
  readonly missed: number
}

/** The tenant's own events, for callers that pull them. The tenant is always the actor's. */
export interface EventFeed {
  /** @throws InvalidPageError */
  page(actor: Actor, page: EventPageArguments): Promise<EventFeedPage>
  /**
   * Returns each event after that cursor, or each new one without a cursor, until the signal aborts.
   * @throws InvalidPageError if the cursor is invalid, or if events after it were removed
   */
  follow(actor: Actor, from: FollowArguments, signal: AbortSignal): AsyncGenerator<TenantEvent, void>
  /** Keeps an event of the type `test`. */
  sendTest(actor: Actor): Promise<Outcome<TenantEvent>>
}

export interface FollowArguments {
  readonly after?: string | null | undefined
  readonly types?: readonly EventType[] | null | undefined
}

export interface EventFeedDependencies {
  readonly transact: Transact
  readonly tenantEvents: EventStore
  readonly logger: Logger
  readonly pollMs?: number
}

export function createEventFeed(deps: EventFeedDependencies): EventFeed {
  const followers = createEventFollowers(deps)
  return {
    page: (actor, page) => pageOfEvents(deps.tenantEvents, actor, page),
    follow: (actor, from, signal) => follow(deps.tenantEvents, followers, actor, from, signal),
    sendTest: (actor) => sendTestEvent(deps, actor),
  }
}

async function pageOfEvents(
  tenantEvents: EventStore,
  { tenantId }: Actor,
  { types, ...page }: EventPageArguments,
): Promise<EventFeedPage> {
  const { size, isBackwards, cursor } = pageLimits(page)
  const position = cursor == null ? undefined : positionOf(cursor)
  const request: EventRequest = {
    take: size + 1,
    types,
    ...(isBackwards ? { before: position ?? Number.MAX_SAFE_INTEGER } : { after: position ?? 0 }),
  }
  const { events, last, removedThrough } = await tenantEvents.page(tenantId, request)
  const more = events.length > size
  const shown = isBackwards ? events.slice(-size) : events.slice(0, size)
  return {
    edges: shown.map((node) => ({ cursor: String(node.number), node })),
    hasNextPage: isBackwards ? position !== undefined : more,
    hasPreviousPage: isBackwards ? more : position !== undefined,
    lastNumber: last,
    missed: isBackwards ? 0 : Math.max(0, removedThrough - (position ?? 0)),
  }
}

/** The number in a cursor. @throws InvalidPageError */
function positionOf(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) {
    throw new InvalidPageError(
      'The cursor is invalid. Pass the number of an event, or a cursor that this API returned.',
    )
  }
  return Number(cursor)
}

/** How many events are read at once. */
const atOnce = 100

async function* follow(
  tenantEvents: EventStore,
  followers: ReturnType<typeof createEventFollowers>,
  { tenantId }: Actor,
  { after, types }: FollowArguments,
  signal: AbortSignal,
): AsyncGenerator<TenantEvent, void> {
  let position = await startOf(tenantEvents, tenantId, after)
  while (!signal.aborted) {
    const events = await tenantEvents.after(tenantId, position, atOnce)
    for (const event of events) {
      if (signal.aborted) return
      if (types == null || types.includes(event.type)) yield event
      position = event.number
    }
    if (events.length < atOnce) await followers.eventPast(tenantId, position, signal)
  }
}

async function startOf(tenantEvents: EventStore, tenantId: string, after: string | null | undefined): Promise<number> {
  if (after == null) return tenantEvents.lastNumber(tenantId)
  const position = positionOf(after)
  const { removedThrough } = await tenantEvents.page(tenantId, { take: 1, after: position })
  if (removedThrough <= position) return position
  throw new InvalidPageError(
    `Events ${position + 1} to ${removedThrough} were removed, because their retention time is over. Read what you have ` +
      `missed in another way, such as exportDeliveries. Then subscribe with after: "${removedThrough}".`,
  )
}

/** Keeps an event of the type `test`, with which a tenant tries its receivers. */
export async function sendTestEvent(
  { transact }: Pick<EventFeedDependencies, 'transact'>,
  actor: Actor,
): Promise<Outcome<TenantEvent>> {
  return transact(actor.tenantId, async ({ registration, audit, events }) => {
    // A tenant that was removed or erased may still have valid tokens.
    if (!(await registration.find())) return notRegistered
    await audit.keep(auditEntry(actor, 'TEST_EVENT_SENT'))
    const [kept] = await events.keep(testEvent(actor))
    if (!kept) throw new Error('the test event was not kept')
    return ok(kept)
  })
}
