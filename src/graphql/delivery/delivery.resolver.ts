import { Arg, Args, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import { mostExportDays } from '../../domain/export-day.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { AuthorizedContext } from '../context.js'
import { ExportEntityName } from '../entity/entity-name.js'
import { daysComplexity, pageComplexity } from '../limits.js'
import { toPageInfo } from '../page-info.type.js'
import { CalendarDay } from '../scalars.js'
import { ExportDay, toExportDay } from './day.type.js'
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

  @Authorized<Scope>('exports:read')
  @Query(() => ExportDelivery, {
    nullable: true,
    description:
      'One delivery of the tenant. Null if the tenant has no delivery with this id. Requires the scope exports:read.',
  })
  async exportDelivery(
    @Arg('id', () => ID, { description: 'The id of the delivery.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportDelivery | null> {
    const delivery = await this.deliveries.find(actor, id)
    return delivery && toExportDelivery(delivery, this.catalog)
  }

  @Authorized<Scope>('exports:read')
  @Query(() => [ExportDay], {
    description:
      `What was delivered and what failed by day, oldest first, of at most ${mostExportDays} days. The day is the date in the ` +
      'paths, in the time zone of the schedule. Days without a delivery and without a failed run are absent. ' +
      'Requires the scope exports:read.',
    complexity: daysComplexity,
  })
  async exportDays(
    @Arg('from', () => CalendarDay, { description: 'The first day.' }) from: Date,
    @Arg('to', () => CalendarDay, { description: 'The last day, which is included.' }) to: Date,
    @Arg('entity', () => ExportEntityName, {
      nullable: true,
      description: 'Only this entity. Null means all entities.',
    })
    entity: string | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportDay[]> {
    const days = await this.deliveries.days(actor, { from, to, entity })
    return days.map((day) => toExportDay(day, this.catalog))
  }
}
