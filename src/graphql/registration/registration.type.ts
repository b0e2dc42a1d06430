import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import type { FileFormat as Format } from '../../domain/file-format.js'
import type { ExportOption as Option } from '../../domain/registration.js'
import type {
  EntityView,
  RegistrationView,
  ScheduleState as State,
  ScheduleView,
} from '../../services/registrations.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { FileFormat } from './file-format.type.js'
import { ExportFrequency, ExportOption, ScheduleState } from './registration.enums.js'

@ObjectType('RegisteredEntity', { description: 'An entity within a registration.' })
export class RegisteredEntity {
  @Field(() => ExportEntity, { description: 'The entity.' })
  readonly entity!: ExportEntity

  @Field(() => Boolean, { description: 'Whether it is exported.' })
  readonly active!: boolean

  @Field(() => DateTime, { description: 'When it last became active.' })
  readonly activatedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When it became inactive; null while it is active.' })
  readonly deactivatedAt!: Date | null
}

@ObjectType('ExportSchedule', { description: 'When exports run.' })
export class ExportSchedule implements ScheduleView {
  @Field(() => String, { description: 'The id of the Temporal schedule.' })
  readonly scheduleId!: string

  @Field(() => ScheduleState, { description: 'Whether runs will start.' })
  readonly state!: State

  @Field(() => [DateTime], { description: 'When the next runs are due; empty while the export is disabled.' })
  readonly nextRunTimes!: readonly Date[]

  @Field(() => String, { nullable: true, description: 'Why the schedule is still pending, where that is known.' })
  readonly error!: string | null
}

@ObjectType('DataExport', { description: "The tenant's registration: what is exported, and how often." })
export class DataExport {
  @Field(() => ID, { description: 'The tenant, as the token says.' })
  readonly tenantId!: string

  @Field(() => Int, { description: 'Goes up by one with each call that changes something; for `expectedVersion`.' })
  readonly version!: number

  @Field(() => ExportOption, { description: 'Which entities are exported.' })
  readonly exportOption!: Option

  @Field(() => ExportFrequency, { description: 'How often files are delivered.' })
  readonly frequency!: Frequency

  @Field(() => FileFormat, {
    description: 'How files are written. A run that has begun keeps the format it began with.',
  })
  readonly fileFormat!: Format

  @Field(() => [RegisteredEntity], {
    description: 'The entities, in the order of the data dictionary; inactive ones only if they were asked for.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly RegisteredEntity[]

  @Field(() => [String], {
    description: 'The display names of the active entities: edit the list and submit it as `entityList`.',
  })
  readonly entityList!: readonly string[]

  @Field(() => ExportSchedule, { description: 'When exports run.' })
  readonly schedule!: ExportSchedule

  @Field(() => DateTime, { description: 'When the tenant first registered.' })
  readonly createdAt!: Date

  @Field(() => DateTime, { description: 'When the registration was last replaced.' })
  readonly updatedAt!: Date

  @Field(() => String, { description: 'Who replaced it last: the subject of the token.' })
  readonly updatedBy!: string
}

export function toDataExport(view: RegistrationView): DataExport {
  return {
    ...view,
    entities: view.entities.map(toRegisteredEntity),
    entityList: view.entities.filter(({ active }) => active).map(({ entity }) => entity.displayName),
  }
}

function toRegisteredEntity(view: EntityView): RegisteredEntity {
  return { ...view, entity: toExportEntity(view.entity) }
}
