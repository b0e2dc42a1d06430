import { ArgsType, Field, Int } from 'type-graphql'
import type { RunPageArguments } from '../../services/runs.js'

@ArgsType()
export class ExportRunsArgs implements RunPageArguments {
  @Field(() => Int, { nullable: true, description: 'At most so many, 1 to 100; 20 by default.' })
  readonly first?: number | null

  @Field(() => String, { nullable: true, description: 'Only runs that come after this cursor, which are older.' })
  readonly after?: string | null

  @Field(() => Int, { nullable: true, description: 'At most so many, counted from the end; with `before`.' })
  readonly last?: number | null

  @Field(() => String, { nullable: true, description: 'Only runs that come before this cursor, which are newer.' })
  readonly before?: string | null
}
