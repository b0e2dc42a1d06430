import { Field, ObjectType } from 'type-graphql'
import { ExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { UserErrorType } from '../user-error.type.js'
import { ExportRun } from './run.type.js'

@ObjectType('RequestFullLoadPayload', {
  description: 'The entities whose next file is a full load, or why no full load was requested.',
})
export class RequestFullLoadPayload {
  @Field(() => [ExportEntity], { description: 'The entities. Empty with user errors.', complexity: entitiesComplexity })
  readonly entities!: readonly ExportEntity[]

  @Field(() => ExportRun, {
    nullable: true,
    description: 'The run that was started. Null with WITH_NEXT_RUN and with user errors.',
  })
  readonly run!: ExportRun | null

  @Field(() => [UserErrorType], { description: 'Why nothing was changed. Empty if the call succeeds.' })
  readonly userErrors!: readonly UserErrorType[]
}
