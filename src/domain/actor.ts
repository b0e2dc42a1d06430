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
const tenantIdForm = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** Whether an id is fit to be a path component, a schedule id and a value of the tenant column alike. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && tenantIdForm.test(value)
}

/** How the tenant reads who made a change. Which operator it was, the audit log says to operators alone. */
export function authorOf({ isOperator, subject }: Pick<Actor, 'isOperator' | 'subject'>): string {
  return isOperator ? 'operator' : subject
}

/** A person who types a command where Tidemark runs. */
export function commandActor(tenantId: string): Actor {
  return { tenantId, subject: 'command', clientId: null, scopes: new Set(scopes), isOperator: true, address: null }
}
