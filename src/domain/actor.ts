/** Who calls, as the verified token says. Nothing of it ever comes from an argument. */
export interface Actor {
  readonly tenantId: string
  /** The token's subject, kept with every change. */
  readonly subject: string
  readonly scopes: ReadonlySet<string>
}

/** What a token may permit. */
export const scopes = ['exports:read', 'exports:write'] as const
export type Scope = (typeof scopes)[number]

const tenantIdForm = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** Whether an id is fit to be a path component, a schedule id and a value of the tenant column alike. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && tenantIdForm.test(value)
}
