import { Field, Float, Int, ObjectType } from 'type-graphql'
import { type EntityStep, entitySteps } from '../../domain/run-step.js'
import type { EntityProgress, RunProgress } from '../../services/run-progress.js'
import { enumOf } from '../enum.js'
import { BigInteger, DateTime } from '../scalars.js'

const ExportStep = enumOf('ExportStep', 'A step of an attempt to export an entity.', entitySteps)

const perSecond =
  'per second, over about the last ten seconds. 0 if nothing is being written, such as when the worker hangs.'

@ObjectType('ExportRunProgress', { description: 'How far a run has come.' })
export class ExportRunProgress implements RunProgress {
  @Field(() => Int, {
    description: 'The number of entities that are published or skipped. Failed and cancelled entities do not count.',
  })
  readonly entitiesDone!: number

  @Field(() => Int, { description: 'The number of entities of the run. 0 until the run is planned.' })
  readonly entitiesTotal!: number

  @Field(() => BigInteger, {
    description: 'The number of rows in the published files and, so far, in those that are being written.',
  })
  readonly rows!: bigint

  @Field(() => BigInteger, {
    description: 'The size of the published files in bytes and, so far, of those that are being written.',
  })
  readonly bytes!: bigint

  @Field(() => Float, { description: `The rows that are written ${perSecond}` })
  readonly rowsPerSecond!: number

  @Field(() => Float, { description: `The bytes that are written ${perSecond}` })
  readonly bytesPerSecond!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time when any of these numbers or the step of an entity last changed. Null until the run begins.',
  })
  readonly updatedAt!: Date | null
}

@ObjectType('ExportRunEntityProgress', {
  description:
    'How far the current attempt for an entity has come. It is recorded every two seconds. The numbers of a published ' +
    'entity are those of its file. If all attempts failed, they are 0.',
})
export class ExportRunEntityProgress implements EntityProgress {
  @Field(() => BigInteger, { description: 'The number of rows that are written so far, without the header.' })
  readonly rows!: bigint

  @Field(() => BigInteger, { description: 'The number of bytes that are written so far.' })
  readonly bytes!: bigint

  @Field(() => Float, { description: `The rows that are written ${perSecond}` })
  readonly rowsPerSecond!: number

  @Field(() => Float, { description: `The bytes that are written ${perSecond}` })
  readonly bytesPerSecond!: number

  @Field(() => ExportStep, {
    nullable: true,
    description: 'The step that the attempt is at. Null if no attempt is in progress, such as before the next attempt.',
  })
  readonly step!: EntityStep | null

  @Field(() => DateTime, { description: 'The time when the current or last attempt began.' })
  readonly attemptStartedAt!: Date

  @Field(() => DateTime, {
    description:
      'The time when the step, the rows or the bytes last changed. If the entity is RUNNING and this is minutes ago, the ' +
      'attempt hangs or waits for the next attempt.',
  })
  readonly updatedAt!: Date
}
