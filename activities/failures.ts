import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { asExportError, type ExportError } from '../src/domain/errors.js'

/**
 * Turns whatever an activity throws into a failure whose type is the error's code, and which says whether trying again
 * can help. Causes stay in the worker's log: Temporal keeps what it is told for all to read.
 */
export function typedFailures<I, O>(activity: (input: I) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await activity(input)
    } catch (error) {
      throw failureOf(asExportError(error))
    }
  }
}

function failureOf(error: ExportError): Error {
  const { cancellationSignal } = Context.current()
  if (cancellationSignal.aborted) return stopped(cancellationSignal.reason)
  return ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable })
}

/** A worker that shuts down hands its work on to the next; only a cancellation that was asked for ends it. */
function stopped(reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : String(reason)
  if (message === 'WORKER_SHUTDOWN') return ApplicationFailure.retryable('The worker was shut down.', 'WORKER_SHUTDOWN')
  return new CancelledFailure(message)
}
