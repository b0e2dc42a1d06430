import type { Run, RunEntity } from '../domain/run.js'
import type { EntityStep } from '../domain/run-step.js'

/** What the current attempt for an entity, or the published file, has. */
export interface EntityProgress {
  readonly rows: bigint
  readonly bytes: bigint
  /** 0 unless rows are being written now. */
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  /** The step of the attempt in progress; null if there is none. */
  readonly step: EntityStep | null
  readonly attemptStartedAt: Date
  /** When the step, the rows or the bytes last changed. */
  readonly updatedAt: Date
}

/** How far a run has come: "3 of 26". */
export interface RunProgress {
  /** The published and the skipped entities. */
  readonly entitiesDone: number
  /** 0 until the run is planned. */
  readonly entitiesTotal: number
  /** Of the published files and of the attempts in progress. */
  readonly rows: bigint
  readonly bytes: bigint
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  /** Null until the run begins. */
  readonly updatedAt: Date | null
}

/** The progress of an entity; null until its first attempt begins, and if the entity is skipped. */
export function entityProgress(entity: RunEntity, now = new Date()): EntityProgress | null {
  const { status, attempt, finishedAt } = entity
  const attemptStartedAt = attempt?.startedAt ?? entity.startedAt
  if (!attemptStartedAt || status === 'SKIPPED') return null
  if (status === 'RUNNING' && attempt) {
    const { startedAt: _startedAt, changedAt: updatedAt, ...written } = attempt
    return { ...written, ...ratesOf(attempt, now), attemptStartedAt, updatedAt }
  }
  const updatedAt = finishedAt ?? attempt?.changedAt ?? attemptStartedAt
  return { rows: entity.rows ?? 0n, bytes: entity.bytes ?? 0n, ...still, step: null, attemptStartedAt, updatedAt }
}

export function runProgress(run: Run, now = new Date()): RunProgress {
  const parts = run.entities.flatMap((each) => entityProgress(each, now) ?? [])
  const done = run.entities.filter(({ status }) => status === 'PUBLISHED' || status === 'SKIPPED')
  return {
    entitiesDone: done.length,
    entitiesTotal: run.entities.length,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0n),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0n),
    rowsPerSecond: parts.reduce((sum, { rowsPerSecond }) => sum + rowsPerSecond, 0),
    bytesPerSecond: parts.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0),
    updatedAt: latest([run.startedAt, run.finishedAt, ...parts.map(({ updatedAt }) => updatedAt)]),
  }
}

const still = { rowsPerSecond: 0, bytesPerSecond: 0 }

/** A worker that died can no longer report that its rate is 0. A rate is over ten seconds, and is reported every two. */
const currentMs = 15_000

function ratesOf({ changedAt, rowsPerSecond, bytesPerSecond }: NonNullable<RunEntity['attempt']>, now: Date) {
  return now.getTime() - changedAt.getTime() > currentMs ? still : { rowsPerSecond, bytesPerSecond }
}

function latest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((time) => time?.getTime() ?? [])
  return known.length > 0 ? new Date(Math.max(...known)) : null
}
