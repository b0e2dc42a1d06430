import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { asExportError, type ExportError } from '../src/domain/errors.js'
import type { Events } from '../src/telemetry/events.js'

/** The ids that the inputs of activities have in common. */
interface Subject {
  readonly tenantId?: string
  readonly runId?: string
  readonly entity?: string
}

/**
 * Turns an error of an activity into a failure whose type is the error's code, and which says whether a retry can help. It also
 * logs the attempt with its cause, and alerts operators when the alert is due. Causes stay in the worker's log, because all
 * users of Temporal can read its histories.
 */
export function typedFailures<I extends object, O>(
  events: Events,
  activity: (input: I) => Promise<O>,
): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await activity(input)
    } catch (error) {
      throw activityFailure(events, input, asExportError(error))
    }
  }
}

function activityFailure(events: Events, subject: Subject, error: ExportError): Error {
  const { cancellationSignal, info } = Context.current()
  const { activityType, attempt } = info
  const about = {
    tenantId: subject.tenantId ?? null,
    runId: subject.runId ?? info.workflowExecution?.runId ?? null,
    entity: subject.entity ?? null,
  }
  events.attemptFailed(about, { activityType, attempt }, error)
  if (cancellationSignal.aborted) return stopped(cancellationSignal.reason)
  events.activityFailed(about, { attempt, last: attempt === info.retryPolicy?.maximumAttempts }, error)
  return ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable })
}

/** If a worker shuts down, another worker retries its activities. Only a requested cancellation ends an activity. */
function stopped(reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : String(reason)
  if (message === 'WORKER_SHUTDOWN') return ApplicationFailure.retryable('The worker was shut down.', 'WORKER_SHUTDOWN')
  return new CancelledFailure(message)
}
