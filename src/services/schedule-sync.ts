import type { Actor } from '../domain/actor.js'
import type { RegistrationStore, StoredRegistration } from '../database/registration-store.js'
import type { Catalog } from '../domain/entity.js'
import { ExportError, isUnavailable } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import { KeyedTurns, Turns } from '../domain/turns.js'
import type { ScheduleGateway } from '../schedules/schedule-gateway.js'
import type { ScheduleSpec } from '../schedules/schedule-spec.js'
import type { Events } from '../telemetry/events.js'

/** Keeps Temporal's schedules what the registrations say. */
export interface ScheduleSync {
  /** Makes one tenant's schedule match. Where that fails it stays pending, is reported, and is tried again later. */
  sync(tenantId: string): Promise<void>
  /**
   * Makes every pending schedule match. With `all`, also those that Temporal has lost or that somebody edited, and
   * removes ours that have no registration; an engineer's pause stays. May be done by several processes at once.
   * @throws ExportError TEMPORAL_UNAVAILABLE, DATABASE_UNAVAILABLE
   */
  reconcile(options: { all: boolean; signal?: AbortSignal }): Promise<void>
  /**
   * Removes a registration and its schedule; runs, deliveries and changes stay on record. False where there was none.
   * @throws ExportError TEMPORAL_UNAVAILABLE, and then asking again finishes it.
   */
  removeRegistration(actor: Actor): Promise<boolean>
}

export interface ScheduleSyncDependencies {
  readonly catalog: Catalog
  readonly store: RegistrationStore
  readonly gateway: ScheduleGateway
  readonly specOf: (stored: StoredRegistration, activeEntityNames: readonly string[]) => ScheduleSpec
  readonly events: Events
}

const batch = 100
/**
 * Tenants whose schedule is made to match at the same time: each holds a database connection until Temporal answers, and
 * reads and registrations need some, too.
 */
const atOnce = 4
/** A call that registers waits so long for its turn; then its schedule stays pending, and the reconciler sees to it. */
const waitMs = 4000

export function createScheduleSync({
  catalog,
  store,
  gateway,
  specOf,
  events,
}: ScheduleSyncDependencies): ScheduleSync {
  const specFor = (stored: StoredRegistration): ScheduleSpec =>
    specOf(
      stored,
      activeEntities(stored.registration, catalog).map((entity) => entity.name),
    )

  const apply = async (tenantId: string): Promise<void> =>
    store.syncSchedule(tenantId, async (stored) => {
      if (stored) await gateway.apply(specFor(stored))
      else await gateway.remove(tenantId)
    })

  const turns = new Turns(atOnce)
  const applyInTurn = async (tenantId: string): Promise<void> => {
    const release = await turns.acquire(waitMs)
    try {
      if (!release) throw new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal has too much to do at the moment')
      await apply(tenantId)
      events.scheduleSynced(tenantId)
    } catch (error) {
      events.scheduleSyncFailed(tenantId, error)
    } finally {
      release?.()
    }
  }

  // One turn at a time for each tenant. The calls that wait for it share it: it reads what they have all written.
  const tenantTurns = new KeyedTurns(1)
  const waiting = new Map<string, Promise<void>>()
  const sync = (tenantId: string): Promise<void> => {
    const shared = waiting.get(tenantId)
    if (shared) return shared
    const own = tenantTurns.take(tenantId, () => {
      waiting.delete(tenantId)
      return applyInTurn(tenantId)
    })
    waiting.set(tenantId, own)
    return own
  }

  /**
   * Throws where the next tenant would fare no better: where Temporal is down, each would wait for its deadline. What
   * is wrong with one tenant alone does not hold up the others.
   */
  const inTurn = async (tenantId: string, mend: (tenantId: string) => Promise<void>): Promise<void> => {
    try {
      await mend(tenantId)
    } catch (error) {
      if (isUnavailable(error)) throw error
      events.scheduleSyncFailed(tenantId, error)
    }
  }

  const mend = async (tenantId: string): Promise<void> => {
    await apply(tenantId)
    events.scheduleSynced(tenantId)
  }

  /** A schedule that is as it shall be is left alone: each update is one more event in its history. */
  const mendUnlessRight = async (tenantId: string): Promise<void> => {
    const stored = await store.find(tenantId)
    if (!stored || !(await gateway.matches(specFor(stored)))) await mend(tenantId)
  }

  /** Asks the registrations again under the lock: a tenant may have registered since the look. */
  const removeOrphan = async (tenantId: string): Promise<void> => {
    await apply(tenantId)
    events.orphanRemoved(tenantId)
  }

  const reconcileAll = async (signal: AbortSignal | undefined): Promise<void> => {
    const registered = await store.tenants()
    for (const tenantId of registered) {
      if (signal?.aborted) return
      await inTurn(tenantId, mendUnlessRight)
    }
    // A database without any registration is more likely the wrong one, or not restored yet.
    if (registered.length === 0) return
    for (const tenantId of await gateway.orphans(new Set(registered))) await inTurn(tenantId, removeOrphan)
  }

  return {
    sync,
    reconcile: async ({ all, signal }) => {
      for (const tenantId of await store.tenantsWithPendingSchedule(batch)) await inTurn(tenantId, mend)
      if (all) await reconcileAll(signal)
    },
    removeRegistration: async (actor) => {
      const removed = await store.remove(actor)
      await apply(actor.tenantId)
      return removed
    },
  }
}
