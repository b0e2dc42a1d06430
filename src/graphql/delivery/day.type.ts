import { Field, Int, ObjectType } from 'type-graphql'
import { type Catalog, findEntity } from '../../domain/entity.js'
import {
  type ExportDay as Day,
  type ExportDayEntity as DayEntity,
  type ExportDayStatus,
  exportDayStatuses,
} from '../../domain/export-day.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { enumOf } from '../enum.js'
import { entitiesComplexity } from '../limits.js'
import { BigInteger, CalendarDay } from '../scalars.js'

const ExportDayStatusEnum = enumOf('ExportDayStatus', 'How the deliveries of a day ended.', exportDayStatuses)

@ObjectType('ExportDayEntity', { description: 'What was delivered of one entity on one day.' })
export class ExportDayEntity {
  @Field(() => ExportEntity, { nullable: true, description: 'The entity. Null if the catalog no longer has it.' })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: 'The internal name of the entity.' })
  readonly internalName!: string

  @Field(() => Int, { description: 'The number of files: 1, or 0 if none was published. A split file counts as one.' })
  readonly files!: number

  @Field(() => BigInteger, {
    description: 'The number of rows in the latest revision of the file, without the header.',
  })
  readonly rows!: number

  @Field(() => BigInteger, { description: 'The size of the latest revision of the file on the server, in bytes.' })
  readonly bytes!: number

  @Field(() => Boolean, {
    description: 'Whether a run failed for the entity, and no file of the day was published afterwards.',
  })
  readonly failed!: boolean
}

@ObjectType('ExportDay', {
  description:
    'What was delivered and what failed on one day. A later revision replaces a file, so each file counts once, as its latest ' +
    'revision.',
})
export class ExportDay {
  @Field(() => CalendarDay, { description: 'The date in the paths, in the time zone of the schedule.' })
  readonly date!: Date

  @Field(() => ExportDayStatusEnum, { description: 'How the deliveries of the day ended.' })
  readonly status!: ExportDayStatus

  @Field(() => Int, { description: 'The number of files. A split file counts as one.' })
  readonly files!: number

  @Field(() => BigInteger, { description: 'The number of rows in the files, without headers.' })
  readonly rows!: number

  @Field(() => BigInteger, { description: 'The size of the files on the server, in bytes.' })
  readonly bytes!: number

  @Field(() => Int, { description: 'The number of files that are full loads.' })
  readonly fullLoads!: number

  @Field(() => Int, { description: 'The number of files that are redelivered.' })
  readonly redeliveredFiles!: number

  @Field(() => Int, {
    description: 'The number of files that were removed from the server because their retention time had passed.',
  })
  readonly removedFiles!: number

  @Field(() => Int, {
    description:
      'The number of entities for which a run failed, and no file of the day was published afterwards. 0 if a run failed before ' +
      'it was planned.',
  })
  readonly failedEntities!: number

  @Field(() => [ExportDayEntity], {
    description: 'The entities with a file or a failure, by internal name.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly ExportDayEntity[]
}

export function toExportDay({ day, ...rest }: Day, catalog: Catalog): ExportDay {
  return { ...rest, date: day, entities: rest.entities.map((each) => toDayEntity(each, catalog)) }
}

function toDayEntity(each: DayEntity, catalog: Catalog): ExportDayEntity {
  const entity = findEntity(catalog, each.internalName)
  return { ...each, entity: entity ? toExportEntity(entity) : null }
}
