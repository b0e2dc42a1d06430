import type { EntityOfRun, Intent, Published } from '../database/delivery-store.js'
import type { Actor } from '../domain/actor.js'
import type { ExportError } from '../domain/errors.js'
import type { Registration, RegistrationDiff } from '../domain/registration.js'
import type { Run } from '../domain/run.js'
import type { Logger } from './logger.js'

/** What happens in the business, one function each, so that it is told the same way wherever it happens. */
export interface Events {
  registrationReplaced(registration: Registration, diff: RegistrationDiff): void
  scheduleSynced(tenantId: string): void
  scheduleSyncFailed(tenantId: string, error: unknown): void
  reconcileFailed(error: unknown): void
  sourceMismatch(entity: string, problems: readonly string[]): void
  sourceNotChecked(error: unknown): void
  runRequested(run: Run): void
  fullLoadRequested(actor: Actor, entities: readonly string[]): void
  runPlanned(run: Run): void
  runFinished(run: Run): void
  entityPublished(part: EntityOfRun, file: Published, seconds: number): void
  entityAttemptFailed(part: EntityOfRun, attempt: number, error: ExportError): void
  /** Of a manifest's hidden file the tenant alone is known. */
  partLeftBehind(of: Pick<EntityOfRun, 'tenantId'> & Partial<EntityOfRun>, path: string, error: ExportError): void
  intentSettled(intent: Intent, published: boolean): void
  manifestPublished(tenantId: string, path: string, files: number): void
}

export function createEvents(logger: Logger): Events {
  return {
    registrationReplaced: ({ tenantId, version, exportOption, frequency, updatedBy }, diff) =>
      logger.info({ tenantId, version, exportOption, frequency, updatedBy, ...diff }, 'registration replaced'),
    scheduleSynced: (tenantId) => logger.info({ tenantId }, 'schedule matches its registration'),
    scheduleSyncFailed: (tenantId, error) =>
      logger.warn({ tenantId, error: described(error) }, 'schedule is pending: it could not be made to match'),
    reconcileFailed: (error) =>
      logger.warn({ error: described(error) }, 'schedules could not be reconciled; trying on quietly'),
    sourceMismatch: (entity, problems) =>
      logger.error({ entity, problems }, 'the source table is not what the catalog says: exports of it will fail'),
    sourceNotChecked: (error) =>
      logger.warn({ error: described(error) }, 'the source could not be compared with the catalog'),
    runRequested: (run) => logger.info({ ...ids(run), requestedBy: run.requestedBy }, 'run asked for'),
    fullLoadRequested: ({ tenantId, subject }, entities) =>
      logger.info({ tenantId, requestedBy: subject, entities }, 'full load asked for'),
    runPlanned: (run) =>
      logger.info({ ...ids(run), to: run.to, trigger: run.trigger, entities: run.entities.length }, 'run begun'),
    runFinished: (run) => {
      const fields = { ...ids(run), status: run.status, error: run.error, manifest: run.manifestPath }
      if (run.status === 'SUCCEEDED') logger.info(fields, 'run finished')
      else logger.error({ ...fields, failed: failures(run) }, 'run finished without everything published')
    },
    entityPublished: ({ runId, tenantId, entity }, file, seconds) =>
      logger.info({ runId, tenantId, entity, ...file, seconds }, 'file published'),
    entityAttemptFailed: ({ runId, tenantId, entity }, attempt, error) =>
      logger.warn({ runId, tenantId, entity, attempt, error: described(error) }, 'attempt failed'),
    partLeftBehind: ({ runId, tenantId, entity }, path, error) =>
      logger.warn({ runId, tenantId, entity, path, error: described(error) }, 'hidden file left for the next run'),
    intentSettled: ({ runId, tenantId, entity, path }, published) =>
      logger.warn({ runId, tenantId, entity, path, published }, 'an unfinished publication was brought to an end'),
    manifestPublished: (tenantId, path, files) => logger.info({ tenantId, path, files }, 'manifest published'),
  }
}

function ids(run: Run): object {
  return { runId: run.id, tenantId: run.tenantId, workflowId: run.workflowId }
}

function failures(run: Run): object[] {
  return run.entities.flatMap(({ entity, status, error }) =>
    status === 'PUBLISHED' || status === 'SKIPPED' ? [] : [{ entity, status, error }],
  )
}

/** An error with its causes, as far as they say something. */
function described(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    message: error.message,
    ...(error.cause !== undefined && { cause: described(error.cause) }),
  }
}
