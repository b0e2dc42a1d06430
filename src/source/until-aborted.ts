import { ExportError } from '../domain/errors.js'

/** The promise's outcome, or an ExportError as soon as the signal aborts: the signal's reason, else CANCELLED. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(abortError(signal))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function abortError(signal: AbortSignal): ExportError {
  if (signal.reason instanceof ExportError) return signal.reason
  return new ExportError('CANCELLED', 'Reading the source was cancelled.', { cause: signal.reason })
}
