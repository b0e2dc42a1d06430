/**
 * What crosses Temporal: JSON-safe, ids and counts only. Times are ISO 8601 in UTC. Rows, credentials and personal
 * data never come here, since Temporal keeps histories and shows them in its UI.
 */
import type { FullLoadReason, LoadMode } from './domain/window.js'
import type { RunEntityStatus, RunError, RunStatus } from './domain/run.js'

export const exportRunWorkflow = 'exportRun'

export const removeOldFilesWorkflow = 'removeOldFiles'

/** The id of a tenant's schedule, and the beginning of the ids of its workflows. */
export function scheduleId(tenantId: string): string {
  return `export-${tenantId}`
}

/**
 * Lets tenants take turns on the task queue, however many tasks one of them has: each tenant is a fairness key, with
 * the same weight. A workflow's activities inherit it. It has an effect where the server's dynamic configuration is that of
 * deploy/temporal. Keys are at most 64 bytes; a tenant's id is shorter.
 */
export function runPriority(tenantId: string): { fairnessKey: string } {
  return { fairnessKey: tenantId }
}

/** The search attributes that schedules and runs carry, to be registered with the Temporal server once. */
export const searchAttributes = {
  TenantId: 'Keyword',
  ExportStatus: 'Keyword',
  ExportEntities: 'KeywordList',
  ExportModes: 'KeywordList',
  ExportRows: 'Int',
  RegistrationVersion: 'Int',
} as const

export interface ExportRunInput {
  readonly tenantId: string
  /** Of a run that was asked for: its id and the end of its windows. A scheduled run has its scheduled time. */
  readonly manual?: { readonly runId: string; readonly to: string } & RunScope
}

/** What a run that was asked for is about, where that is not every active entity. */
export interface RunScope {
  /** Internal names: of the active entities these alone. */
  readonly entities?: readonly string[]
  /** They get a full load. */
  readonly fullLoad?: boolean
  /** Instead of what is due: the past windows of `entities` that overlap [from, to), written again. */
  readonly redeliver?: { readonly from: string; readonly to: string }
}

export interface PlanRunInput {
  readonly tenantId: string
  readonly runId: string
  readonly workflowId: string
  readonly to: string
  readonly manual: boolean
  readonly scope?: RunScope
}

/** One entity's part of a run. */
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
}

/** What a run shall do, pinned when it begins. */
export interface RunPlan {
  readonly tasks: readonly EntityTask[]
  /** Display names of entities that are published up to `to` already. */
  readonly skipped: readonly string[]
  /** How many entities at the same time. */
  readonly entityConcurrency: number
  /** Attempts for one entity. */
  readonly maxAttempts: number
}

/** A published file, in numbers. */
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
}

export interface ManifestResult {
  /** The manifests that were written: the day's own, and those that an earlier run left unwritten. */
  readonly paths: readonly string[]
  /** What was published by settling it; missing in histories of earlier releases. */
  readonly settled?: readonly SettledEntity[]
}

/** An entity's file that an attempt had put in place, and could not record any more. */
export interface SettledEntity extends Pick<EntityResult, 'entity' | 'to' | 'rows' | 'bytes'> {
  readonly runId: string
  readonly path: string
  readonly revision: number
}

export interface FinishRunInput {
  readonly runId: string
  readonly tenantId: string
  /** Of the run itself, for one that could not be planned and so is not on record yet. */
  readonly run?: PlanRunInput
  readonly manifestPath: string | null
  readonly error: RunError | null
  /** Of entities that may have ended without a word of their own, as when a worker dies. */
  readonly failures: readonly (RunError & { readonly entity: string; readonly to?: string })[]
  readonly cancelled: boolean
}

export interface ExportRunResult {
  readonly runId: string
  readonly status: RunStatus
  readonly entities: readonly EntityResult[]
  readonly manifests: readonly string[]
}

/** What the removal of old files goes on with, after so many tenants that one history holds no more. */
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

export interface OldFilesResult {
  readonly days: number
  readonly files: number
  readonly bytes: number
  /** Days that are past their time, to which a run is writing now. */
  readonly left: number
}
