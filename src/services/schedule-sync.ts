import { setTimeout as delay } from 'node:timers/promises'
import type { RegistrationStore } from '../database/registration-store.js'
import type { Catalog } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import type { ScheduleGateway } from '../schedules/schedule-gateway.js'
import type { ScheduleSpec } from '../schedules/schedule-spec.js'
import type { Registration } from '../domain/registration.js'
import type { Events } from '../telemetry/events.js'

/** Keeps Temporal's schedules what the registrations say. */
export interface ScheduleSync {
  /** Makes one tenant's schedule match. Where that fails it stays pending, is reported, and is tried again later. */
  sync(tenantId: string): Promise<void>
  /** Makes every pending schedule match; with `all`, also those that Temporal has lost or holds in another version. */
  reconcile(options: { all: boolean }): Promise<void>
  /**
   * Removes a registration and its schedule; runs, deliveries and changes stay on record. False where there was none.
   * @throws ExportError TEMPORAL_UNAVAILABLE, and then asking again finishes it.
   */
  removeRegistration(tenantId: string): Promise<boolean>
  /** Reconciles again and again until the signal says stop. */
  keepReconciling(signal: AbortSignal, everySeconds: number): Promise<void>
}

export interface ScheduleSyncDependencies {
  readonly catalog: Catalog
  readonly store: RegistrationStore
  readonly gateway: ScheduleGateway
  readonly specOf: (registration: Registration, activeEntityNames: readonly string[]) => ScheduleSpec
  readonly events: Events
}

const batch = 100
/** Looking through all schedules is for what went wrong outside of Tidemark, so it is done seldom. */
const roundsBetweenFullLooks = 60

export function createScheduleSync({
  catalog,
  store,
  gateway,
  specOf,
  events,
}: ScheduleSyncDependencies): ScheduleSync {
  const apply = async (tenantId: string): Promise<void> =>
    store.syncSchedule(tenantId, async (registration) => {
      if (!registration) return gateway.remove(tenantId)
      const names = activeEntities(registration, catalog).map((entity) => entity.name)
      return gateway.apply(specOf(registration, names))
    })

  const sync = async (tenantId: string): Promise<void> => {
    try {
      await apply(tenantId)
      events.scheduleSynced(tenantId)
    } catch (error) {
      events.scheduleSyncFailed(tenantId, error)
    }
  }

  /**
   * Throws where the next tenant would fare no better: where Temporal is down, each would wait for its deadline. What
   * is wrong with one tenant alone does not hold up the others.
   */
  const applyInTurn = async (tenantId: string): Promise<void> => {
    try {
      await apply(tenantId)
      events.scheduleSynced(tenantId)
    } catch (error) {
      if (error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')) throw error
      events.scheduleSyncFailed(tenantId, error)
    }
  }

  const reconcile = async ({ all }: { all: boolean }): Promise<void> => {
    for (const tenantId of await store.tenantsWithPendingSchedule(batch)) await applyInTurn(tenantId)
    if (!all) return
    const existing = await gateway.versions()
    for (const [tenantId, version] of await store.versions()) {
      if (existing.get(tenantId) !== version) await applyInTurn(tenantId)
    }
  }

  return {
    sync,
    reconcile,
    removeRegistration: async (tenantId) => {
      const removed = await store.remove(tenantId)
      await apply(tenantId)
      return removed
    },
    keepReconciling: async (signal, everySeconds) => {
      let failed = 0
      for (let round = 0; !signal.aborted; round++) {
        try {
          await reconcile({ all: failed > 0 || round % roundsBetweenFullLooks === 0 })
          if (failed > 0) events.reconciledAgain()
          failed = 0
        } catch (error) {
          events.reconcileFailed(error, ++failed)
        }
        await delay(everySeconds * 1000, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}
