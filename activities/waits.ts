import { Context } from '@temporalio/activity'
import { asExportError, type ExportError } from '../src/domain/errors.js'
import type { Run } from '../src/domain/run.js'
import type { ActivityDependencies } from './dependencies.js'

/**
 * Does the work, and records for what the run waits if the work fails. `ensureRecord` records the run itself, if it may not be
 * on record yet.
 */
export async function recordingWaits<T>(
  deps: Pick<ActivityDependencies, 'runs' | 'events'>,
  run: Pick<Run, 'id' | 'tenantId'>,
  work: () => Promise<T>,
  ensureRecord: () => Promise<void> = async () => undefined,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const error = asExportError(thrown)
    const { cancellationSignal, info } = Context.current()
    if (cancellationSignal.aborted || !isRecordable(error)) throw error
    try {
      await ensureRecord()
      await deps.runs.recordWaiting(run, { code: error.code, message: error.message, attempt: info.attempt })
    } catch (failed) {
      deps.events.waitNotRecorded(run, asExportError(failed))
    }
    throw error
  }
}

/** Without a retry the run does not wait, and without the database nothing can be recorded. */
function isRecordable({ code, retry }: ExportError): boolean {
  return retry !== 'never' && code !== 'DATABASE_UNAVAILABLE'
}
