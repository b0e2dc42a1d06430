/**
 * Whether files are late, from the ledger alone. Runs are not looked at: so a schedule that never fired, a schedule that was paused
 * in Temporal and forgotten, and a dead worker are found as well.
 */
import { type Calendar, nextBoundary } from './calendar.js'

/** How far an active entity is: the end of its last published window, and the time of its activation. */
export interface EntityProgress {
  /** Null if it has no file yet. */
  readonly watermark: Date | null
  readonly activatedAt: Date
}

/** What decides when the next files of a tenant are expected. */
export interface Expectation extends Calendar {
  /** The earliest time that an active entity needs a file after; null if no entity is active. See {@link coveredUntil}. */
  readonly coveredUntil: Date | null
  /** Boundaries up to this time are not expected: the export was resumed then, or its calendar changed. */
  readonly dueAfter: Date | null
  /** When the tenant paused its export; null while it is not paused. */
  readonly pausedAt: Date | null
  readonly graceMinutes: number
}

export interface Lateness {
  /** The pending boundary, at which the pending files are due. Null if none are expected. */
  readonly dueAt: Date | null
  /** When the pending files are expected at the latest: their boundary plus the grace. Null if none are expected. */
  readonly expectedBy: Date | null
  readonly overdue: boolean
  /** The same as `expectedBy` if that has passed; otherwise null. */
  readonly overdueSince: Date | null
}

const nothingExpected: Lateness = { dueAt: null, expectedBy: null, overdue: false, overdueSince: null }

/** An entity needs no file for the time before its activation, nor before its watermark. */
export function coveredUntil(entities: readonly EntityProgress[]): Date | null {
  const times = entities.map(({ watermark, activatedAt }) => Math.max(watermark?.getTime() ?? 0, activatedAt.getTime()))
  return times.length === 0 ? null : new Date(Math.min(...times))
}

/**
 * The pending boundary is the first one that an active entity has no file for. A tenant's own pause, and a disabled export, are
 * never late.
 */
export function latenessOf(expectation: Expectation, now: Date): Lateness {
  const { dueAfter, pausedAt, graceMinutes } = expectation
  const covered = expectation.coveredUntil
  if (pausedAt !== null || covered === null) return nothingExpected
  const from = dueAfter !== null && dueAfter > covered ? dueAfter : covered
  const dueAt = nextBoundary(expectation, from)
  const expectedBy = new Date(dueAt.getTime() + graceMinutes * 60_000)
  const overdue = expectedBy <= now
  return { dueAt, expectedBy, overdue, overdueSince: overdue ? expectedBy : null }
}

/** Whether a tenant's pause is so old that somebody may have forgotten it. 0 days: never. */
export function isLeftPaused(pausedAt: Date | null, reminderDays: number, now: Date): boolean {
  if (pausedAt === null || reminderDays === 0) return false
  return now.getTime() - pausedAt.getTime() >= reminderDays * 86_400_000
}
