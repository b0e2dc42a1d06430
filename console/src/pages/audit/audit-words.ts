import type { AuditEventFragment, ExportAuditAction } from '../../gql/graphql'

/** The words for what the audit log records. */

interface ActionWords {
  /** The name of the action in the filter. */
  readonly name: string
  /** The rest of the sentence, after the one who did it. */
  readonly did: string
}

export const auditActions: Readonly<Record<ExportAuditAction, ActionWords>> = {
  REGISTRATION_REPLACED: { name: 'Settings changed', did: 'changed the settings' },
  REGISTRATION_REMOVED: { name: 'Settings removed', did: 'removed the settings' },
  EXPORT_PAUSED: { name: 'Export paused', did: 'paused the export' },
  EXPORT_RESUMED: { name: 'Export resumed', did: 'resumed the export' },
  RUN_REQUESTED: { name: 'Run started', did: 'started a run' },
  RUN_CANCELLED: { name: 'Run cancelled', did: 'cancelled a run' },
  RUN_RETRIED: { name: 'Run retried', did: 'retried what failed in a run' },
  FULL_LOAD_REQUESTED: { name: 'Full load requested', did: 'requested a full load' },
  REDELIVERY_REQUESTED: { name: 'Redelivery requested', did: 'requested a redelivery of past files' },
  DELIVERY_TESTED: { name: 'Delivery tested', did: 'tested the delivery' },
  TEST_EVENT_SENT: { name: 'Test event sent', did: 'sent a test event' },
  SFTP_KEY_ADDED: { name: 'Key added', did: 'added an SFTP key' },
  SFTP_KEY_REMOVED: { name: 'Key removed', did: 'removed an SFTP key' },
  PGP_KEY_ADDED: { name: 'PGP key added', did: 'added a PGP key' },
  PGP_KEY_REMOVED: { name: 'PGP key removed', did: 'removed a PGP key' },
  WEBHOOK_ADDED: { name: 'Webhook added', did: 'added a webhook' },
  WEBHOOK_CHANGED: { name: 'Webhook changed', did: 'changed a webhook' },
  WEBHOOK_REMOVED: { name: 'Webhook removed', did: 'removed a webhook' },
  WEBHOOK_SECRET_ADDED: { name: 'Webhook secret added', did: 'added a secret to a webhook' },
  WEBHOOK_SECRET_REMOVED: { name: 'Webhook secret removed', did: 'removed a secret of a webhook' },
  WEBHOOK_TESTED: { name: 'Webhook tested', did: 'tested a webhook' },
  WEBHOOK_REPLAYED: { name: 'Events sent again', did: 'sent events to a webhook again' },
  EMAIL_RECIPIENT_ADDED: { name: 'Email address added', did: 'added an address for emails' },
  EMAIL_RECIPIENT_CHANGED: { name: 'Emails changed', did: 'changed which emails an address gets' },
  EMAIL_RECIPIENT_REMOVED: { name: 'Email address removed', did: 'removed an address for emails' },
  EMAIL_VERIFICATION_REQUESTED: {
    name: 'Verification requested',
    did: 'requested the email that verifies an address again',
  },
  EMAIL_RECIPIENT_VERIFIED: { name: 'Email address verified', did: 'verified its address' },
  EMAIL_RECIPIENT_UNSUBSCRIBED: { name: 'Unsubscribed', did: 'unsubscribed from emails' },
  RETENTION_CHANGED: { name: 'Retention changed', did: 'changed for how long files are kept' },
  GRACE_CHANGED: { name: 'Lateness changed', did: 'changed after which time files are overdue' },
  FILES_REMOVED: { name: 'Files removed', did: 'removed files older than the retention time' },
  SERVER_ACCEPTED: { name: 'Server accepted', did: 'accepted another SFTP server' },
  TENANT_ERASED: { name: 'Tenant erased', did: 'erased files, settings and keys' },
  CONSOLE_LOGIN: { name: 'Logged in', did: 'logged in to the console' },
  CONSOLE_SESSION_REVOKED: {
    name: 'Session ended',
    did: 'lost a console session, because an old cookie of it was used. Somebody may have copied it',
  },
  OPERATOR_ACCESS: { name: 'Operator acted', did: 'acted for this tenant' },
  ACCESS_DENIED: { name: 'Access denied', did: 'was denied access' },
}

/** The words for an action. A later version of the API may send actions that this page does not know. */
export function wordsOf(action: string): ActionWords {
  if (isAuditAction(action)) return auditActions[action]
  const words = action.toLowerCase().replaceAll('_', ' ')
  return { name: words, did: `did this: ${words}` }
}

export const auditActionNames = Object.keys(auditActions) as ExportAuditAction[]

export function isAuditAction(value: unknown): value is ExportAuditAction {
  return typeof value === 'string' && Object.hasOwn(auditActions, value)
}

type Event = Pick<AuditEventFragment, 'action' | 'subject' | 'clientId' | 'isOperator' | 'address' | 'target' | 'after'>

/** Who did it: an operator is named as one. Tenants do not read which operator it was. */
export function actorOf({ subject, isOperator }: Event): string {
  if (!isOperator) return subject
  return subject === 'operator' ? 'An operator of the platform' : `The operator ${subject}`
}

/** What happened, in a sentence: `ana@acme.example added an SFTP key: warehouse loader.` */
export function sentenceOf(event: Event): string {
  const detail = detailOf(event)
  return `${actorOf(event)} ${wordsOf(event.action).did}${detail === undefined ? '' : `: ${detail}`}.`
}

function detailOf({ action, target, after }: Event): string | undefined {
  switch (action) {
    case 'SFTP_KEY_ADDED':
    case 'PGP_KEY_ADDED':
    case 'WEBHOOK_ADDED':
      return textIn(after, 'label') ?? target ?? undefined
    case 'SFTP_KEY_REMOVED':
    case 'PGP_KEY_REMOVED':
      return target ?? undefined
    case 'EMAIL_RECIPIENT_ADDED':
    case 'EMAIL_RECIPIENT_CHANGED':
    case 'EMAIL_VERIFICATION_REQUESTED':
    case 'EMAIL_RECIPIENT_VERIFIED':
    case 'EMAIL_RECIPIENT_UNSUBSCRIBED':
      return textIn(after, 'email')
    case 'OPERATOR_ACCESS':
      return target ?? undefined
    case 'ACCESS_DENIED':
      return deniedWords(target, after)
    case 'EXPORT_RESUMED':
      return periodWords(after)
    default:
      return undefined
  }
}

function deniedWords(scope: string | null | undefined, after: Details): string | undefined {
  const parts = [
    scope == null ? undefined : `the token lacks the scope ${scope}`,
    after?.['named'] === undefined ? undefined : `the call named the tenant ${shown(after['named'])}`,
    typeof after?.['times'] === 'number' ? `${after['times']} times` : undefined,
  ].filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join(', ') : undefined
}

function periodWords(after: Details): string | undefined {
  const periods = after?.['periods']
  return typeof periods === 'number' ? `${periods} missed periods get a file of their own` : undefined
}

type Details = Readonly<Record<string, unknown>> | null | undefined

function textIn(details: Details, name: string): string | undefined {
  const value = details?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** From where the call came: the network address, and the client if it is not the subject itself. Undefined if neither is recorded. */
export function originOf({ subject, address, clientId }: Event): string | undefined {
  const parts = [
    address == null ? undefined : `from ${address}`,
    clientId == null || clientId === subject ? undefined : `with the client ${clientId}`,
  ].filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join(' ') : undefined
}

/** Actions whose target is the id of a run. */
const ofRuns: readonly ExportAuditAction[] = [
  'RUN_REQUESTED',
  'RUN_CANCELLED',
  'RUN_RETRIED',
  'FULL_LOAD_REQUESTED',
  'REDELIVERY_REQUESTED',
]

/** The run that an event is about. */
export function runOf({ action, target }: Event): string | undefined {
  return ofRuns.includes(action) ? (target ?? undefined) : undefined
}

/** A value of a JSON object as text in one line. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
