import type { ScheduleReadingStore } from '../database/operations/schedule-readings.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { StoredRegistration, TenantRegistration } from '../database/unit-of-work/tenant-registration.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Catalog } from '../domain/entity.js'
import { ExportError, isUnavailable } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import { KeyedSemaphore, Semaphore } from '../domain/semaphore.js'
import type { ScheduleGateway } from '../schedules/schedule-gateway.js'
import type { ScheduleSpec } from '../schedules/schedule-spec.js'
import type { Events } from '../telemetry/events.js'

/** Keeps Temporal's schedules in line with the registrations. */
export interface ScheduleSync {
  /**
   * Makes one tenant's schedule match. `written` is the registration that the caller has just written. If that fails, the
   * schedule stays pending, the failure is reported, and the reconciler tries again later. Returns what has changed.
   */
  sync(tenantId: string, written?: StoredRegistration): Promise<ScheduleProgress>
  /** Makes one tenant's schedule match. Without a registration, it removes the schedule. @throws ExportError TEMPORAL_UNAVAILABLE */
  apply(tenantId: string): Promise<void>
  /** As {@link apply}, and ends the pause of a person, who has paused the schedule in Temporal itself. Returns what has changed. */
  override(tenantId: string): Promise<ScheduleProgress>
  /**
   * Makes every pending schedule match. With `all`, it also restores schedules that Temporal has lost or that a person has
   * edited, and removes those of this task queue without a registration. An operator's pause stays. Several processes may do
   * so at once.
   * @throws ExportError TEMPORAL_UNAVAILABLE, DATABASE_UNAVAILABLE
   */
  reconcile(options: { all: boolean; signal?: AbortSignal }): Promise<void>
}

/** How far a schedule follows its registration now. What is left out is as it was. */
export type ScheduleProgress = Partial<Pick<StoredRegistration, 'scheduledVersion' | 'scheduleError'>>

export interface ScheduleSyncDependencies {
  readonly catalog: Catalog
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly scheduleReadings: ScheduleReadingStore
  readonly gateway: ScheduleGateway
  readonly specOf: (stored: StoredRegistration, activeEntityNames: readonly string[]) => ScheduleSpec
  readonly events: Events
}

const batch = 100
/**
 * The number of calls that make schedules match at the same time. Each holds a database connection until Temporal answers, and
 * reads and registrations need connections, too.
 */
const atOnce = 4
/** A call waits at most this long for the others. Then the schedule stays pending, and the reconciler makes it match. */
const waitMs = 4000

export function createScheduleSync(deps: ScheduleSyncDependencies): ScheduleSync {
  const apply = async (tenantId: string): Promise<void> => void (await follow(deps, tenantId))
  return {
    sync: createSync(deps),
    apply,
    override: (tenantId) => follow(deps, tenantId, undefined, { overridesPause: true }),
    reconcile: async ({ all, signal }) => {
      for (const tenantId of await deps.registrations.tenantsWithPendingSchedule(batch)) {
        await reportingFailure(deps, tenantId, () => repair(deps, tenantId))
      }
      if (all) await reconcileAll(deps, signal)
    },
  }
}

/** Calls for different tenants run `atOnce`, calls for one tenant one after the other. */
function createSync(deps: ScheduleSyncDependencies): ScheduleSync['sync'] {
  const all = new Semaphore(atOnce)
  const tenants = new KeyedSemaphore(1)
  const waiting = new Map<string, { written: StoredRegistration | undefined; done: Promise<ScheduleProgress> }>()

  const syncAdmitted = async (tenantId: string, written?: StoredRegistration): Promise<ScheduleProgress> => {
    const release = await all.acquire(waitMs)
    if (!release) {
      const error = new ExportError('TEMPORAL_UNAVAILABLE', 'Too many schedules are being updated at the moment')
      deps.events.scheduleSyncFailed(tenantId, error)
      return {}
    }
    try {
      const progress = await follow(deps, tenantId, written)
      deps.events.scheduleSynced(tenantId)
      return progress
    } catch (error) {
      deps.events.scheduleSyncFailed(tenantId, error)
      return { scheduledVersion: null, scheduleError: messageOf(error) }
    } finally {
      release()
    }
  }

  return (tenantId, written) => {
    const shared = waiting.get(tenantId)
    if (shared) {
      // Two calls have written. Only the database knows which of them was last.
      shared.written = undefined
      return shared.done
    }
    const own = { written, done: Promise.resolve<ScheduleProgress>({}) }
    own.done = tenants.run(tenantId, () => {
      waiting.delete(tenantId)
      return syncAdmitted(tenantId, own.written)
    })
    waiting.set(tenantId, own)
    return own.done
  }
}

/**
 * Makes the schedule match under the tenant's lock for schedules. The lock is not that of registrations, which must not wait
 * for Temporal. A failure is recorded and thrown.
 */
async function follow(
  deps: ScheduleSyncDependencies,
  tenantId: string,
  written?: StoredRegistration,
  options: { readonly overridesPause?: boolean } = {},
): Promise<ScheduleProgress> {
  try {
    return await deps.transact(
      tenantId,
      ({ registration }) => followRegistration(deps, registration, tenantId, { written, ...options }),
      { lock: 'schedule' },
    )
  } catch (error) {
    await deps.transact(tenantId, ({ registration }) => registration.recordScheduleError(messageOf(error)))
    throw error
  }
}

/**
 * Reads the registration only if the caller did not pass it, or if it has changed since. A late caller may so apply an older
 * registration for a moment, before the current one. If the process dies in that moment, the next comparison of all schedules
 * repairs the schedule.
 */
async function followRegistration(
  deps: ScheduleSyncDependencies,
  registration: TenantRegistration,
  tenantId: string,
  { written, overridesPause = false }: { written: StoredRegistration | undefined; overridesPause?: boolean },
): Promise<ScheduleProgress> {
  const { gateway } = deps
  const matches = async (stored: StoredRegistration): Promise<boolean> => {
    await gateway.apply(specFor(deps, stored), { overridesPause })
    return registration.recordSchedule(stored)
  }
  const upToDate = ({ registration: { version } }: StoredRegistration) => ({
    scheduledVersion: version,
    scheduleError: null,
  })
  if (written && (await matches(written))) return upToDate(written)
  const stored = await registration.find()
  if (!stored) {
    await gateway.remove(tenantId)
    return {}
  }
  // If it has changed once more, the schedule is pending for the call that changed it.
  await matches(stored)
  return upToDate(stored)
}

function specFor({ catalog, specOf }: ScheduleSyncDependencies, stored: StoredRegistration): ScheduleSpec {
  const active = activeEntities(stored.registration, catalog)
  return specOf(
    stored,
    active.map((entity) => entity.name),
  )
}

async function reconcileAll(deps: ScheduleSyncDependencies, signal: AbortSignal | undefined): Promise<void> {
  const { registrations, gateway } = deps
  const registered = await registrations.tenants()
  for (const tenantId of registered) {
    if (signal?.aborted) return
    await reportingFailure(deps, tenantId, () => repairIfWrong(deps, tenantId))
  }
  // A database without any registration is probably the wrong one, or not restored yet.
  if (registered.length === 0) return
  for (const tenantId of await gateway.orphans(new Set(registered))) {
    await reportingFailure(deps, tenantId, () => removeOrphan(deps, tenantId))
  }
}

/**
 * Throws if the next tenant would fail, too: while Temporal is down, each would wait for its deadline. A failure of one tenant
 * is reported and does not stop the others.
 */
async function reportingFailure(
  { events }: ScheduleSyncDependencies,
  tenantId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isUnavailable(error)) throw error
    events.scheduleSyncFailed(tenantId, error)
  }
}

async function repair(deps: ScheduleSyncDependencies, tenantId: string): Promise<void> {
  await follow(deps, tenantId)
  deps.events.scheduleSynced(tenantId)
}

/**
 * Leaves a correct schedule alone: each update is one more event in its history. Records what Temporal reports of the schedule,
 * such as missed runs.
 */
async function repairIfWrong(deps: ScheduleSyncDependencies, tenantId: string): Promise<void> {
  const stored = await deps.registrations.find(tenantId)
  if (!stored) return repair(deps, tenantId)
  const { matches, reading } = await deps.gateway.compare(specFor(deps, stored))
  if (reading) await deps.scheduleReadings.record(tenantId, reading)
  if (!matches) await repair(deps, tenantId)
}

/** Reads the registration again under the lock: the tenant may have registered since the list was made. */
async function removeOrphan(deps: ScheduleSyncDependencies, tenantId: string): Promise<void> {
  await follow(deps, tenantId)
  deps.events.orphanRemoved(tenantId)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
