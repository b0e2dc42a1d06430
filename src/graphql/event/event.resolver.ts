import { Args, Authorized, Ctx, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { TenantEvent } from '../../domain/event.js'
import type { EventFeed, FollowArguments } from '../../services/events/event-feed.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { toPageInfo } from '../page-info.type.js'
import { EventPageArgs, FollowEventsArgs } from './event-page.input.js'
import { ExportEvent, ExportEventConnection, SendTestEventPayload } from './event.type.js'

@Resolver(() => ExportEvent)
export class EventResolver {
  constructor(private readonly feed: EventFeed) {}

  @Authorized<Scope>('exports:read')
  @Query(() => ExportEventConnection, {
    description:
      "The tenant's events, oldest first: delivered files, failures, changes of the registration and so on. To lose none, store " +
      '`endCursor` with what you have done, and pass it as `after`. Requires the scope exports:read.',
    complexity: pageComplexity(20),
  })
  async exportEvents(
    @Args(() => EventPageArgs) page: EventPageArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportEventConnection> {
    const found = await this.feed.page(actor, page)
    const { lastNumber, missed } = found
    return {
      edges: found.edges.map(({ cursor, node }) => ({ cursor, node })),
      pageInfo: toPageInfo(found),
      lastNumber,
      missed,
    }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => SendTestEventPayload, {
    description: 'Records an event of the type TEST, to try what receives events. Requires the scope exports:write.',
  })
  async sendTestEvent(@Ctx() { actor }: AuthorizedContext): Promise<SendTestEventPayload> {
    const outcome = await this.feed.sendTest(actor)
    return outcome.ok ? { event: outcome.value, userErrors: [] } : { event: null, userErrors: outcome.userErrors }
  }

  @Authorized<Scope>('exports:read')
  @Subscription(() => ExportEvent, {
    subscribe: ({ args, context }: { args: FollowArguments; context: AuthorizedContext }) => follow(context, args),
    description:
      'Emits each event of the tenant, within about two seconds. After an interruption, pass the number of the last event as ' +
      '`after`: then no event is missing. It ends with the error BAD_USER_INPUT if events after the cursor were removed, and ' +
      'with UNAUTHENTICATED when the token expires. Requires the scope exports:read.',
  })
  exportEventOccurred(@Args(() => FollowEventsArgs) _from: FollowEventsArgs, @Root() event: TenantEvent): ExportEvent {
    return event
  }
}

function follow({ actor, subscription }: AuthorizedContext, from: FollowArguments): AsyncIterable<TenantEvent> {
  if (!subscription?.started) throw new Error('the subscription was not started by startSubscription')
  return subscription.eventFeed.follow(actor, from, subscription.started.signal)
}
