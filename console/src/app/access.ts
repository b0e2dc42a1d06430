import type { Session } from './session'

/** Why a page is not for this user. */
export type Refusal = 'OTHER_TENANT' | 'OPERATORS_ONLY' | 'NO_TENANT'

type Known = Pick<Session, 'tenantId' | 'isOperator'>

/** The tenant that an operator acts for. Undefined for the user's own tenant, and on an operator's own pages. */
export function actsFor({ tenantId, isOperator }: Known, named: string | undefined): string | undefined {
  return isOperator && named !== tenantId ? named : undefined
}

/**
 * Whether the user may see a page. The API decides it again for each request.
 * @param named the tenant that the address names
 * @param isOperatorPage whether the page is over all tenants
 */
export function refusalOf(
  { tenantId, isOperator }: Known,
  { named, isOperatorPage }: { readonly named: string | undefined; readonly isOperatorPage: boolean },
): Refusal | undefined {
  if (isOperatorPage) return isOperator ? undefined : 'OPERATORS_ONLY'
  if (isOperator) return named === undefined && tenantId === null ? 'NO_TENANT' : undefined
  return named === undefined || named === tenantId ? undefined : 'OTHER_TENANT'
}
