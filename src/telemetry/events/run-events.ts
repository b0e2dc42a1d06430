import { type ExportError, type ExportErrorCode, exportErrors } from '../../domain/errors.js'
import type { IncidentReports, ReportedFailure } from '../../domain/incident.js'
import type { Run, RunEntity, RunError } from '../../domain/run.js'
import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

export function runEvents(logger: Logger, incidents: IncidentReports) {
  return {
    runRequested: (run) => logger.info({ ...ids(run), requestedBy: run.requestedBy }, 'run requested'),
    runCancelled: ({ subject }, run) =>
      logger.info({ ...ids(run), cancelledBy: subject }, 'run cancellation requested'),
    runPlanned: (run) =>
      logger.info({ ...ids(run), to: run.to, trigger: run.trigger, entities: run.entities.length }, 'run started'),
    runFinished: (run) => {
      const fields = { ...ids(run), status: run.status, error: run.error, manifest: run.manifestPath }
      if (run.status === 'SUCCEEDED') logger.info(fields, 'run finished')
      else logger.error({ ...fields, failed: failures(run) }, 'run finished, and not every file was published')
      if (run.status === 'SUCCEEDED' || run.status === 'CANCELLED') return
      for (const failure of finalFailures(run)) void incidents.report(failure)
    },
    attemptFailed: ({ runId, tenantId, entity }, { activityType, attempt }, error) =>
      logger[levelOfAttempt(error)](
        { runId, tenantId, entity, activityType, attempt, error: described(error) },
        'attempt failed',
      ),
    activityFailed: (
      { tenantId, runId, entity, workflowId = null, from = null },
      { attempt, last },
      { code, message },
    ) =>
      void incidents.report({
        ...{ code, tenantId, runId, entity, workflowId, attempt, since: from },
        ...{ message: publicMessage(code, message), isFinal: last },
      }),
    waitNotRecorded: ({ id, tenantId }, error) =>
      logger.warn({ runId: id, tenantId, error: described(error) }, 'what a run waits for could not be recorded'),
    dailyRetryFailed: (tenantId, reason) =>
      logger.warn({ tenantId, error: described(reason) }, 'a failed run could not be retried; Tidemark tries again'),
    cleanupFailed: ({ runId, tenantId, entity }, error) =>
      logger.warn({ runId, tenantId, entity, error: described(error) }, 'cleanup after a failed attempt failed'),
    progressNotRecorded: ({ runId, tenantId, entity }, error) =>
      logger.warn(
        { runId, tenantId, entity, error: described(error) },
        'progress not recorded; it is written again every two seconds',
      ),
  } satisfies Partial<Events>
}

/** An unexpected error may contain anything, so its message goes to the log only. */
function publicMessage(code: ExportErrorCode, message: string): string {
  return code === 'INTERNAL' ? exportErrors.INTERNAL.meaning : message
}

/** A run that waits for another run of its tenant makes an attempt every minute, for hours. */
function levelOfAttempt({ code }: ExportError): 'info' | 'warn' {
  return code === 'RUN_IN_PROGRESS' ? 'info' : 'warn'
}

/** Of each entity that a run leaves unpublished, and of the run as a whole. Also a dead worker's, which reported nothing. */
function finalFailures(run: Run): ReportedFailure[] {
  const unpublished = run.entities.filter(({ status }) => status === 'FAILED')
  const ofEntities = unpublished.flatMap((entity) => finalFailure(run, entity.error ?? run.error, entity))
  const isShown = run.error === null || ofEntities.some(({ code }) => code === run.error?.code)
  return isShown ? ofEntities : [...ofEntities, ...finalFailure(run, run.error, null)]
}

function finalFailure(run: Run, error: RunError | null, entity: RunEntity | null): ReportedFailure[] {
  if (error === null) return []
  const { id: runId, tenantId, workflowId } = run
  const message = publicMessage(error.code, error.message)
  const ofEntity = { entity: entity?.entity ?? null, since: entity?.from ?? null, attempt: entity?.attempts ?? null }
  return [{ code: error.code, tenantId, runId, workflowId, message, isFinal: true, ...ofEntity }]
}

function ids(run: Run): object {
  return { runId: run.id, tenantId: run.tenantId, workflowId: run.workflowId }
}

function failures(run: Run): object[] {
  return run.entities.flatMap(({ entity, status, error }) =>
    status === 'PUBLISHED' || status === 'SKIPPED' ? [] : [{ entity, status, error }],
  )
}
