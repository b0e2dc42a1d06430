import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Runs } from '../../services/runs.js'
import type { AuthorizedContext } from '../context.js'
import { toExportEntity } from '../entity/entity.type.js'
import { pageComplexity } from '../limits.js'
import { EntityList } from '../scalars.js'
import { RequestFullLoadPayload } from './full-load-payload.type.js'
import { ExportRunConnection, RunDataExportPayload } from './run-connection.type.js'
import { ExportRunsArgs } from './run.input.js'
import { ExportRun, toExportRun } from './run.type.js'

@Resolver(() => ExportRun)
export class RunResolver {
  constructor(
    private readonly runs: Runs,
    private readonly catalog: Catalog,
  ) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => RunDataExportPayload, {
    description:
      'Starts a run now, with windows that end now, beside the scheduled ones. It answers at once; follow the run ' +
      'with exportRun. Needs the scope exports:write.',
  })
  async runDataExport(@Ctx() { actor }: AuthorizedContext): Promise<RunDataExportPayload> {
    const outcome = await this.runs.start(actor)
    return outcome.ok
      ? { run: this.shape(outcome.value), userErrors: [] }
      : { run: null, userErrors: outcome.userErrors }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RequestFullLoadPayload, {
    description:
      'Makes the next file of each of these entities a full load, with the next run, scheduled or not. Needed only ' +
      'where you have lost what was delivered. Needs the scope exports:write.',
  })
  async requestFullLoad(
    @Arg('entityList', () => EntityList, { description: 'The display names of the entities.' })
    entityList: string | string[],
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RequestFullLoadPayload> {
    const outcome = await this.runs.requestFullLoad(actor, entityList)
    return outcome.ok
      ? { entities: outcome.value.map(toExportEntity), userErrors: [] }
      : { entities: [], userErrors: outcome.userErrors }
  }

  @Authorized<Scope>('exports:read')
  @Query(() => ExportRunConnection, {
    description: "The tenant's runs, newest first. Needs the scope exports:read.",
    complexity: pageComplexity(20),
  })
  async exportRuns(
    @Args(() => ExportRunsArgs) page: ExportRunsArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportRunConnection> {
    const { edges, hasNextPage, hasPreviousPage } = await this.runs.page(actor, page)
    return {
      edges: edges.map(({ cursor, node }) => ({ cursor, node: this.shape(node) })),
      pageInfo: {
        hasNextPage,
        hasPreviousPage,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    }
  }

  @Authorized<Scope>('exports:read')
  @Query(() => ExportRun, {
    nullable: true,
    description: 'One run; null where the tenant has none of this id. Needs the scope exports:read.',
  })
  async exportRun(
    @Arg('id', () => ID, { description: 'The id of the run.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportRun | null> {
    const run = await this.runs.find(actor, id)
    return run && this.shape(run)
  }

  private shape(run: Run): ExportRun {
    return toExportRun(run, this.catalog, this.runs.temporalUiUrl(run))
  }
}
