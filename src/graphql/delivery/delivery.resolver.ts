import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { toPageInfo } from '../page-info.type.js'
import { DeliveryPageArgs } from './delivery-filter.input.js'
import { ExportDelivery, ExportDeliveryConnection, toExportDelivery } from './delivery.type.js'

@Resolver(() => ExportDelivery)
export class DeliveryResolver {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly catalog: Catalog,
  ) {}

  @Authorized<Scope>('exports:read')
  @Query(() => ExportDeliveryConnection, {
    description:
      'The ledger of the tenant: every file that was ever published, newest first, with the number of rows in the ' +
      'source. Requires the scope exports:read.',
    complexity: pageComplexity(20),
  })
  async exportDeliveries(
    @Args(() => DeliveryPageArgs) page: DeliveryPageArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportDeliveryConnection> {
    const found = await this.deliveries.page(actor, page)
    return {
      edges: found.edges.map(({ cursor, node }) => ({ cursor, node: toExportDelivery(node, this.catalog) })),
      pageInfo: toPageInfo(found),
    }
  }
}
