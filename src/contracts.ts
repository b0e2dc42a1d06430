/**
 * What crosses Temporal, as JSON: only ids, counts and times (ISO 8601 in UTC). Never rows, credentials or personal data, since
 * Temporal keeps histories and shows them in its UI.
 */
import type { DeliveryTestStep } from './domain/delivery-test.js'
import type { LastRun, RecordedPosition } from './domain/ledger-gap.js'
import type { FullLoadReason, LoadMode } from './domain/window.js'
import type { RunEntityStatus, RunError, RunScope, RunStatus } from './domain/run.js'

export const exportRunWorkflow = 'exportRun'

export const removeOldFilesWorkflow = 'removeOldFiles'

export const testDeliveryWorkflow = 'testDelivery'

/** The id of a tenant's schedule, and the beginning of the ids of its workflows. */
export function scheduleId(tenantId: string): string {
  return `export-${tenantId}`
}

/**
 * Fairness between tenants on the task queue: each tenant is a fairness key with the same weight, which the activities of a
 * workflow inherit. It needs the server's dynamic configuration of deploy/temporal. Keys have at most 64 bytes; a tenant's id
 * is shorter.
 */
export function runPriority(tenantId: string): { fairnessKey: string } {
  return { fairnessKey: tenantId }
}

/** A worker takes the small deltas of all tenants before full loads. 3 is Temporal's default; a higher number comes later. */
export function taskPriority({ tenantId, mode }: Pick<EntityTask, 'tenantId' | 'mode'>) {
  return { ...runPriority(tenantId), priorityKey: mode === 'FULL' ? 4 : 3 }
}

/** The search attributes that schedules and runs carry, to be registered with the Temporal server once. */
export const searchAttributes = {
  TenantId: 'Keyword',
  ExportStatus: 'Keyword',
  ExportEntities: 'KeywordList',
  ExportModes: 'KeywordList',
  ExportRows: 'Int',
  RegistrationVersion: 'Int',
  TidemarkRunId: 'Keyword',
} as const

export interface ExportRunInput {
  readonly tenantId: string
  /** Of a requested run: its id and the end of its windows. The windows of a scheduled run end at its scheduled time. */
  readonly manual?: { readonly runId: string; readonly to: string } & RunScope
}

export interface PlanRunInput {
  readonly tenantId: string
  readonly runId: string
  readonly workflowId: string
  readonly to: string
  readonly manual: boolean
  readonly scope?: RunScope
  /** The last run of the schedule. Missing in the first run, after a run of an earlier release, and in a requested run. */
  readonly lastRun?: LastRun
}

/** How long an activity goes on with its attempts, fixed when it is scheduled. */
export interface RetryLimits {
  /** The most attempts after failures of unknown cause, and the fewest after those that heal. */
  readonly attempts: number
  /** Attempts after failures that heal go on until then. An attempt that has begun is not ended. */
  readonly until: string
  /** Attempts that an earlier activity has made for the same task. */
  readonly attemptsBefore: number
}

/** What the failure of an attempt tells the workflow beside code and message. */
export interface FailedAttempt {
  /** Whether there is no other attempt in this run. */
  readonly isFinal: boolean
  /** The number of attempts so far. */
  readonly attempts: number
}

/** The task to export one window of one entity in a run. */
export interface EntityTask {
  readonly runId: string
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  readonly displayName: string
  readonly mode: LoadMode
  readonly fullLoadReason: FullLoadReason | null
  readonly from: string | null
  readonly to: string
  /** Unique in the plan; missing in plans of earlier releases. */
  readonly activityId?: string
  /** Set when the task is scheduled; missing in runs of earlier releases. */
  readonly retry?: RetryLimits
}

/** The tasks of one run whose files are exported together as far as they are small. */
export interface SmallFilesTask {
  readonly tenantId: string
  readonly runId: string
  readonly tasks: readonly EntityTask[]
}

/** The tasks that are not among them each get an activity of their own. */
export interface SmallFilesResult {
  readonly published: readonly EntityResult[]
}

/** What a run does, pinned when it begins. */
export interface RunPlan {
  readonly tasks: readonly EntityTask[]
  /** Display names of entities that are published up to `to` already. */
  readonly skipped: readonly string[]
  /** How many entities at the same time. */
  readonly entityConcurrency: number
  /** At most so many entities are exported together; missing where each is exported alone, and in plans of earlier releases. */
  readonly filesTogether?: number
  /** Attempts for one entity; after failures that heal, only the first ones. */
  readonly maxAttempts: number
  /** For how many minutes attempts go on after failures that heal; missing in plans of earlier releases. */
  readonly retryMinutes?: number
  /** Missing in plans of earlier releases. */
  readonly registrationVersion?: number | null
}

/** How a run ended for one entity, with the numbers of the published file. */
export interface EntityResult {
  readonly entity: string
  readonly displayName: string
  /** The end of the window. */
  readonly to: string
  readonly mode: LoadMode
  readonly status: Extract<RunEntityStatus, 'PUBLISHED' | 'FAILED' | 'CANCELLED'>
  readonly rows: number
  readonly bytes: number
  readonly path: string | null
  readonly revision: number | null
  readonly error: RunError | null
}

export interface PublishManifestInput {
  readonly tenantId: string
  /** The run that asks for it. */
  readonly runId?: string
  readonly retry?: RetryLimits
}

export interface ManifestResult {
  /** The manifests that were written: the day's own, and those of days whose manifest was pending. */
  readonly paths: readonly string[]
  /** The pending publications that were completed; missing in histories of earlier releases. */
  readonly settled?: readonly (Pick<EntityResult, 'entity' | 'to' | 'rows' | 'bytes'> & {
    readonly runId: string
    readonly path: string
    readonly revision: number
  })[]
  /** Where the ledger is after that; missing in histories of earlier releases. */
  readonly position?: RecordedPosition
}

export interface FinishRunInput {
  readonly runId: string
  readonly tenantId: string
  /** The run itself: one that could not be planned is not on record yet. */
  readonly run?: PlanRunInput
  readonly manifestPath: string | null
  readonly error: RunError | null
  /** Of entities whose failure may not be on record, for example because a worker died. */
  readonly failures: readonly (RunError & { readonly entity: string; readonly to?: string })[]
  readonly cancelled: boolean
}

export interface ExportRunResult {
  readonly runId: string
  readonly status: RunStatus
  readonly entities: readonly EntityResult[]
  readonly manifests: readonly string[]
  /** For the next run of the schedule; missing if the manifest failed, and in runs of earlier releases. */
  readonly position?: RecordedPosition | undefined
}

/** A test of the delivery for one tenant. */
export interface DeliveryTestInput {
  readonly tenantId: string
}

export interface DeliveryTestResult {
  /** All steps but the worker's, in their order. */
  readonly steps: readonly DeliveryTestStep[]
  /** How long they took together. */
  readonly elapsedMs: number
}

/** With what the removal of old files continues as a new execution, after as many tenants as one history holds. */
export interface RetentionInput {
  readonly asOf?: string
  /** The tenant that was the last one. */
  readonly after?: string
  readonly total?: Omit<OldFilesResult, 'left'>
  readonly failed?: readonly string[]
}

export interface OldFilesInput {
  readonly asOf: string
  /** Only tenants whose id comes after this one, in the order of the ids. */
  readonly after: string
  readonly take: number
}

export interface OldFilesTask {
  readonly tenantId: string
  readonly asOf: string
}

/** From which time on files expire. */
export interface ExpiringFilesInput {
  readonly asOf: string
}

export interface OldFilesResult {
  readonly days: number
  readonly files: number
  readonly bytes: number
  /** Days that are past their retention time, but that a run is writing to. */
  readonly left: number
}

export const deliverWebhooksWorkflow = 'deliverWebhooks'

/** The signal that an endpoint has something to send. */
export const webhookWakeSignal = 'wake'

/** The task queue on which endpoints are sent to, apart from exports, so that a slow endpoint delays none. */
export function webhookTaskQueue(taskQueue: string): string {
  return `${taskQueue}-webhooks`
}

/** An endpoint whose events one workflow delivers. */
export interface WebhookTask {
  readonly tenantId: string
  readonly webhookId: string
}

export interface WebhookProgress {
  /** The number of attempts. */
  readonly sent: number
  /** When the next attempt is due; null if nothing waits. */
  readonly nextAt: string | null
}
