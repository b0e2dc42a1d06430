import { Field, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency } from '../../domain/calendar.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { Encryption } from '../../domain/encryption.js'
import type { FileFormat } from '../../domain/file-format.js'
import type { ExportOption, Registration, RegistrationChange } from '../../domain/registration.js'
import type { ScheduleTime } from '../../domain/schedule-time.js'
import { columnSelectionView } from '../../services/registrations/column-selection-view.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { EncryptionType } from './encryption.type.js'
import { EntityColumnsType, toColumnSelection } from './column-selection.type.js'
import { FileFormatType } from './file-format.type.js'
import { ExportFrequencyEnum, ExportOptionEnum } from './registration.enums.js'
import { ScheduleTimeType } from './schedule-time.type.js'

@ObjectType('DataExportState', { description: 'The content of one version of the registration.' })
export class DataExportState {
  @Field(() => Int, { description: 'The version of the registration.' })
  readonly version!: number

  @Field(() => ExportOptionEnum, { description: 'Which entities were exported.' })
  readonly exportOption!: ExportOption

  @Field(() => ExportFrequencyEnum, { description: 'How often files were delivered.' })
  readonly frequency!: ExportFrequency

  @Field(() => ScheduleTimeType, { description: 'When in the day runs were due.' })
  readonly schedule!: ScheduleTime

  @Field(() => FileFormatType, { description: 'The format of the files.' })
  readonly fileFormat!: FileFormat

  @Field(() => EncryptionType, { nullable: true, description: 'The encryption of the files. Null if there was none.' })
  readonly encryption!: Encryption | null
  @Field(() => [EntityColumnsType], {
    description: 'Which columns were delivered. An entity that is not listed had all its columns.',
    complexity: entitiesComplexity,
  })
  readonly columns!: readonly EntityColumnsType[]

  @Field(() => [String], { description: 'Columns with one of these tags were left out.' })
  readonly excludeTags!: readonly string[]

  @Field(() => [String], {
    description:
      'The display names of the entities that were active. An entity that the catalog no longer has is listed by its ' +
      'internal name.',
  })
  readonly entityList!: readonly string[]
}

@ObjectType('DataExportChange', { description: 'One change of the registration.' })
export class DataExportChange {
  @Field(() => Int, { description: 'The version of the registration after the change.' })
  readonly version!: number

  @Field(() => String, { description: 'The subject of the token that made the change.' })
  readonly changedBy!: string

  @Field(() => DateTime, { description: 'The time of the change.' })
  readonly changedAt!: Date

  @Field(() => DataExportState, {
    nullable: true,
    description: 'The registration before the change. Null for the first registration.',
  })
  readonly before!: DataExportState | null

  @Field(() => DataExportState, { description: 'The registration after the change.' })
  readonly after!: DataExportState
}

export function toDataExportChange(change: RegistrationChange, catalog: Catalog): DataExportChange {
  return {
    ...change,
    before: change.before && toState(change.before, catalog),
    after: toState(change.after, catalog),
  }
}

function toState(
  { version, exportOption, frequency, schedule, fileFormat, encryption, columnSelection, entities }: Registration,
  catalog: Catalog,
): DataExportState {
  const active = entities.filter((entity) => entity.active)
  const entityList = active.map(({ name }) => findEntity(catalog, name)?.displayName ?? name)
  const selection = toColumnSelection(columnSelectionView(catalog, columnSelection))
  return { version, exportOption, frequency, schedule, fileFormat, encryption, ...selection, entityList }
}
