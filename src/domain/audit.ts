import type { Actor } from './actor.js'

/** What is kept in the audit log. */
export type AuditAction =
  | 'REGISTRATION_REPLACED'
  | 'REGISTRATION_REMOVED'
  | 'EXPORT_PAUSED'
  | 'EXPORT_RESUMED'
  | 'RUN_REQUESTED'
  | 'FULL_LOAD_REQUESTED'
  | 'REDELIVERY_REQUESTED'
  | 'SFTP_KEY_ADDED'
  | 'SFTP_KEY_REMOVED'
  | 'RETENTION_CHANGED'
  | 'FILES_REMOVED'
  | 'TENANT_ERASED'
  | 'OPERATOR_ACCESS'
  | 'ACCESS_DENIED'

export type AuditDetails = Readonly<Record<string, unknown>>

/** One line of the audit log, before it has got its time: who did what, on what, and how it was before and after. */
export interface AuditEntry extends Pick<Actor, 'tenantId' | 'subject' | 'clientId' | 'isOperator' | 'address'> {
  readonly action: AuditAction
  /** What it was done to, or was to be: an id, or the name of an operation; null where the action says it all. */
  readonly target: string | null
  readonly before: AuditDetails | null
  readonly after: AuditDetails | null
}

/** A line of the audit log as it is kept. */
export interface AuditEvent extends AuditEntry {
  readonly id: string
  readonly at: Date
}

export function auditEntry(
  { tenantId, subject, clientId, isOperator, address }: Omit<Actor, 'scopes'>,
  action: AuditAction,
  { target = null, before = null, after = null }: Partial<Pick<AuditEntry, 'target' | 'before' | 'after'>> = {},
): AuditEntry {
  return { tenantId, subject, clientId, isOperator, address, action, target, before, after }
}
