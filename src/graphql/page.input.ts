import { ArgsType, Field, Int } from 'type-graphql'
import type { PageArguments } from '../services/page.js'

@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: 'The maximum number of items, 1 to 100. 20 by default.' })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only items after this cursor, which are older. Null starts at the newest item.',
  })
  readonly after?: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'The maximum number of items, 1 to 100, counted back from `before` or from the oldest item.',
  })
  readonly last?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only items before this cursor, which are newer. Do not combine it with `first` or `after`.',
  })
  readonly before?: string | null
}
