import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { FailedAttempt, RetryLimits } from '../src/contracts.js'
import { asExportError, type ExportError, type ExportErrorCode } from '../src/domain/errors.js'
import type { Events } from '../src/telemetry/events.js'
import { isFinal } from './retries.js'

/** What the inputs of activities have in common. */
interface Subject {
  readonly tenantId?: string
  readonly runId?: string
  readonly entity?: string
  /** The start of the window; null for a full load. */
  readonly from?: string | null
  readonly retry?: RetryLimits
}

/** The limits of an activity's attempts. By default they are in its input. */
type LimitsOf<I> = (input: I, code: ExportErrorCode) => RetryLimits | undefined

/**
 * Turns an error of an activity into a failure whose type is the error's code, and which says whether a retry can help. It also
 * logs the attempt with its cause, and alerts operators when the alert is due. Causes stay in the worker's log, because all
 * users of Temporal can read its histories.
 */
export function typedFailures<I extends object, O>(
  events: Events,
  activity: (input: I) => Promise<O>,
  limitsOf: LimitsOf<I> = (input: Subject) => input.retry,
): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await activity(input)
    } catch (thrown) {
      // The activity itself has decided what Temporal does next: a run that waits for its turn to start.
      if (thrown instanceof ApplicationFailure) throw thrown
      const error = asExportError(thrown)
      throw activityFailure(events, input, error, limitsOf(input, error.code))
    }
  }
}

function activityFailure(events: Events, subject: Subject, error: ExportError, limits: RetryLimits | undefined): Error {
  const { cancellationSignal, info } = Context.current()
  const { activityType } = info
  const attempt = info.attempt + (limits?.attemptsBefore ?? 0)
  const about = {
    tenantId: subject.tenantId ?? null,
    runId: subject.runId ?? info.workflowExecution?.runId ?? null,
    entity: subject.entity ?? null,
    workflowId: info.workflowExecution?.workflowId ?? null,
    from: subject.from == null ? null : new Date(subject.from),
  }
  events.attemptFailed(about, { activityType, attempt }, error)
  if (cancellationSignal.aborted) return stopped(cancellationSignal.reason)
  const mostAttempts = info.retryPolicy?.maximumAttempts
  const last = isFinal(error.code, { attempt: info.attempt, mostAttempts, limits, now: Date.now() })
  events.activityFailed(about, { attempt, last }, error)
  const failed: FailedAttempt = { isFinal: last, attempts: attempt }
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: last,
    details: [failed],
    ...(error.code === 'RUN_IN_PROGRESS' && attempt > impatientAttempts && { nextRetryDelay: otherRunDelay }),
  })
}

/** The other run may end at any time, so the waits do not become as long as those for a server. */
const impatientAttempts = 8
const otherRunDelay = '30 seconds'

/** If a worker shuts down, another worker retries its activities. Only a requested cancellation ends an activity. */
function stopped(reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : String(reason)
  if (message !== 'WORKER_SHUTDOWN') return new CancelledFailure(message)
  return ApplicationFailure.create({
    message: 'The worker was shut down.',
    type: 'WORKER_SHUTDOWN',
    // Nothing has failed, so the next attempt does not wait as long as after a failure.
    nextRetryDelay: '1 second',
  })
}
