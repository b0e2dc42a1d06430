import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { asExportError, type ExportError } from '../src/domain/errors.js'
import type { Events } from '../src/telemetry/events.js'

/** What the inputs of activities tell of what they are about. */
interface Subject {
  readonly tenantId?: string
  readonly runId?: string
  readonly entity?: string
}

/**
 * Turns whatever an activity throws into a failure whose type is the error's code, and which says whether trying again
 * can help; and tells operators of it when it is time. Causes stay in the worker's log: Temporal keeps what it is told
 * for all to read.
 */
export function typedFailures<I extends object, O>(
  events: Events,
  activity: (input: I) => Promise<O>,
): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await activity(input)
    } catch (error) {
      throw failureOf(events, input, asExportError(error))
    }
  }
}

function failureOf(events: Events, subject: Subject, error: ExportError): Error {
  const { cancellationSignal, info } = Context.current()
  if (cancellationSignal.aborted) return stopped(cancellationSignal.reason)
  const last = info.attempt === info.retryPolicy?.maximumAttempts
  events.activityFailed(
    {
      tenantId: subject.tenantId ?? null,
      runId: subject.runId ?? info.workflowExecution?.runId ?? null,
      entity: subject.entity ?? null,
    },
    { attempt: info.attempt, last },
    error,
  )
  return ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable })
}

/** A worker that shuts down hands its work on to the next; only a cancellation that was asked for ends it. */
function stopped(reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : String(reason)
  if (message === 'WORKER_SHUTDOWN') return ApplicationFailure.retryable('The worker was shut down.', 'WORKER_SHUTDOWN')
  return new CancelledFailure(message)
}
