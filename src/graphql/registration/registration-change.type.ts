import { Field, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { FileFormat as Format } from '../../domain/file-format.js'
import type { ExportOption as Option, Registration } from '../../domain/registration.js'
import type { RegistrationChange } from '../../domain/registration.js'
import { DateTime } from '../scalars.js'
import { FileFormat } from './file-format.type.js'
import { ExportFrequency, ExportOption } from './registration.enums.js'

@ObjectType('DataExportState', { description: 'The state of a registration at one version.' })
export class DataExportState {
  @Field(() => Int, { description: 'The version of the registration.' })
  readonly version!: number

  @Field(() => ExportOption, { description: 'Which entities were exported.' })
  readonly exportOption!: Option

  @Field(() => ExportFrequency, { description: 'How often files were delivered.' })
  readonly frequency!: Frequency

  @Field(() => FileFormat, { description: 'The format of the files.' })
  readonly fileFormat!: Format

  @Field(() => [String], {
    description:
      'The display names of the entities that were active. An entity that is no longer in the catalog has its ' +
      'internal name.',
  })
  readonly entityList!: readonly string[]
}

@ObjectType('DataExportChange', {
  description: 'One change of the registration, with its author, its time, and the states before and after.',
})
export class DataExportChange {
  @Field(() => Int, { description: 'The version of the registration after the change.' })
  readonly version!: number

  @Field(() => String, {
    description:
      'The subject of the token that made the change. It is `operator` if an operator of the platform made it.',
  })
  readonly changedBy!: string

  @Field(() => DateTime, { description: 'When the change was made.' })
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
  { version, exportOption, frequency, fileFormat, entities }: Registration,
  catalog: Catalog,
): DataExportState {
  const active = entities.filter((entity) => entity.active)
  const entityList = active.map(({ name }) => findEntity(catalog, name)?.displayName ?? name)
  return { version, exportOption, frequency, fileFormat, entityList }
}
