import type { Claim } from '../domain/publication.js'
import type { AttemptProgress } from '../domain/run.js'
import type { EntityStep } from '../domain/run-step.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'

/** What an attempt reports of itself. */
export type ReportedProgress = Omit<AttemptProgress, 'startedAt'>

/** The columns of an attempt that begins now. */
export function newAttempt(now: Date) {
  const reported = { step: 'claim', rows: 0n, bytes: 0n, rowsPerSecond: 0, bytesPerSecond: 0, changedAt: now } as const
  return { attemptStartedAt: now, ...progressToRow(reported) }
}

/** Writes how far the claim's holder has come. Writes nothing, and returns false, if another attempt has taken the claim. */
export async function recordProgress(
  transaction: Transaction,
  { id, runId, entity, to }: Pick<Claim, 'id' | 'runId' | 'entity' | 'to'>,
  progress: ReportedProgress,
): Promise<boolean> {
  const { count } = await transaction.runEntity.updateMany({
    where: { runId, entity, to, claim: id },
    data: progressToRow(progress),
  })
  return count === 1
}

export function attemptFromRow(row: RunEntityModel): AttemptProgress | null {
  const { attemptStartedAt: startedAt, progressAt, rowsPerSecond, bytesPerSecond } = row
  if (startedAt === null) return null
  return {
    startedAt,
    step: row.step as EntityStep | null,
    rows: row.rowsSoFar,
    bytes: row.bytesSoFar,
    rowsPerSecond,
    bytesPerSecond,
    changedAt: progressAt ?? startedAt,
  }
}

function progressToRow({ rows, bytes, changedAt, ...progress }: ReportedProgress) {
  return { ...progress, rowsSoFar: rows, bytesSoFar: bytes, progressAt: changedAt }
}
