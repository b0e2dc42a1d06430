import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { exportRunWorkflow, scheduleId } from '../contracts.js'
import type { ForeignSchedule } from '../domain/installation.js'
import type { ScheduleReading } from '../domain/schedule-reading.js'
import { installationOf, otherInstallation, withInstallation } from './installation-memo.js'
import { isAsWritten, type WrittenSchedule } from './schedule-comparison.js'
import { longDeadlineMs, patientDeadlineMs, type Temporal } from './temporal.js'
import { pausedByTenant, type ScheduleSpec } from './schedule-spec.js'

/**
 * Makes Temporal's schedules match the registrations. Every method may be called again at any time. A schedule of another
 * installation is never changed: ExportError INSTALLATION_MISMATCH.
 */
export interface ScheduleGateway {
  /** `overridesPause`: also ends the pause of a person. Otherwise that pause stays. */
  apply(spec: ScheduleSpec, options?: { readonly overridesPause?: boolean }): Promise<void>
  /** Removes a tenant's schedule, if there is one. */
  remove(tenantId: string): Promise<void>
  /** Compares the schedule in Temporal with what {@link apply} would leave there. */
  compare(spec: ScheduleSpec): Promise<ScheduleComparison>
  /**
   * Tenants outside of `known` that have a schedule of this installation for this task queue. Schedules of other installations and
   * of releases that did not mark them do not count.
   */
  orphans(known: ReadonlySet<string>): Promise<string[]>
}

export interface ForeignSchedules {
  /** The schedules of tenants for this task queue that this installation has not written, with the id of the one that has. */
  foreign(): Promise<ForeignSchedule[]>
  /** Makes a schedule belong to this installation. */
  takeOver(tenantId: string): Promise<void>
}

export interface ScheduleComparison {
  readonly matches: boolean
  /** Null if Temporal has no such schedule. */
  readonly reading: ScheduleReading | null
  /** When a schedule was made that has started no run yet and is not paused. */
  readonly unusedSince?: Date
}

/** What resuming an export asks of Temporal. */
export interface SchedulePauses {
  /**
   * When the schedule last started a run, or was made, if a person has paused it in Temporal itself. Otherwise undefined.
   */
  pausedByPerson(tenantId: string): Promise<{ readonly lastRunAt: Date } | undefined>
  /** Starts the runs of all boundaries from the first to the last, one after the other. */
  backfill(tenantId: string, first: Date, last: Date): Promise<void>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')
const versionKey = defineSearchAttributeKey('RegistrationVersion', 'INT')

export function createScheduleGateway(
  temporal: Temporal,
  options: { taskQueue: string },
  installation: () => Promise<string>,
): ScheduleGateway & SchedulePauses & ForeignSchedules {
  const call = <T>(what: string, use: (client: Client) => Promise<T>): Promise<T> =>
    temporal.call(what, use, patientDeadlineMs)
  const describe = (id: string): Promise<ScheduleDescription | undefined> =>
    call(`describe schedule ${id}`, async ({ schedule }) => {
      let found: ScheduleDescription | undefined
      await unlessMissing(async () => void (found = await schedule.getHandle(id).describe()))
      return found
    })

  const tenantsWithSchedule = (wanted: (tenantId: string) => boolean): Promise<string[]> =>
    temporal.call(
      'list schedules',
      async ({ schedule }) => {
        const tenants: string[] = []
        for await (const { scheduleId: id, action, typedSearchAttributes } of schedule.list()) {
          const tenantId = typedSearchAttributes?.get(tenantKey)
          if (tenantId === undefined || id !== scheduleId(tenantId) || !wanted(tenantId)) continue
          if (action?.workflowType === exportRunWorkflow) tenants.push(tenantId)
        }
        return tenants
      },
      longDeadlineMs,
    )

  /** @throws ExportError INSTALLATION_MISMATCH */
  const requireOurs = (found: ScheduleDescription, ours: string): void => {
    const theirs = installationOf(found)
    if (theirs !== undefined && theirs !== ours) {
      throw otherInstallation(`the schedule ${found.scheduleId}`, theirs, ours)
    }
  }
  const ofTaskQueue = async (wanted: (tenantId: string) => boolean): Promise<[string, string | undefined][]> => {
    const found: [string, string | undefined][] = []
    for (const tenantId of await tenantsWithSchedule(wanted)) {
      const schedule = await describe(scheduleId(tenantId))
      if (schedule?.action.taskQueue === options.taskQueue) found.push([tenantId, installationOf(schedule)])
    }
    return found
  }

  return {
    apply: async (spec, { overridesPause = false } = {}) => {
      const ours = await installation()
      const wanted = scheduleOptions(spec, options.taskQueue, ours)
      await call(`apply schedule ${spec.scheduleId}`, async ({ schedule }) => {
        const update = (): Promise<boolean> =>
          unlessMissing(() =>
            schedule.getHandle(spec.scheduleId).update((found) => {
              requireOurs(found, ours)
              return { ...wanted, state: overridesPause ? wanted.state : stateAfterUpdate(found.state, wanted.state) }
            }),
          )
        if (await update()) return
        try {
          await schedule.create({ ...wanted, scheduleId: spec.scheduleId })
        } catch (error) {
          // Another process has created it since. Update it instead.
          if (!(error instanceof ScheduleAlreadyRunning)) throw error
          await update()
        }
      })
    },
    remove: async (tenantId) => {
      const found = await describe(scheduleId(tenantId))
      if (!found) return
      requireOurs(found, await installation())
      await call(`remove schedule of ${tenantId}`, async ({ schedule }) => {
        await unlessMissing(() => schedule.getHandle(scheduleId(tenantId)).delete())
      })
    },
    compare: async (spec) => {
      const found = await describe(spec.scheduleId)
      if (!found) return { matches: false, reading: null }
      const wanted = scheduleOptions(spec, options.taskQueue, await installation())
      const hasState = stateAfterUpdate(found.state, wanted.state).paused === found.state.paused
      const isUnused = found.info.numActionsTaken === 0 && !found.state.paused
      return {
        matches: isAsWritten(found, wanted) && hasState,
        reading: readingOf(found),
        ...(isUnused && { unusedSince: found.info.createdAt }),
      }
    },
    orphans: async (known) => {
      const ours = await installation()
      const unknown = await ofTaskQueue((tenantId) => !known.has(tenantId))
      return unknown.flatMap(([tenantId, id]) => (id === ours ? [tenantId] : []))
    },
    foreign: async () => {
      const ours = await installation()
      const all = await ofTaskQueue(() => true)
      return all.flatMap(([tenantId, id]) => (id === ours ? [] : [{ tenantId, installation: id ?? null }]))
    },
    takeOver: async (tenantId) => {
      const ours = await installation()
      await call(`take over the schedule of ${tenantId}`, ({ schedule }) =>
        schedule.getHandle(scheduleId(tenantId)).update((found) => withInstallation(found, ours)),
      )
    },
    pausedByPerson: async (tenantId) => {
      const found = await describe(scheduleId(tenantId))
      if (!found || !isPausedByPerson(found.state)) return undefined
      const { recentActions, createdAt } = found.info
      return { lastRunAt: recentActions.at(-1)?.scheduledAt ?? createdAt }
    },
    backfill: (tenantId, first, last) =>
      call(`backfill schedule of ${tenantId}`, async ({ schedule }) => {
        const handle = schedule.getHandle(scheduleId(tenantId))
        const { spec } = await handle.describe()
        await handle.backfill({
          start: new Date(first.getTime() - 1000),
          // A boundary counts only if its time with jitter is in the range, too.
          end: new Date(last.getTime() + (spec.jitter ?? 0) + 1000),
          overlap: ScheduleOverlapPolicy.BUFFER_ALL,
        })
      }),
  }
}

/** Returns false if the schedule does not exist. */
async function unlessMissing(change: () => Promise<void>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false
    throw error
  }
}

interface ScheduleState {
  paused: boolean
  note?: string | undefined
}

/**
 * A schedule that an operator has paused stays paused, with the operator's note, until the operator resumes it: also if the
 * tenant disables its export meanwhile and registers again.
 */
function stateAfterUpdate(before: ScheduleState, wanted: Required<ScheduleState>): Required<ScheduleState> {
  return isPausedByPerson(before) ? { paused: true, note: before.note ?? '' } : wanted
}

function isPausedByPerson({ paused, note }: ScheduleState): boolean {
  return paused && !note?.startsWith(pausedByTenant)
}

function readingOf({ info, state }: ScheduleDescription): ScheduleReading {
  return {
    missed: info.numActionsMissedCatchupWindow,
    skipped: info.numActionsSkippedOverlap,
    pausedNote: isPausedByPerson(state) ? (state.note ?? '') : null,
  }
}

/** The client sends the action's priority, although the type of its options lacks it. */
type WantedSchedule = ScheduleUpdateOptions & WrittenSchedule & { state: { paused: boolean; note: string } }

function scheduleOptions(spec: ScheduleSpec, taskQueue: string, installation: string): WantedSchedule {
  return {
    spec: { calendars: [spec.calendar], timezone: spec.timeZone, jitter: spec.jitterSeconds * 1000 },
    action: {
      type: 'startWorkflow',
      workflowType: spec.workflowType,
      workflowId: spec.scheduleId,
      taskQueue,
      args: [spec.input],
      staticSummary: spec.summary,
      priority: spec.priority,
      memo: {
        tenantId: spec.tenantId,
        frequency: spec.frequency,
        registrationVersion: spec.registrationVersion,
        installation,
      },
      typedSearchAttributes: [{ key: tenantKey, value: spec.tenantId }],
    },
    policies: {
      // Every missed period gets its run and its file, one after the other.
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      catchupWindow: 31 * 86_400_000,
      pauseOnFailure: false,
    },
    state: { paused: spec.paused, note: spec.note },
    typedSearchAttributes: [
      { key: tenantKey, value: spec.tenantId },
      { key: versionKey, value: spec.registrationVersion },
    ],
  }
}
