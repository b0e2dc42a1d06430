import { ArgsType, Field } from 'type-graphql'
import type { RunStatus } from '../../domain/run.js'
import type { RunPageArguments } from '../../services/runs.js'
import { PageArgs } from '../page.input.js'
import { DateTime } from '../scalars.js'
import { ExportRunStatus } from './run.enums.js'

@ArgsType()
export class RunPageArgs extends PageArgs implements RunPageArguments {
  @Field(() => [ExportRunStatus], { nullable: true, description: 'Only runs in one of these states.' })
  readonly status?: RunStatus[] | null

  @Field(() => DateTime, { nullable: true, description: 'Only runs that were due or requested at this time or later.' })
  readonly from?: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Only runs that were due or requested before this time.' })
  readonly to?: Date | null
}
