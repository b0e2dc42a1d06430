import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Actor, Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { Outcome } from '../../services/outcome.js'
import type { FullLoadTime } from '../../services/runs/full-load.js'
import type { Runs } from '../../services/runs/runs.js'
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
import { ExportRun } from './run.type.js'
import { shapeRuns } from './shape-run.js'

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
      'Starts a run now, in addition to the scheduled runs. Its windows end now. The call returns before the run ' +
      'ends: follow the run with exportRun. Requires the scope exports:write.',
  })
  async runDataExport(
    @Arg('entityList', () => EntityList, {
      nullable: true,
      description: 'Only these entities, which must be active. Null means all active entities.',
    })
    entityList: string | string[] | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RunDataExportPayload> {
    return this.started(actor, await this.runs.start(actor, { entityList }))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RequestFullLoadPayload, {
    description:
      'Requests a full load as the next file of each of these entities, with the next run or in a run that starts ' +
      'now. It is needed if you have lost a table. It is also needed to get the values of an added column for rows ' +
      'that have not changed. For files that are removed or damaged on the server, use redeliver. WITH_NEXT_RUN also ' +
      'takes inactive entities: their full load comes when they are active again. NOW exports the active ones, and ' +
      'returns NOTHING_ACTIVE if none is active. Requires the scope exports:write.',
  })
  async requestFullLoad(
    @Arg('entityList', () => EntityList, {
      nullable: true,
      description: 'The entities. Null means all active entities.',
    })
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
      'Starts a run that writes past files again, as later revisions under the same paths. A file has the rows that ' +
      'last changed within its window. Rows that changed after the window are in a later file, so merge the file by ' +
      'key, also if its mode is FULL. At most 1,000 files. It is needed only for files that are removed or damaged ' +
      'on the server. The call returns before the run ends: follow the run with exportRun. Requires the scope ' +
      'exports:write.',
  })
  async redeliver(
    @Arg('input', () => RedeliverInput, { description: 'The files to write again.' }) input: RedeliverInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RunDataExportPayload> {
    return this.started(actor, await this.runs.redeliver(actor, input))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => ExportRunConnection, {
    description: 'The runs of the tenant, newest first. Requires the scope exports:read.',
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
    description: 'One run of the tenant. Null if the tenant has no run with this id. Requires the scope exports:read.',
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
    const { deliveries, catalog } = this
    return shapeRuns({ runs: this.runs, deliveries, catalog }, actor, runs)
  }
}
