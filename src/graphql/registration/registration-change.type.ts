import { Field, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { FileFormat as Format } from '../../domain/file-format.js'
import type { ExportOption as Option, Registration } from '../../domain/registration.js'
import type { RegistrationChange } from '../../domain/registration.js'
import { DateTime } from '../scalars.js'
import { FileFormat } from './file-format.type.js'
import { ExportFrequency, ExportOption } from './registration.enums.js'

@ObjectType('DataExportState', { description: 'What a registration was at one version.' })
export class DataExportState {
  @Field(() => Int, { description: 'The version.' })
  readonly version!: number

  @Field(() => ExportOption, { description: 'Which entities were to be exported.' })
  readonly exportOption!: Option

  @Field(() => ExportFrequency, { description: 'How often.' })
  readonly frequency!: Frequency

  @Field(() => FileFormat, { description: 'How files were to be written.' })
  readonly fileFormat!: Format

  @Field(() => [String], {
    description: 'The display names of the entities that were active; the internal name of one that is gone by now.',
  })
  readonly entityList!: readonly string[]
}

@ObjectType('DataExportChange', { description: 'One replacement of the registration: who, when, before and after.' })
export class DataExportChange {
  @Field(() => Int, { description: 'The version that the change made.' })
  readonly version!: number

  @Field(() => String, { description: 'The subject of the token that made it.' })
  readonly changedBy!: string

  @Field(() => DateTime, { description: 'When it was made.' })
  readonly changedAt!: Date

  @Field(() => DataExportState, { nullable: true, description: 'What was before; null for the first registration.' })
  readonly before!: DataExportState | null

  @Field(() => DataExportState, { description: 'What it became.' })
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
