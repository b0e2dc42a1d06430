import { ArgsType, Field, Int } from 'type-graphql'
import type { PageArguments } from '../services/page.js'

@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'The maximum number of items, 1 to 100. Null means 20. Do not combine it with `last` or `before`.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only items after this cursor, which are older. Null starts at the newest item.',
  })
  readonly after?: string | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The maximum number of items, 1 to 100, counted back from `before` or from the oldest item. Null means 20 if `before` is ' +
      'given. Do not combine it with `first` or `after`.',
  })
  readonly last?: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'Only items before this cursor, which are newer. Null starts at the oldest item if `last` is given. Do not combine it ' +
      'with `first` or `after`.',
  })
  readonly before?: string | null
}
