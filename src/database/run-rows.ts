import { type ExportErrorCode, exportErrors } from '../domain/errors.js'
import { startOfDay } from '../domain/calendar.js'
import { attemptFromRow } from './run-progress.js'
import { longestWait, type Run, type RunEntity, type RunError, type Waiting } from '../domain/run.js'
import type { Load, FullLoadReason, LoadMode } from '../domain/window.js'
import type { RunEntityModel, RunModel } from '../generated/prisma/models.js'

export function runFromRow(row: RunModel & { entities: RunEntityModel[] }): Run {
  const entities = row.entities.map(runEntityFromRow)
  return {
    id: row.id,
    tenantId: row.tenantId,
    workflowId: row.workflowId,
    trigger: row.trigger,
    status: row.status,
    to: row.to,
    registrationVersion: row.registrationVersion,
    requestedBy: row.requestedBy,
    queuedAt: row.queuedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    manifestPath: row.manifestPath,
    error: errorFromRow(row),
    waitingFor: row.finishedAt ? null : (waitingFromRow(row) ?? longestWait(entities)),
    entities,
  }
}

/** The day of a window. Runs that earlier releases planned have none: then it is the UTC date of the window's end. */
export function dayOfRow({ day, to }: Pick<RunEntityModel, 'day' | 'to'>): Date {
  return day ?? startOfDay(to)
}

/** The condition that {@link dayOfRow} is that day. */
export function onDay(day: Date) {
  const next = new Date(day.getTime() + 86_400_000)
  return { OR: [{ day }, { day: null, to: { gte: day, lt: next } }] }
}

function waitingFromRow(row: RunModel): Waiting | null {
  const { waitingCode, waitingMessage, waitingSince: since, waitingAttempt } = row
  if (waitingCode === null || since === null) return null
  return { code: waitingCode as ExportErrorCode, message: waitingMessage ?? '', since, attempt: waitingAttempt ?? 0 }
}

function runEntityFromRow(row: RunEntityModel): RunEntity {
  const error = errorFromRow(row)
  // Without another attempt, the entity waits for nothing.
  const hasNextAttempt = error !== null && exportErrors[error.code].retry !== 'never'
  const isWaiting = hasNextAttempt && row.status === 'RUNNING' && row.failingSince
  return {
    entity: row.entity,
    status: row.status,
    mode: row.mode,
    fullLoadReason: row.fullLoadReason,
    from: row.from,
    to: row.to,
    attempts: row.attempts,
    rows: row.rows,
    bytes: row.bytes,
    path: row.path,
    sha256: row.sha256,
    revision: row.revision,
    error,
    waitingFor: isWaiting ? { ...error, since: isWaiting, attempt: row.attempts } : null,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    attempt: attemptFromRow(row),
  }
}

function errorFromRow(row: { errorCode: string | null; errorMessage: string | null }): RunError | null {
  if (row.errorCode === null) return null
  return { code: row.errorCode as ExportErrorCode, message: row.errorMessage ?? '' }
}

interface LoadColumns {
  mode: LoadMode
  fullLoadReason: FullLoadReason | null
  from: Date | null
  baseSnapshot: string | null
  previousSequence: number | null
}

export function loadToRow(load: Load): LoadColumns {
  if (load.mode === 'FULL') {
    return { mode: 'FULL', fullLoadReason: load.reason, from: null, baseSnapshot: null, previousSequence: null }
  }
  const { from, fromSnapshot, previous } = load
  return { mode: 'DELTA', fullLoadReason: null, from, baseSnapshot: fromSnapshot, previousSequence: previous }
}

/** @throws if a row lacks what its mode needs. The constraints of the table rule that out. */
export function loadFromRow(row: LoadColumns): Load {
  if (row.mode === 'FULL' && row.fullLoadReason) return { mode: 'FULL', reason: row.fullLoadReason }
  if (row.mode === 'DELTA' && row.from && row.baseSnapshot && row.previousSequence !== null) {
    return { mode: 'DELTA', from: row.from, fromSnapshot: row.baseSnapshot, previous: row.previousSequence }
  }
  throw new Error(`a ${row.mode} row lacks what its mode needs`)
}
