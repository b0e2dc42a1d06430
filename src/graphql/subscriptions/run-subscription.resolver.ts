import { Arg, Authorized, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Run } from '../../domain/run.js'
import type { AuthorizedContext } from '../context.js'
import type { ShapeRun } from '../run/shape-run.js'
import { ExportRun } from '../run/run.type.js'

@Resolver()
export class RunSubscriptionResolver {
  constructor(private readonly shapeRun: ShapeRun) {}

  @Authorized<Scope>('exports:read')
  @Subscription(() => ExportRun, {
    nullable: true,
    subscribe: ({ args, context }: { args: { id: string }; context: AuthorizedContext }) => follow(context, args.id),
    description:
      'Follows one run of the tenant. It emits the run at once and after each change, at most once a second, and ' +
      'completes when the run ends. It emits null and completes if the tenant has no run with this id. It ends with ' +
      'the error UNAUTHENTICATED when the token expires. Requires the scope exports:read.',
  })
  exportRunUpdated(
    @Arg('id', () => ID, { description: 'The id of the run.' }) _id: string,
    @Root() run: Run | null,
    @Ctx() { actor }: AuthorizedContext,
  ): ExportRun | null {
    return run && this.shapeRun(actor, run)
  }
}

function follow({ actor, subscription }: AuthorizedContext, id: string): AsyncIterable<Run | null> {
  if (!subscription?.started) throw new Error('the subscription was not started by startSubscription')
  return subscription.runUpdates.follow(actor, id, subscription.started.signal)
}
