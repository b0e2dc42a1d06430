import type { Actor } from './actor.js'

/** The events of the audit log. */
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

/** An entry of the audit log, before it gets its time: who did what to what, with the state before and after. */
export interface AuditEntry extends Pick<Actor, 'tenantId' | 'subject' | 'clientId' | 'isOperator' | 'address'> {
  readonly action: AuditAction
  /** The object of the action: an id, or the name of an operation; null if the action has none. */
  readonly target: string | null
  readonly before: AuditDetails | null
  readonly after: AuditDetails | null
}

/** An entry of the audit log as it is stored. */
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
