import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Actor, Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { Outcome } from '../../services/outcome.js'
import type { FullLoadTime, Runs } from '../../services/runs.js'
import type { AuthorizedContext } from '../context.js'
import { toExportEntity } from '../entity/entity.type.js'
import { pageComplexity } from '../limits.js'
import { toPageInfo } from '../page-info.type.js'
import { EntityList } from '../scalars.js'
import { RequestFullLoadPayload } from './full-load-payload.type.js'
import { ExportRunConnection, RunDataExportPayload } from './run-connection.type.js'
import { RedeliverInput } from './redeliver.input.js'
import { RunPageArgs } from './run-filter.input.js'
import { FullLoadTimeEnum } from './run.enums.js'
import { deliveriesOf } from './run-deliveries.js'
import { ExportRun, toExportRun } from './run.type.js'

@Resolver(() => ExportRun)
export class RunResolver {
  constructor(
    private readonly runs: Runs,
    private readonly deliveries: Deliveries,
    private readonly catalog: Catalog,
  ) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => RunDataExportPayload, {
    description:
      'Starts a run now, with windows that end now, beside the scheduled ones. It answers at once; follow the run ' +
      'with exportRun. Needs the scope exports:write.',
  })
  async runDataExport(@Ctx() { actor }: AuthorizedContext): Promise<RunDataExportPayload> {
    return this.started(actor, await this.runs.start(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RequestFullLoadPayload, {
    description:
      'Makes the next file of each of these entities a full load: with the next run, scheduled or not, or in a run of ' +
      'these entities that starts now. Needed only where you have lost what was delivered, or where a column was added ' +
      'whose values you want for rows that have not changed since. Needs the scope exports:write.',
  })
  async requestFullLoad(
    @Arg('entityList', () => EntityList, { nullable: true, description: 'The entities; all active ones by default.' })
    entityList: string | string[] | null,
    @Arg('when', () => FullLoadTimeEnum, { defaultValue: 'WITH_NEXT_RUN', description: 'Now, or with the next run.' })
    when: FullLoadTime,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RequestFullLoadPayload> {
    const outcome = await this.runs.requestFullLoad(actor, { entityList, when })
    if (!outcome.ok) return { entities: [], run: null, userErrors: outcome.userErrors }
    const { entities, run } = outcome.value
    return { entities: entities.map(toExportEntity), run: run && this.shape(actor, run), userErrors: [] }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RunDataExportPayload, {
    description:
      'Writes past files again, as later revisions under the same paths: the rows whose last change lies in the file’s ' +
      'window, with the values they have now. Rows that have changed since are in a later file. It answers at once; ' +
      'follow the run with exportRun. Needs the scope exports:write.',
  })
  async redeliver(
    @Arg('input', () => RedeliverInput, { description: 'Which files.' }) input: RedeliverInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RunDataExportPayload> {
    return this.started(actor, await this.runs.redeliver(actor, input))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => ExportRunConnection, {
    description: "The tenant's runs, newest first. Needs the scope exports:read.",
    complexity: pageComplexity(20),
  })
  async exportRuns(
    @Args(() => RunPageArgs) page: RunPageArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportRunConnection> {
    const found = await this.runs.page(actor, page)
    const shape = this.shapeOf(
      actor,
      found.edges.map(({ node }) => node),
    )
    return {
      edges: found.edges.map(({ cursor, node }) => ({ cursor, node: shape(node) })),
      pageInfo: toPageInfo(found),
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
    return run && this.shape(actor, run)
  }

  private started(actor: Actor, outcome: Outcome<Run>): RunDataExportPayload {
    return outcome.ok
      ? { run: this.shape(actor, outcome.value), userErrors: [] }
      : { run: null, userErrors: outcome.userErrors }
  }

  private shape(actor: Actor, run: Run): ExportRun {
    return this.shapeOf(actor, [run])(run)
  }

  private shapeOf(actor: Actor, runs: readonly Run[]): (run: Run) => ExportRun {
    const findDelivery = deliveriesOf(this.deliveries, actor, runs)
    return (run) => toExportRun(run, this.catalog, this.runs.temporalUiUrl(actor, run), findDelivery)
  }
}
