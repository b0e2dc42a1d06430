import type { ScheduleReadingStore } from '../database/operations/schedule-readings.js'
import type { LatenessStore } from '../database/lateness-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { StoredRegistration, TenantRegistration } from '../database/unit-of-work/tenant-registration.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Catalog } from '../domain/entity.js'
import { isUnavailable } from '../domain/errors.js'
import { inParallel } from '../domain/in-parallel.js'
import { activeEntities } from '../domain/registration.js'
import type { ScheduleGateway, SchedulePauses } from '../schedules/schedule-gateway.js'
import type { ScheduleSpec } from '../schedules/schedule-spec.js'
import type { Events } from '../telemetry/events.js'
import { runMissedBoundary } from './missed-boundary.js'
import { type Patience, ScheduleQueue } from './schedule-queue.js'

/** Keeps Temporal's schedules in line with the registrations. On disposal, it leaves waiting schedules for the reconciler. */
export interface ScheduleSync extends AsyncDisposable {
  /**
   * Puts the tenant into the queue that makes schedules match. Call it after the commit. It waits a moment for the schedule if
   * no other schedule waits. Otherwise the schedule stays pending until its turn comes. A failure is recorded and reported, and
   * the reconciler tries again. Returns what has changed by now.
   */
  sync(tenantId: string): Promise<ScheduleProgress>
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
  readonly lateness: LatenessStore
  readonly gateway: ScheduleGateway
  readonly pauses: Pick<SchedulePauses, 'backfill'>
  readonly specOf: (stored: StoredRegistration, activeEntityNames: readonly string[]) => ScheduleSpec
  readonly events: Events
  /** The number of schedules that are changed at the same time. Each holds a database connection until Temporal answers. */
  readonly atOnce: number
  readonly patience: Patience
}

/** The number of pending schedules that one reconciliation updates at most. */
const batch = 1000

type Queue = ScheduleQueue<Attempt>

/** What became of an attempt to make a schedule match. */
interface Attempt {
  readonly progress: ScheduleProgress
  readonly error?: unknown
}

export function createScheduleSync(deps: ScheduleSyncDependencies): ScheduleSync {
  const { events, atOnce, patience } = deps
  const queue: Queue = new ScheduleQueue(
    (tenantId) => attempt(deps, tenantId),
    atOnce,
    (count) => events.schedulesLeft(count),
  )
  return {
    sync: async (tenantId) => (await queue.addAndWait(tenantId, patience))?.progress ?? {},
    apply: async (tenantId) => void (await follow(deps, tenantId)),
    override: (tenantId) => follow(deps, tenantId, { overridesPause: true }),
    reconcile: async ({ all, signal }) => {
      await reconcilePending(deps, queue, signal)
      if (all) await reconcileAll(deps, signal)
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}

async function attempt(deps: ScheduleSyncDependencies, tenantId: string): Promise<Attempt> {
  try {
    const progress = await follow(deps, tenantId, { onlyIfPending: true })
    deps.events.scheduleSynced(tenantId)
    return { progress }
  } catch (error) {
    deps.events.scheduleSyncFailed(tenantId, error)
    return { progress: { scheduledVersion: null, scheduleError: messageOf(error) }, error }
  }
}

/**
 * Takes its turns in the queue, so that calls do not wait for all of them. Throws if the next tenant would fail, too: while
 * Temporal is down, each would wait for its deadline.
 */
async function reconcilePending(
  { registrations, atOnce }: ScheduleSyncDependencies,
  queue: Queue,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pending = (await registrations.tenantsWithPendingSchedule(batch)).values()
  const failures: unknown[] = []
  const takeTurns = async (): Promise<void> => {
    for (const tenantId of pending) {
      const error = (await queue.add(tenantId))?.error
      if (isUnavailable(error)) failures.push(error)
      if (failures.length > 0 || signal?.aborted) return
    }
  }
  await Promise.all(Array.from({ length: atOnce }, takeTurns))
  if (failures.length > 0) throw failures[0]
}

interface FollowOptions {
  readonly overridesPause?: boolean
  /** Another process may have made the schedule match since it was found pending. */
  readonly onlyIfPending?: boolean
}

/**
 * Makes the schedule match under the tenant's lock for schedules. The lock is not that of registrations, which must not wait
 * for Temporal. A failure is recorded and thrown.
 */
async function follow(
  deps: ScheduleSyncDependencies,
  tenantId: string,
  options: FollowOptions = {},
): Promise<ScheduleProgress> {
  try {
    return await deps.transact(
      tenantId,
      ({ registration }) => followRegistration(deps, registration, tenantId, options),
      { lock: 'schedule' },
    )
  } catch (error) {
    await deps.transact(tenantId, ({ registration }) => registration.recordScheduleError(messageOf(error)))
    throw error
  }
}

async function followRegistration(
  deps: ScheduleSyncDependencies,
  registration: TenantRegistration,
  tenantId: string,
  { overridesPause = false, onlyIfPending = false }: FollowOptions,
): Promise<ScheduleProgress> {
  const stored = await registration.find()
  if (!stored) {
    await deps.gateway.remove(tenantId)
    return {}
  }
  const { version } = stored.registration
  const isPending = stored.scheduledVersion !== version
  if (isPending || !onlyIfPending) {
    await deps.gateway.apply(specFor(deps, stored), { overridesPause })
    // If it has changed meanwhile, the schedule is pending for the call that changed it.
    await registration.recordSchedule(stored)
  }
  return { scheduledVersion: version, scheduleError: null }
}

function specFor({ catalog, specOf }: ScheduleSyncDependencies, stored: StoredRegistration): ScheduleSpec {
  const active = activeEntities(stored.registration, catalog)
  return specOf(
    stored,
    active.map((entity) => entity.name),
  )
}

async function reconcileAll(deps: ScheduleSyncDependencies, signal: AbortSignal | undefined): Promise<void> {
  const { registrations, gateway, atOnce } = deps
  const registered = await registrations.tenants()
  await inParallel(registered, atOnce, async (tenantId) => {
    if (signal?.aborted) return
    await reportingFailure(deps, tenantId, () => repairIfWrong(deps, tenantId))
  })
  if (signal?.aborted) return
  // A database without any registration is probably the wrong one, or not restored yet.
  if (registered.length === 0) return
  for (const tenantId of await gateway.orphans(new Set(registered))) {
    await reportingFailure(deps, tenantId, () => removeOrphan(deps, tenantId))
  }
}

/** Throws if the next tenant would fail, too. Another failure of one tenant is reported and does not stop the others. */
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
  const { matches, reading, unusedSince } = await deps.gateway.compare(specFor(deps, stored))
  if (reading) await deps.scheduleReadings.record(tenantId, reading)
  if (!matches) await repair(deps, tenantId)
  // Temporal had lost the schedule, perhaps together with a boundary that has passed.
  const isLost = reading === null && stored.scheduledVersion === stored.registration.version
  if (isLost) await runMissedBoundary(deps, tenantId, new Date())
  else if (unusedSince) await runMissedBoundary(deps, tenantId, unusedSince)
}

/** Reads the registration again under the lock: the tenant may have registered since the list was made. */
async function removeOrphan(deps: ScheduleSyncDependencies, tenantId: string): Promise<void> {
  await follow(deps, tenantId)
  deps.events.orphanRemoved(tenantId)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
