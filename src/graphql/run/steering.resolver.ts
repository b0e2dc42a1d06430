import { Arg, Args, Authorized, Ctx, ID, Mutation, Resolver } from 'type-graphql'
import type { Actor, Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { Outcome } from '../../services/outcome.js'
import type { Runs } from '../../services/runs/runs.js'
import type { AuthorizedContext, OperatorContext } from '../context.js'
import { OverAllTenants } from '../operator-access.js'
import { RetryFailedExportsArgs, RetryFailedExportsPayload, toRetryPayload } from './retry-failed.type.js'
import { CancelExportRunPayload, RunDataExportPayload } from './run-connection.type.js'
import { deliveriesOf } from './run-deliveries.js'
import { type ExportRun, toExportRun } from './run.type.js'

/** Ends and repeats runs. */
@Resolver()
export class SteeringResolver {
  constructor(
    private readonly runs: Runs,
    private readonly deliveries: Deliveries,
    private readonly catalog: Catalog,
  ) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => CancelExportRunPayload, {
    description:
      'Cancels a run that is queued or running. The call waits at most 20 s for the end, and returns the run as it is ' +
      'then. Published files stay, and the next run covers what is not published. Requires the scope exports:write.',
  })
  async cancelExportRun(
    @Arg('id', () => ID, { description: 'The id of the run.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<CancelExportRunPayload> {
    return this.answer(actor, await this.runs.cancel(actor, id))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RunDataExportPayload, {
    description:
      'Starts a run of only the entities that failed or were cancelled in an ended run. Their windows end now. All of ' +
      'them must be active. The call returns before the run ends: follow the run with exportRun. Requires the scope ' +
      'exports:write.',
  })
  async retryExportRun(
    @Arg('id', () => ID, { description: 'The id of the run that failed.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RunDataExportPayload> {
    return this.answer(actor, await this.runs.retry(actor, id))
  }

  @OverAllTenants('exports:write')
  @Mutation(() => RetryFailedExportsPayload, {
    description:
      'For operators: calls retryExportRun for the last run of each tenant whose last run failed, with a pause between ' +
      'two runs. Redeliveries do not count. It stops if Temporal is unavailable. Call it without the header ' +
      'Tidemark-Tenant. Requires the scopes exports:operate and exports:write.',
  })
  async retryFailedExports(
    @Args(() => RetryFailedExportsArgs) { since, code, after }: RetryFailedExportsArgs,
    @Ctx() { actor }: OperatorContext,
  ): Promise<RetryFailedExportsPayload> {
    return toRetryPayload(await this.runs.retryFailed(actor, { since, code, after }))
  }

  private answer(actor: Actor, outcome: Outcome<Run>): RunDataExportPayload {
    if (!outcome.ok) return { run: null, userErrors: outcome.userErrors }
    return { run: this.shape(actor, outcome.value), userErrors: [] }
  }

  private shape(actor: Actor, run: Run): ExportRun {
    const findDelivery = deliveriesOf(this.deliveries, actor, [run])
    return toExportRun(run, this.catalog, this.runs.temporalUiUrl(actor, run), findDelivery)
  }
}
