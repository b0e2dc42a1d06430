import { ArgsType, Field, Int } from 'type-graphql'
import type { PageArguments } from '../services/page.js'

@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: 'At most so many, 1 to 100; 20 by default.' })
  readonly first?: number | null

  @Field(() => String, { nullable: true, description: 'Only those that come after this cursor, which are older.' })
  readonly after?: string | null

  @Field(() => Int, { nullable: true, description: 'At most so many, counted from the end; with `before`.' })
  readonly last?: number | null

  @Field(() => String, { nullable: true, description: 'Only those that come before this cursor, which are newer.' })
  readonly before?: string | null
}
