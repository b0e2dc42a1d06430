import type { TenantSort } from '../domain/tenant-sort.js'
import { type Overview, type OverviewDependencies, overviewOf } from './overview.js'
import type { PageArguments } from './page.js'
import {
  createTenants,
  type ListedTenant,
  type TenantFilter,
  type TenantPage,
  type TenantsDependencies,
  type TenantState,
} from './tenants.js'

/** What the platform's operators read over all tenants. */
export interface Operations {
  /** A page in that order. @throws InvalidPageError */
  tenants(filter: TenantFilter, sort: TenantSort, page: PageArguments): Promise<TenantPage>
  /** All tenants that the filter selects, in that order. */
  tenantsMatching(filter: TenantFilter, sort?: TenantSort): Promise<ListedTenant[]>
  /** Undefined if the tenant has no registration. */
  tenant(tenantId: string): Promise<TenantState | undefined>
  overview(): Promise<Overview>
}

export function createOperations(
  deps: TenantsDependencies & Pick<OverviewDependencies, 'processes' | 'incidents'>,
): Operations {
  const tenants = createTenants(deps)
  return {
    tenants: (filter, sort, page) => tenants.page(filter, sort, page),
    tenantsMatching: (filter, sort = 'ID') => tenants.matching(filter, sort),
    tenant: (tenantId) => tenants.find(tenantId),
    overview: () => overviewOf({ ...deps, tenants }),
  }
}
