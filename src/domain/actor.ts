/** The caller, according to the verified token. */
export interface Caller {
  /** The tenant of the token; null if an operator's token names none. */
  readonly tenantId: string | null
  /** The token's subject, recorded with every change. */
  readonly subject: string
  /** The OAuth client of the token; null if the token does not say it. */
  readonly clientId: string | null
  readonly scopes: ReadonlySet<string>
  /** The time after which the token is refused. Absent for a command. */
  readonly validUntil?: Date
}

/** The caller, and the tenant that it acts for. No part of it comes from an argument of an operation. */
export interface Actor extends Caller {
  /** The tenant whose data the call concerns: the token's, or the one that an operator has named. */
  readonly tenantId: string
  /** Whether an operator of the platform acts for a tenant that the call names. */
  readonly isOperator: boolean
  /** The caller's network address; null for a command. */
  readonly address: string | null
}

/** An operator of the platform whose call names no tenant. It may only query what concerns all tenants. */
export interface Operator extends Caller {
  readonly tenantId: null
  readonly isOperator: true
  readonly address: string | null
}

/**
 * What a token may permit. `exports:operate` is for the platform's own operators. It lets a call name another tenant than the
 * token's, for which an operator needs the other scopes as well, and it permits the queries over all tenants.
 */
export const scopes = ['exports:read', 'exports:write', 'exports:operate'] as const
export type Scope = (typeof scopes)[number]

/** An id never begins with an underscore: an SFTP server's own accounts and groups do (deploy/sftp). */
const tenantIdForm = /^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*$/

/** What {@link isTenantId} requires, as the end of a sentence that begins with "a tenant's id". */
export const tenantIdRule =
  'has 1 to 63 characters: letters from A to Z, digits, hyphens, underscores and single dots; it begins with a letter or a ' +
  'digit, and does not end with a dot'

/** Whether an id can be a path component, a schedule id and a value of the tenant column. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && tenantIdForm.test(value)
}

/** Names of devices on Windows, also with a dot and a suffix. No folder can have such a name there. */
const deviceNames = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

/** Whether a tenant's folder can't exist on an SFTP server that runs on Windows. */
export function isDeviceName(tenantId: string): boolean {
  return deviceNames.test(tenantId)
}

/** The author of a change, as the tenant reads it. Only operators read in the audit log which operator it was. */
export function authorOf({ isOperator, subject }: Pick<Actor, 'isOperator' | 'subject'>): string {
  return isOperator ? 'operator' : subject
}

/** The caller whose limits a call counts against: the tenant of the token, or the operator. */
export function payerOf(actor: Actor | Operator): string {
  return actor.isOperator ? `operator ${actor.subject}` : actor.tenantId
}

/** An operator who runs a command where Tidemark runs. */
export function commandActor(tenantId: string): Actor {
  return { ...commandOperator(), tenantId, isOperator: true }
}

/** The same, for all tenants. */
export function commandOperator(): Operator {
  return {
    tenantId: null,
    subject: 'command',
    clientId: null,
    scopes: new Set(scopes),
    isOperator: true,
    address: null,
  }
}

/** Tidemark itself, which retries failed runs without a request. */
export function systemActor(tenantId: string): Actor {
  return { tenantId, subject: 'system', clientId: null, scopes: new Set(scopes), isOperator: false, address: null }
}
