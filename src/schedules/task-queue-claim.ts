import { setTimeout as pause } from 'node:timers/promises'
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client'
import { removeOldFilesWorkflow } from '../contracts.js'
import { type ExportError, isUnavailable } from '../domain/errors.js'
import { installationOf, otherInstallation, withInstallation } from './installation-memo.js'
import { patientDeadlineMs, type Temporal } from './temporal.js'

/**
 * To which installation the task queue of exports belongs. The mark is the memo of the schedule that removes old files every night:
 * each task queue has one, since several installations may share a namespace.
 */
export interface TaskQueueClaim {
  /**
   * Makes the schedule that removes old files, or marks the one of an earlier release. What an operator has changed of it stays.
   * @throws ExportError INSTALLATION_MISMATCH if the task queue belongs to another installation
   */
  claim(): Promise<void>
  /**
   * Checks it without a change. A task queue without a mark belongs to no installation yet. Asks Temporal at most once in half a minute.
   * @throws ExportError INSTALLATION_MISMATCH
   */
  require(): Promise<void>
  /** The id of the installation that has the task queue; undefined if it has no mark. */
  owner(): Promise<string | undefined>
  /** Makes it belong to this installation, whatever its mark. */
  takeOver(): Promise<void>
}

const trustMs = 30_000

export function retentionScheduleId(taskQueue: string): string {
  return `retention-${taskQueue}`
}

export function createTaskQueueClaim(
  temporal: Temporal,
  { taskQueue }: { readonly taskQueue: string },
  installation: () => Promise<string>,
): TaskQueueClaim {
  const id = retentionScheduleId(taskQueue)
  const call = <T>(what: string, use: (client: Client) => Promise<T>): Promise<T> =>
    temporal.call(what, use, patientDeadlineMs)
  let trustedUntil = 0

  const mismatch = (theirs: string, ours: string): ExportError =>
    otherInstallation(`the task queue ${taskQueue}`, theirs, ours)
  const owner = (): Promise<string | undefined> =>
    call(`describe schedule ${id}`, async ({ schedule }) => {
      const found = await schedule.getHandle(id).describe().catch(undefinedIfMissing)
      return found && installationOf(found)
    })
  const requireOurs = async (): Promise<string | undefined> => {
    const [found, ours] = [await owner(), await installation()]
    if (found !== undefined && found !== ours) throw mismatch(found, ours)
    return found
  }
  /** @param isForced also if it has the mark of another installation */
  const mark = (ours: string, isForced: boolean): Promise<void> =>
    call(`mark schedule ${id}`, ({ schedule }) =>
      schedule.getHandle(id).update((found) => {
        const theirs = installationOf(found)
        if (!isForced && theirs !== undefined && theirs !== ours) throw mismatch(theirs, ours)
        return withInstallation(found, ours)
      }),
    )
  /** False if there is one already. */
  const create = (ours: string): Promise<boolean> =>
    call(`create schedule ${id}`, async ({ schedule }) => {
      try {
        await schedule.create(retentionSchedule(id, taskQueue, ours))
        return true
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) return false
        throw error
      }
    })
  return {
    owner,
    claim: () =>
      withPatience(async () => {
        const ours = await installation()
        if (await create(ours)) return
        if ((await requireOurs()) === ours) return
        await mark(ours, false)
        // Another installation may have marked it at the same time: the later mark holds.
        await requireOurs()
      }),
    require: async () => {
      if (Date.now() < trustedUntil) return
      await requireOurs()
      trustedUntil = Date.now() + trustMs
    },
    takeOver: async () => {
      const ours = await installation()
      if (!(await create(ours))) await mark(ours, true)
    },
  }
}

const attempts = 5

/** Temporal refuses changes of one schedule that come at the same time, as if it were unavailable. */
async function withPatience(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error) || attempt === attempts) throw error
      await pause(attempt * 100 + Math.random() * 200)
    }
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof ScheduleNotFoundError)) throw error
}

function retentionSchedule(scheduleId: string, taskQueue: string, installation: string): ScheduleOptions {
  return {
    scheduleId,
    // Not at midnight, when the exports begin.
    spec: { calendars: [{ hour: 3, minute: 30 }], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: removeOldFilesWorkflow,
      workflowId: scheduleId,
      taskQueue,
      args: [{}],
      staticSummary: 'removes delivered files that are past their retention time',
      memo: { installation },
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 86_400_000 },
  }
}
