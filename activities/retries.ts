import type { RetryLimits } from '../src/contracts.js'
import { type ExportErrorCode, exportErrors } from '../src/domain/errors.js'

/** Where an activity is with its attempts. */
export interface AttemptState {
  /** The number of this attempt of the activity. */
  readonly attempt: number
  /** The most attempts that Temporal makes; undefined if there is no such limit. */
  readonly mostAttempts: number | undefined
  /** Undefined in activities that only Temporal limits, and in runs of earlier releases. */
  readonly limits: RetryLimits | undefined
  readonly now: number
}

/** Whether there is no other attempt in this run after a failure with this code. */
export function isFinal(code: ExportErrorCode, { attempt, mostAttempts, limits, now }: AttemptState): boolean {
  const { retry } = exportErrors[code]
  if (retry === 'never') return true
  if (!limits) return attempt === mostAttempts
  if (limits.attemptsBefore + attempt < limits.attempts) return false
  const isLate = now >= Date.parse(limits.until)
  // After an outage, the failures that heal have used up the few attempts. A later activity counts from 1 again.
  return isLate || (retry === 'few' && attempt === limits.attempts)
}

/** The longest time for which a run waits for another run of its tenant: that one may itself wait for a server. */
const otherRunMinutes = 12 * 60

/** The limits of planning, which no plan can pin. */
export function planningLimits(
  { maxAttempts, retryMinutes }: { readonly maxAttempts: number; readonly retryMinutes: number },
  scheduledMs: number,
  code: ExportErrorCode,
): RetryLimits {
  const minutes = code === 'RUN_IN_PROGRESS' ? Math.max(otherRunMinutes, 2 * retryMinutes) : retryMinutes
  return { attempts: maxAttempts, until: new Date(scheduledMs + minutes * 60_000).toISOString(), attemptsBefore: 0 }
}
