import type { OperationContext } from 'urql'

/** The context of an operation for one tenant, on a page that is over all tenants. Its result renews the lists of the page. */
export function forTenant(tenantId: string): Partial<OperationContext> {
  return {
    fetchOptions: { headers: { 'tidemark-console': '1', 'tidemark-tenant': tenantId } },
    additionalTypenames: ['ExportTenant', 'ExportOverview'],
  }
}
