import { ArgsType, Field } from 'type-graphql'
import type { RunStatus } from '../../domain/run.js'
import type { RunPageArguments } from '../../services/runs/runs.js'
import { PageArgs } from '../page.input.js'
import { DateTime } from '../scalars.js'
import { ExportRunStatus } from './run.enums.js'

@ArgsType()
export class RunPageArgs extends PageArgs implements RunPageArguments {
  @Field(() => [ExportRunStatus], {
    nullable: true,
    description: 'Only runs with one of these statuses. Null means all statuses.',
  })
  readonly status?: RunStatus[] | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only runs that were due or requested at this time or later. Null means no lower limit.',
  })
  readonly from?: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only runs that were due or requested before this time. Null means no upper limit.',
  })
  readonly to?: Date | null
}
