/** The orders in which operators list tenants. Tenants that are equal in an order follow by their ids. */
export const tenantSorts = {
  ID: 'By the id of the tenant.',
  OVERDUE: 'Overdue tenants first. The tenant that is overdue for the longest time comes first.',
  FAILING: 'Failing tenants first. The tenant that fails for the longest time comes first.',
  LARGEST: 'By the bytes that were delivered in the last 30 days, the most first.',
  LAST_SUCCESS: 'By the end of the last run that succeeded, the oldest first. Tenants without such a run come first.',
} as const
export type TenantSort = keyof typeof tenantSorts
