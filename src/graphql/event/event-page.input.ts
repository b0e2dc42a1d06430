import { ArgsType, Field, Int } from 'type-graphql'
import type { EventType } from '../../domain/event.js'
import type { EventPageArguments, FollowArguments } from '../../services/events/event-feed.js'
import { ExportEventType } from './event.type.js'

const typesField = { nullable: true, description: 'Only events with one of these types. Null means all types.' }

/** Unlike other pages, oldest first. */
@ArgsType()
export class EventPageArgs implements EventPageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'The maximum number of events, 1 to 100. Null means 20. Do not combine it with `last` or `before`.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only events after this cursor, which are newer. Null starts at the oldest event.',
  })
  readonly after?: string | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The maximum number of events, 1 to 100, counted back from `before` or from the newest event. Null means 20 if `before` is ' +
      'given. Do not combine it with `first` or `after`.',
  })
  readonly last?: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'Only events before this cursor, which are older. Null starts at the newest event if `last` is given. Do not combine it ' +
      'with `first` or `after`.',
  })
  readonly before?: string | null

  @Field(() => [ExportEventType], typesField)
  readonly types?: EventType[] | null
}

@ArgsType()
export class FollowEventsArgs implements FollowArguments {
  @Field(() => String, {
    nullable: true,
    description:
      'Only events after this cursor: the number of the last event that you have. Null means new events only.',
  })
  readonly after?: string | null

  @Field(() => [ExportEventType], typesField)
  readonly types?: EventType[] | null
}
