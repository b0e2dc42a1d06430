import type { EntityWindow, Intent, Published } from '../domain/publication.js'
import type { OldFilesResult, WebhookTask } from '../contracts.js'
import type { Denied } from '../domain/access.js'
import type { Actor, Operator, Scope } from '../domain/actor.js'
import type { AuditAction, AuditEntry } from '../domain/audit.js'
import type { ExportError } from '../domain/errors.js'
import type { SettledGap } from '../domain/ledger-gap.js'
import type { Registration, RegistrationDiff } from '../domain/registration.js'
import type { Run } from '../domain/run.js'
import type { PgpKey } from '../domain/pgp-key.js'
import type { ServerDecision } from '../domain/server-decision.js'
import type { SftpKey } from '../domain/sftp-key.js'
import type { SourceFinding, SourceRefusalCode } from '../domain/source-finding.js'
import type { Webhook, WebhookDisabledReason, WebhookFailure } from '../domain/webhook.js'
import type { FoundInRead, HeldRead } from '../source/source.js'

/** Business events, one function each, so that every caller logs them in the same way. */
export interface Events {
  registrationReplaced(registration: Registration, diff: RegistrationDiff): void
  exportPaused(actor: Actor, isPaused: boolean): void
  scheduleSynced(tenantId: string): void
  scheduleSyncFailed(tenantId: string, error: unknown): void
  /** The process ends, and leaves schedules that wait to the reconciler of another one. */
  schedulesLeft(count: number): void
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
  /** A user has logged in to the console. The tenant is null for an operator. */
  consoleLogin(login: { readonly tenantId: string | null; readonly subject: string }): void
  /** An old secret of a console session was used, so the session was ended: its cookie may be stolen. */
  consoleSessionReplayed(
    session: { readonly tenantId: string | null; readonly subject: string; readonly familyId: string },
    address: string,
  ): void
  auditNotKept(entry: AuditEntry, error: unknown): void
  fullLoadRequested(actor: Actor, entities: readonly string[]): void
  runPlanned(run: Run): void
  runFinished(run: Run): void
  entityPublished(window: EntityWindow, file: Published, seconds: number): void
  /** Files could not be exported together. Each is exported alone. */
  smallFilesLeft(windows: readonly EntityWindow[], error: ExportError): void
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
  /** The server refuses the index of a tenant. The files and the manifest are there. */
  /** The ledger and the files on the server did not match, because one of them was restored from an older backup. */
  ledgerGapSettled(gap: SettledGap): void
  /** The server could not be asked. The first attempt that reaches it compares before it publishes. */
  ledgerNotCompared(tenantId: string, error: ExportError): void
  /** `isSigned`: false if its signature is missing or not that of the installation's key. */
  serverIndexIgnored(tenantId: string, path: string, isSigned: boolean): void
  indexNotWritten(tenantId: string, path: string, error: ExportError): void
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
  serverMarked(path: string, server: string): void
  /** The mark of the SFTP server was missing, and these files of the ledger are there. */
  serverMarkLost(path: string, files: readonly { readonly path: string }[]): void
  /** Whether the server is another one cannot be found out. Reported once by each process. */
  serverUnknown(path: string, reason: string): void
  serverAccepted(server: string, decision: ServerDecision, tenants: number): void
  /** An operator has given the database a new id, or has let it take over what another installation had in Temporal. */
  installationRenewed(id: string): void
  installationAdopted(id: string, tenants: number): void
  sftpKeyAdded(actor: Actor, key: SftpKey): void
  sftpKeyRemoved(actor: Actor, key: SftpKey): void
  pgpKeyAdded(actor: Actor, key: PgpKey): void
  pgpKeyRemoved(actor: Actor, key: PgpKey): void
  /** A webhook endpoint was added, changed or removed. */
  webhookChanged(actor: Actor, action: AuditAction, webhook: Pick<Webhook, 'id' | 'kind'>): void
  /** An endpoint gets no further event until its tenant enables it. */
  webhookDisabled(task: WebhookTask, reason: WebhookDisabledReason, failure: WebhookFailure | null): void
  /** A recipient of email was added, changed, removed or verified, or has unsubscribed. */
  emailRecipientChanged(actor: Pick<Actor, 'tenantId' | 'subject'>, id: string, action: AuditAction): void
  /** `next`: when it is sent again; null if it is given up. */
  emailNotSent(
    email: { readonly tenantId: string; readonly id: string; readonly attempts: number },
    problem: string,
    next: Date | null,
  ): void
  emailEventsNotRead(tenantId: string, error: unknown): void
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
