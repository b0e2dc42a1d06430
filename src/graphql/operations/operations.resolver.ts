import { Args, Query, Resolver } from 'type-graphql'
import type { Operations } from '../../services/operations.js'
import { pageComplexity } from '../limits.js'
import { OverAllTenants } from '../operator-access.js'
import { ExportOverview, toExportOverview } from './overview.type.js'
import { TenantPageArgs } from './tenant-page.input.js'
import { ExportTenantConnection, toTenantConnection } from './tenant.type.js'

/** Queries of the platform's operators over all tenants. */
@Resolver()
export class OperationsResolver {
  constructor(private readonly operations: Operations) {}

  @OverAllTenants()
  @Query(() => ExportTenantConnection, {
    description:
      'The tenants with a registration. Do not name a tenant in the header. Requires the scope exports:operate.',
    complexity: pageComplexity(20),
  })
  async exportTenants(
    @Args(() => TenantPageArgs) { filter, sort, ...page }: TenantPageArgs,
  ): Promise<ExportTenantConnection> {
    return toTenantConnection(await this.operations.tenants(filter ?? {}, sort, page))
  }

  @OverAllTenants()
  @Query(() => ExportOverview, {
    description: 'The state of all exports and processes in numbers. Requires the scope exports:operate.',
  })
  async exportOverview(): Promise<ExportOverview> {
    return toExportOverview(await this.operations.overview())
  }
}
