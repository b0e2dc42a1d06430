import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import type { DeliveryFetches, FetchState } from '../../domain/fetch.js'
import type { Fetches } from '../../services/fetches.js'
import type { AuthorizedContext } from '../context.js'
import { ExportDelivery } from '../delivery/delivery.type.js'
import { pageComplexity } from '../limits.js'
import { PageArgs } from '../page.input.js'
import { DateTime } from '../scalars.js'
import { ExportFetchConnection, ExportFetchState, toFetchConnection } from './fetch.type.js'
import { readTogether } from './read-together.js'

const unknown = 'Null if it is not known, because the SFTP server does not report fetches.'

/** The fields of a delivery that SFTP servers report. */
@Resolver(() => ExportDelivery)
export class DeliveryFetchesResolver {
  /** All deliveries of one answer share a read. */
  readonly #find: (context: AuthorizedContext, delivery: ExportDelivery) => Promise<DeliveryFetches | undefined>

  constructor(private readonly useCases: Fetches) {
    this.#find = readTogether(async ({ actor }, deliveries) => {
      const found = await useCases.ofDeliveries(actor, deliveries)
      return ({ id }) => found.get(id)
    })
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The time when the tenant had fetched the whole file for the first time. For a split file, all its file parts. Null if it ' +
      'has not, or if it is not known.',
  })
  async fetchedAt(@Root() delivery: ExportDelivery, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    return (await this.#find(context, delivery))?.fetchedAt ?? null
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: `The number of times that the tenant has fetched the file or one of its file parts, whole or not. ${unknown}`,
  })
  async fetchCount(@Root() delivery: ExportDelivery, @Ctx() context: AuthorizedContext): Promise<number | null> {
    return (await this.#find(context, delivery))?.count ?? null
  }

  @FieldResolver(() => ExportFetchState, {
    nullable: true,
    description: `How much of the file was fetched. ${unknown}`,
  })
  async fetchState(@Root() delivery: ExportDelivery, @Ctx() context: AuthorizedContext): Promise<FetchState | null> {
    return (await this.#find(context, delivery))?.state ?? null
  }

  @FieldResolver(() => ExportFetchConnection, {
    nullable: true,
    description: `The fetches of the file, newest first: who read it, when and how much. ${unknown}`,
    complexity: pageComplexity(20),
  })
  async fetches(
    @Root() delivery: ExportDelivery,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: AuthorizedContext,
  ): Promise<ExportFetchConnection | null> {
    if (!(await this.#find(context, delivery))) return null
    return toFetchConnection(await this.useCases.page(context.actor, delivery.id, page))
  }
}
