import type { Actor } from './actor.js'

/** The actions that the audit log records. */
export const auditActions = {
  REGISTRATION_REPLACED: 'The registration was replaced.',
  REGISTRATION_REMOVED: 'A command removed the registration.',
  EXPORT_PAUSED: 'The export was paused.',
  EXPORT_RESUMED:
    'The export was resumed. `after.periods` is the number of missed periods that get a file of their own.',
  RUN_REQUESTED: 'A run was requested. `target` is its id.',
  RUN_CANCELLED: 'The cancellation of a run was requested. `target` is its id.',
  RUN_RETRIED:
    'A run of what failed in an earlier run was requested. `target` is its id, and `after.run` the earlier one.',
  FULL_LOAD_REQUESTED: 'A full load was requested. `target` is the id of its run if it has its own run.',
  REDELIVERY_REQUESTED: 'A redelivery of past files was requested. `target` is the id of the run.',
  DELIVERY_TESTED: 'A test of the delivery was requested.',
  TEST_EVENT_SENT: 'A test event was requested.',
  SFTP_KEY_ADDED: 'An SFTP key was added. `target` is its fingerprint.',
  SFTP_KEY_REMOVED: 'An SFTP key was removed. `target` is its fingerprint.',
  PGP_KEY_ADDED: 'A PGP key was added. `target` is its fingerprint.',
  PGP_KEY_REMOVED: 'A PGP key was removed. `target` is its fingerprint.',
  WEBHOOK_ADDED: 'A webhook endpoint was added. `target` is its id.',
  WEBHOOK_CHANGED: 'A webhook endpoint was changed, paused, resumed or enabled. `target` is its id.',
  WEBHOOK_REMOVED: 'A webhook endpoint was removed. `target` is its id.',
  WEBHOOK_SECRET_ADDED: 'A second secret was added to a webhook endpoint, whose id is `target`.',
  WEBHOOK_SECRET_REMOVED: 'A secret of a webhook endpoint was removed. `target` is the id of the endpoint.',
  WEBHOOK_TESTED: 'A test event was requested for a webhook endpoint. `target` is its id.',
  WEBHOOK_REPLAYED: 'Events were sent to a webhook endpoint again. `target` is its id.',
  EMAIL_RECIPIENT_ADDED: 'A recipient of email was added. `target` is its id; the address is masked.',
  EMAIL_RECIPIENT_CHANGED: 'The kinds of email of a recipient were changed. `target` is its id.',
  EMAIL_RECIPIENT_REMOVED: 'A recipient of email was removed. `target` is its id.',
  EMAIL_VERIFICATION_REQUESTED:
    'The email that verifies an address was requested again. `target` is the id of the recipient.',
  EMAIL_RECIPIENT_VERIFIED: 'A recipient has verified its address with the link of an email. `target` is its id.',
  EMAIL_RECIPIENT_UNSUBSCRIBED: 'A recipient has unsubscribed with the link of an email. `target` is its id.',
  RETENTION_CHANGED: 'The retention time of files was changed.',
  GRACE_CHANGED: 'The time was changed after which files are overdue.',
  FILES_REMOVED: 'Files older than the retention time were removed from the server.',
  SERVER_ACCEPTED:
    'An operator accepted another SFTP server. `target` is its id. `after.decision` says whether the files were lost or copied.',
  TENANT_ERASED: 'Files, registration and keys were erased. `after` is the receipt.',
  OPERATOR_ACCESS: 'An operator of the platform acted for the tenant. `target` is the operation.',
  CONSOLE_LOGIN: 'A user logged in to the console.',
  CONSOLE_SESSION_REVOKED:
    'A console session was ended, because an old secret of it was used: somebody may have copied its cookie.',
  ACCESS_DENIED:
    'A call was denied. `target` is the scope that its token lacks. Equal calls are recorded at most once a minute: ' +
    '`after.times` is their number since the last record, and `after.named` is another tenant that the call named.',
} as const
export type AuditAction = keyof typeof auditActions

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
