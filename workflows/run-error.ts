import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow'
import type { FailedAttempt } from '../src/contracts.js'
import type { ExportErrorCode } from '../src/domain/errors.js'
import { exportErrors } from '../src/domain/errors.js'
import type { RunError } from '../src/domain/run.js'

/** Why an activity failed, as the run shows it. */
export function runErrorOf(error: unknown): RunError {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof CancelledFailure) return { code: 'CANCELLED', message: 'The run was cancelled.' }
  if (cause instanceof TimeoutFailure) {
    return { code: 'INTERNAL', message: `The worker stopped answering (${cause.timeoutType}).` }
  }
  if (cause instanceof ApplicationFailure) return { code: codeOf(cause.type), message: cause.message }
  return { code: 'INTERNAL', message: cause instanceof Error ? cause.message : String(cause) }
}

function codeOf(type: string | undefined | null): ExportErrorCode {
  return type != null && type in exportErrors ? (type as ExportErrorCode) : 'INTERNAL'
}

/** The number of attempts after which an activity waits for later ones; undefined if its failure is final. */
export function attemptsBeforeWait(error: unknown, most: number): number | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  if (!(cause instanceof ApplicationFailure)) return undefined
  if (cause.type === 'WORKER_SHUTDOWN') return most
  const [failed] = (cause.details ?? []) as (FailedAttempt | undefined)[]
  return failed?.isFinal === false ? failed.attempts : undefined
}
