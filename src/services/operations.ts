import { type Overview, type OverviewDependencies, overviewOf } from './overview.js'
import type { PageArguments } from './page.js'
import {
  createTenants,
  type TenantFilter,
  type TenantPage,
  type TenantsDependencies,
  type TenantState,
} from './tenants.js'

/** What the platform's operators read over all tenants. */
export interface Operations {
  /** A page in the order of the tenants' ids. @throws InvalidPageError */
  tenants(filter: TenantFilter, page: PageArguments): Promise<TenantPage>
  /** All tenants that the filter selects, by their ids. */
  tenantsMatching(filter: TenantFilter): Promise<TenantState[]>
  /** Undefined if the tenant has no registration. */
  tenant(tenantId: string): Promise<TenantState | undefined>
  overview(): Promise<Overview>
}

export function createOperations(
  deps: TenantsDependencies & Pick<OverviewDependencies, 'processes' | 'incidents'>,
): Operations {
  const tenants = createTenants(deps)
  return {
    tenants: (filter, page) => tenants.page(filter, page),
    tenantsMatching: (filter) => tenants.matching(filter),
    tenant: (tenantId) => tenants.find(tenantId),
    overview: () => overviewOf({ ...deps, tenants }),
  }
}
