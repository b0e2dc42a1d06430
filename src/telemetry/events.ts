import type { EntityWindow, Intent, Published } from '../domain/publication.js'
import type { OldFilesResult } from '../contracts.js'
import type { Denied } from '../domain/access.js'
import type { Actor, Operator, Scope } from '../domain/actor.js'
import type { AuditEntry } from '../domain/audit.js'
import { asExportError, type ExportError, type ExportErrorCode, exportErrors } from '../domain/errors.js'
import { type IncidentReports, noIncidentReports, type ReportedFailure } from '../domain/incident.js'
import type { Registration, RegistrationDiff } from '../domain/registration.js'
import type { Run, RunEntity, RunError } from '../domain/run.js'
import type { SftpKey } from '../domain/sftp-key.js'
import { inWords, isRefusal, type SourceFinding, type SourceRefusalCode } from '../domain/source-finding.js'
import type { FoundInRead, HeldRead } from '../source/source.js'
import type { Logger } from './logger.js'

/** Business events, one function each, so that every caller logs them in the same way. */
export interface Events {
  registrationReplaced(registration: Registration, diff: RegistrationDiff): void
  exportPaused(actor: Actor, isPaused: boolean): void
  scheduleSynced(tenantId: string): void
  scheduleSyncFailed(tenantId: string, error: unknown): void
  /** `count`: the number of reconciliations in a row that have failed. */
  reconcileFailed(error: unknown, count: number): void
  /** The first reconciliation that succeeds, and each that succeeds after a failure. */
  reconciledAgain(): void
  orphanRemoved(tenantId: string): void
  /** A step of the watch loop has failed, such as the search for late exports. */
  watchStepFailed(step: string, error: unknown): void
  watchStepRecovered(step: string): void
  lostRunsNotEnded(tenantId: string, error: unknown): void
  /** The findings of the check at start about the table of an entity, or about the whole database (null). */
  sourceChecked(entity: string | null, findings: readonly SourceFinding[]): void
  /** The refusals of that check. */
  sourceRefused(refused: readonly { readonly entity: string; readonly code: SourceRefusalCode }[]): void
  sourceNotChecked(error: unknown): void
  /** The findings of a read about its table. None of them prevented the read. */
  sourceRead(found: FoundInRead): void
  /** Reports at intervals that a read still holds a transaction of the source. */
  sourceHeld(read: HeldRead): void
  runRequested(run: Run): void
  /** The cancellation of the run was requested. */
  runCancelled(actor: Actor, run: Run): void
  /** `scope`: the scope that the caller's token lacks. */
  accessDenied(denied: Denied, scope: Scope): void
  /** An operator queries what concerns all tenants. */
  operatorQueried(actor: Actor | Operator, operation: string): void
  auditNotKept(entry: AuditEntry, error: unknown): void
  fullLoadRequested(actor: Actor, entities: readonly string[]): void
  runPlanned(run: Run): void
  runFinished(run: Run): void
  entityPublished(window: EntityWindow, file: Published, seconds: number): void
  /** The cleanup after a failed attempt has failed. It records the failure and writes a missing manifest. */
  cleanupFailed(window: EntityWindow, error: ExportError): void
  /** The progress of an attempt could not be written. Reported once until it can be written again. */
  progressNotRecorded(window: EntityWindow, error: ExportError): void
  /** The database could not record for what a run waits. */
  waitNotRecorded(run: Pick<Run, 'id' | 'tenantId'>, error: ExportError): void
  /** The daily retry of the last run of a tenant, which failed, could not be started. */
  dailyRetryFailed(tenantId: string, reason: unknown): void
  /** An attempt of any activity has failed or was cancelled. Only this log line has the cause. */
  attemptFailed(about: AlertSubject, attempt: { activityType: string; attempt: number }, error: ExportError): void
  /** Reports the failed attempt to the incident of its cause. `last`: Temporal does not retry it. */
  activityFailed(about: AlertSubject, attempt: { attempt: number; last: boolean }, error: ExportError): void
  /** For the hidden file of a manifest, only the tenant is known. */
  hiddenFileLeft(of: Pick<EntityWindow, 'tenantId'> & Partial<EntityWindow>, path: string, error: ExportError): void
  /** A later attempt or run has completed the pending publication of an attempt that died. */
  publicationCompleted(intent: Intent): void
  /** A pending publication could not be completed. `isLoss`: it may have replaced an earlier file of the day. */
  publicationDiscarded(intent: Intent, isLoss: boolean): void
  tenantErased(receipt: { readonly tenantId: string; readonly files: number; readonly bytes: number }): void
  /** Files past their retention time were removed. `left`: the days that a run was writing to. */
  oldFilesRemoved(tenantId: string, removed: OldFilesResult): void
  /** Audit events and registration changes of all tenants that are past their retention times were removed. */
  oldHistoryRemoved(rows: number): void
  manifestPublished(tenantId: string, path: string, files: number): void
  sftpKeyAdded(actor: Actor, key: SftpKey): void
  sftpKeyRemoved(actor: Actor, key: SftpKey): void
}

/** What a failed attempt is about. */
export interface AlertSubject {
  readonly tenantId: string | null
  readonly runId: string | null
  readonly entity: string | null
  readonly workflowId?: string | null
  /** The start of the window; null for a full load. */
  readonly from?: Date | null
}

/** Failures are logged, and reported to their incidents. */
export function createEvents(logger: Logger, incidents: IncidentReports = noIncidentReports): Events {
  return {
    ...registrationEvents(logger, incidents),
    ...sourceEvents(logger, incidents),
    ...runEvents(logger, incidents),
    ...publicationEvents(logger),
    ...accessEvents(logger),
  }
}

function registrationEvents(logger: Logger, incidents: IncidentReports) {
  /** The codes of the failures since the last reconciliation. An earlier process may have reported that Temporal is away. */
  const unsettled = new Set<ExportErrorCode>(['TEMPORAL_UNAVAILABLE'])
  let isFailing = false
  return {
    registrationReplaced: ({ tenantId, version, exportOption, frequency, updatedBy }, diff) =>
      logger.info({ tenantId, version, exportOption, frequency, updatedBy, ...diff }, 'registration replaced'),
    exportPaused: ({ tenantId, subject }, isPaused) =>
      logger.info({ tenantId, subject }, isPaused ? 'export paused' : 'export resumed'),
    fullLoadRequested: ({ tenantId, subject }, entities) =>
      logger.info({ tenantId, requestedBy: subject, entities }, 'full load requested'),
    scheduleSynced: (tenantId) => logger.info({ tenantId }, 'schedule matches its registration'),
    scheduleSyncFailed: (tenantId, error) => {
      logger.warn(
        { tenantId, error: described(error) },
        'the schedule could not be updated to match its registration; Tidemark tries again',
      )
      const { code, message } = asExportError(error)
      // During an outage the reconciler reports it for all tenants.
      if (code.endsWith('_UNAVAILABLE')) return
      void incidents.report({ ...noSubject, code: 'SCHEDULE_REJECTED', tenantId, message })
    },
    reconcileFailed: (error, count) => {
      const { code, message } = asExportError(error)
      if (count === 1) {
        logger.warn({ error: described(error) }, 'schedules could not be reconciled; further failures are not logged')
      }
      isFailing = true
      unsettled.add(code)
      const about = { tenantId: null, entity: null, since: null, message: `Schedules can’t be reconciled: ${message}` }
      void incidents.observe(code, null, [about])
    },
    reconciledAgain: () => {
      for (const code of unsettled) void incidents.observe(code, null, [])
      unsettled.clear()
      if (isFailing) logger.info('schedules are reconciled again')
      isFailing = false
    },
    orphanRemoved: (tenantId) => logger.warn({ tenantId }, 'removed a schedule that has no registration'),
    watchStepFailed: (step, error) =>
      logger.warn(
        { step, error: described(error) },
        'a step of the watch loop failed; further failures are not logged',
      ),
    watchStepRecovered: (step) => logger.info({ step }, 'a step of the watch loop works again'),
    lostRunsNotEnded: (tenantId, error) =>
      logger.warn({ tenantId, error: described(error) }, 'lost runs of a tenant could not be ended'),
  } satisfies Partial<Events>
}

function sourceEvents(logger: Logger, incidents: IncidentReports) {
  return {
    sourceChecked: (entity, findings) => {
      const [refusals, warnings] = [findings.filter(isRefusal), findings.filter((finding) => !isRefusal(finding))]
      if (refusals.length > 0) {
        logger.error(
          { entity, problems: refusals.map(inWords) },
          'the source table can’t be exported; check-source prints the fix',
        )
      }
      if (warnings.length > 0) {
        logger.warn({ entity, problems: warnings.map(inWords) }, 'the source may lose rows or slow reads down')
      }
    },
    sourceRefused: (refused) => {
      for (const { entity, code } of refused) {
        const message = `${exportErrors[code].meaning} The command check-source names the cause and the fix.`
        void incidents.reportFinding(code, { tenantId: null, entity, since: null, message })
      }
    },
    sourceNotChecked: (error) => logger.warn({ error: described(error) }, 'the source could not be checked'),
    sourceRead: ({ entity, tenantId, findings }) => {
      for (const finding of findings) {
        if (isRefusal(finding)) {
          const message = `${inWords(finding)}. Tidemark still delivers files. After the fix, request a full load.`
          void incidents.reportFinding(finding.code, { tenantId: null, entity, since: null, message })
        } else if (finding.code === 'SOURCE_ROWS_AHEAD') {
          const about = { tenantId, entity, since: null, message: inWords(finding) }
          void incidents.reportFinding('SOURCE_ROWS_UNDECIDED', about)
        }
      }
    },
    sourceHeld: (read) => logger.warn({ ...read }, 'a read still holds a transaction of the source'),
  } satisfies Partial<Events>
}

function runEvents(logger: Logger, incidents: IncidentReports) {
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

function publicationEvents(logger: Logger) {
  return {
    entityPublished: ({ runId, tenantId, entity }, file, seconds) =>
      logger.info({ runId, tenantId, entity, ...file, seconds }, 'file published'),
    hiddenFileLeft: ({ runId, tenantId, entity }, path, error) =>
      logger.warn(
        { runId, tenantId, entity, path, error: described(error) },
        'hidden file not removed; the next run removes it',
      ),
    publicationCompleted: ({ runId, tenantId, entity, path }) =>
      logger.warn({ runId, tenantId, entity, path }, 'a pending publication was completed'),
    publicationDiscarded: ({ runId, tenantId, entity, path }, isLoss) =>
      logger.warn(
        { runId, tenantId, entity, path, isLoss },
        isLoss
          ? 'a pending publication was discarded; it may have replaced an earlier file of the day, so a full load follows'
          : 'a pending publication was discarded; the next file covers its window',
      ),
    manifestPublished: (tenantId, path, files) => logger.info({ tenantId, path, files }, 'manifest published'),
    oldFilesRemoved: (tenantId, removed) =>
      logger.info({ tenantId, ...removed }, 'files past their retention time removed'),
    oldHistoryRemoved: (rows) => logger.info({ rows }, 'old audit events and registration changes removed'),
  } satisfies Partial<Events>
}

function accessEvents(logger: Logger) {
  return {
    accessDenied: ({ tenantId, subject, clientId, isOperator, address, named }, scope) =>
      logger.warn(
        { tenantId, subject, clientId, isOperator, address, named, scope },
        'access denied: the token lacks a scope',
      ),
    operatorQueried: ({ subject, clientId, address }, operation) =>
      logger.info({ subject, clientId, address, operation }, 'an operator queries all tenants'),
    auditNotKept: ({ before: _before, after: _after, ...entry }, error) =>
      logger.error({ ...entry, error: described(error) }, 'an event could not be written to the audit log'),
    tenantErased: (receipt) => logger.warn({ ...receipt }, 'tenant erased'),
    sftpKeyAdded: ({ tenantId, subject }, { id, type, fingerprint }) =>
      logger.info({ tenantId, addedBy: subject, keyId: id, type, fingerprint }, 'SFTP key added'),
    sftpKeyRemoved: ({ tenantId, subject }, { id, type, fingerprint }) =>
      logger.info({ tenantId, removedBy: subject, keyId: id, type, fingerprint }, 'SFTP key removed'),
  } satisfies Partial<Events>
}

/** What concerns no run. */
const noSubject = { runId: null, workflowId: null, entity: null, since: null, attempt: null, isFinal: false }

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

/** An error with at most eight causes, because causes may be cyclic. */
function described(error: unknown, most = 8): object {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    message: error.message,
    ...(error.cause !== undefined && most > 0 && { cause: described(error.cause, most - 1) }),
  }
}
