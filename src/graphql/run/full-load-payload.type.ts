import { Field, ObjectType } from 'type-graphql'
import { ExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { UserErrorType } from '../user-error.type.js'
import { ExportRun } from './run.type.js'

@ObjectType('RequestFullLoadPayload', {
  description: 'The entities whose next file is a full load, or what was wrong.',
})
export class RequestFullLoadPayload {
  @Field(() => [ExportEntity], { description: 'The entities; none with user errors.', complexity: entitiesComplexity })
  readonly entities!: readonly ExportEntity[]

  @Field(() => ExportRun, { nullable: true, description: 'The run that was started; null unless it was to be now.' })
  readonly run!: ExportRun | null

  @Field(() => [UserErrorType], { description: 'What was wrong with the list; then nothing was changed.' })
  readonly userErrors!: readonly UserErrorType[]
}
