/** Who calls, as the verified token says. */
export interface Caller {
  /** The tenant that the token names; an operator's may name none. */
  readonly tenantId: string | null
  /** The token's subject, kept with every change. */
  readonly subject: string
  /** The OAuth client that the token was given to, where it says so. */
  readonly clientId: string | null
  readonly scopes: ReadonlySet<string>
}

/** Who calls, and for which tenant. Nothing of it ever comes from an argument. */
export interface Actor extends Caller {
  /** Whose data the call is about: the token's tenant, or the one that an operator has named. */
  readonly tenantId: string
  /** Whether an operator of the platform acts for a tenant that it has named. */
  readonly isOperator: boolean
  /** The network address that the call came from; null for a command. */
  readonly address: string | null
}

/**
 * What a token may permit. `exports:operate` is for the platform's own operators: it lets a call name another tenant than
 * the token's, and nothing else, so that it takes the other scopes as well.
 */
export const scopes = ['exports:read', 'exports:write', 'exports:operate'] as const
export type Scope = (typeof scopes)[number]

/** Never begins with an underscore: the names of an SFTP server's own accounts and groups do (deploy/sftp). */
const tenantIdForm = /^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*$/

/** What {@link isTenantId} asks for, in words that go on after "a tenant's id". */
export const tenantIdRule =
  'has 1 to 63 characters: letters from A to Z, digits, hyphens, underscores and single dots; it begins with a letter or a ' +
  'digit, and does not end with a dot'

/** Whether an id can be a path component, a schedule id and a value of the tenant column alike. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && tenantIdForm.test(value)
}

/** Windows takes these names for devices, with whatever follows a dot, so that no folder can have them. */
const deviceNames = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

/** Whether a tenant's folder can't be made on an SFTP server that runs on Windows. */
export function isDeviceName(tenantId: string): boolean {
  return deviceNames.test(tenantId)
}

/** How the tenant reads who made a change. Which operator it was, the audit log says to operators alone. */
export function authorOf({ isOperator, subject }: Pick<Actor, 'isOperator' | 'subject'>): string {
  return isOperator ? 'operator' : subject
}

/** A person who types a command where Tidemark runs. */
export function commandActor(tenantId: string): Actor {
  return { tenantId, subject: 'command', clientId: null, scopes: new Set(scopes), isOperator: true, address: null }
}
