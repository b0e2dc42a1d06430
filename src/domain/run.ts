import type { ExportErrorCode } from './errors.js'
import type { EntityStep } from './run-step.js'
import type { FullLoadReason, LoadMode } from './window.js'

export const runTriggers = {
  SCHEDULED: 'The schedule started the run, at its time or because resumeDataExport caught up by period.',
  MANUAL: 'A call of runDataExport or requestFullLoad started the run, or an operator triggered the schedule.',
  REDELIVERY: 'A call of redeliver, or a retry of such a run, started the run. It writes only past windows again.',
  RETRY:
    'A call of retryExportRun or retryFailedExports started the run, or Tidemark, a day after a weekly or monthly run had ' +
    'failed. It exports only what failed before.',
} as const
export type RunTrigger = keyof typeof runTriggers

export const runStatuses = {
  QUEUED: 'The run is requested and has not begun.',
  RUNNING: 'The run is in progress.',
  SUCCEEDED: 'Every entity is published, or was published before and is skipped. The manifest is written.',
  PARTIALLY_FAILED: 'Some entities are published and others are not. The next run covers the others.',
  FAILED: 'No entity is published. The next run covers all of them.',
  CANCELLED: 'The run was cancelled. The next run covers what is not published.',
} as const
export type RunStatus = keyof typeof runStatuses

export const runEntityStatuses = {
  PENDING: 'The export of the entity has not begun.',
  RUNNING: 'The export is in progress, or waits for its next attempt.',
  PUBLISHED: 'The complete file is stored under its final name.',
  SKIPPED: 'The entity is already published up to the end of the window.',
  FAILED: 'All attempts failed. The next run covers the window.',
  CANCELLED: 'The run was cancelled before the entity was published.',
} as const
export type RunEntityStatus = keyof typeof runEntityStatuses

/** What a requested run exports, if not every active entity. */
export interface RunScope {
  /** Internal names: only these of the active entities. */
  readonly entities?: readonly string[]
  /** They get a full load. */
  readonly fullLoad?: boolean
  /** A redelivery: only the past windows of `entities` that overlap [from, to) are written again. */
  readonly redeliver?: { readonly from: string; readonly to: string }
}

/** Why something failed, for readers of the run. */
export interface RunError {
  readonly code: ExportErrorCode
  readonly message: string
}

/** The failure after which an unfinished run or entity is tried again. */
export interface Waiting extends RunError {
  /** The time of the first attempt that failed so. */
  readonly since: Date
  /** The number of attempts so far. */
  readonly attempt: number
}

/** One execution of the export workflow for one tenant. */
export interface Run {
  /** A UUID. For scheduled runs it is the id that Temporal gave to the execution. */
  readonly id: string
  readonly tenantId: string
  readonly workflowId: string
  readonly trigger: RunTrigger
  readonly status: RunStatus
  /** Where the run's windows end: the scheduled time, or the time at which a manual run was requested. */
  readonly to: Date
  /** The version of the registration that the run was planned from; null until it is planned. */
  readonly registrationVersion: number | null
  /** The subject that requested it; null for scheduled runs. */
  readonly requestedBy: string | null
  readonly queuedAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly manifestPath: string | null
  readonly error: RunError | null
  /** For what the run waits; null if it does not wait, or has ended. */
  readonly waitingFor: Waiting | null
  readonly entities: readonly RunEntity[]
}

/** What a run does and did for one entity. */
export interface RunEntity {
  /** The entity's internal name. */
  readonly entity: string
  readonly status: RunEntityStatus
  readonly mode: LoadMode
  readonly fullLoadReason: FullLoadReason | null
  /** Start of the window; null for a full load. */
  readonly from: Date | null
  /** End of the window: the run's, but in a redelivery. */
  readonly to: Date
  /** The number of attempts so far. */
  readonly attempts: number
  /** Of the published file; null until it is published. */
  readonly rows: bigint | null
  readonly bytes: bigint | null
  readonly path: string | null
  readonly sha256: string | null
  readonly revision: number | null
  readonly error: RunError | null
  /** For what the next attempt waits; null if the last attempt did not fail, or the work has ended. */
  readonly waitingFor: Waiting | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** Of the current attempt; null before the first. */
  readonly attempt: AttemptProgress | null
}

/** How far an attempt has come. */
export interface AttemptProgress {
  readonly startedAt: Date
  /** The step that it is at; null after it has failed. */
  readonly step: EntityStep | null
  /** What it has written so far. A file that is published within two seconds is not counted before. */
  readonly rows: bigint
  readonly bytes: bigint
  /** Over about the last ten seconds. */
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  /** When the step, the rows or the bytes last changed. */
  readonly changedAt: Date
}

/** What an unfinished run waits for, by its entities: what has failed for the longest time. */
export function longestWait(entities: readonly Pick<RunEntity, 'waitingFor'>[]): Waiting | null {
  const waits = entities.flatMap(({ waitingFor }) => waitingFor ?? [])
  const [first] = waits.toSorted((one, other) => one.since.getTime() - other.since.getTime())
  return first ?? null
}

/** How a run ended, from how its entities did. */
export function runOutcome(
  entities: readonly RunEntityStatus[],
): 'SUCCEEDED' | 'PARTIALLY_FAILED' | 'FAILED' | 'CANCELLED' {
  if (entities.includes('CANCELLED')) return 'CANCELLED'
  const undone = entities.filter((status) => status !== 'PUBLISHED' && status !== 'SKIPPED').length
  if (undone === 0) return 'SUCCEEDED'
  return undone === entities.length ? 'FAILED' : 'PARTIALLY_FAILED'
}

/** The run with an error of its own where no entity was published: that of its entities, if all failed alike, or the first. */
export function withError(run: Run): Run {
  const errors = run.entities.flatMap(({ error }) => error ?? [])
  const [first] = errors
  if (run.error || run.status !== 'FAILED' || !first) return run
  const isShared = errors.every(({ code }) => code === first.code)
  const message = isShared ? first.message : `${first.message} Other entities failed for other reasons.`
  return { ...run, error: { code: first.code, message } }
}
