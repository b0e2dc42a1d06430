import { ExportError } from '../domain/errors.js'
import { untilAborted } from '../domain/until-aborted.js'

/** As {@link untilAborted}, but an abort whose reason is not an ExportError fails with CANCELLED. */
export async function untilCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(promise, signal)
  } catch (error) {
    if (error !== signal.reason || error instanceof ExportError) throw error
    throw new ExportError('CANCELLED', 'Reading the source was cancelled.', { cause: error })
  }
}
