import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import type { FileFormat as Format } from '../../domain/file-format.js'
import type { ExportOption as Option } from '../../domain/registration.js'
import type {
  EntityView,
  RegistrationView,
  ScheduleState as State,
  ScheduleView,
} from '../../services/registrations/registration-view.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { FileFormat } from './file-format.type.js'
import { ExportFrequency, ExportOption, ScheduleState } from './registration.enums.js'

@ObjectType('RegisteredEntity', { description: 'An entity within a registration.' })
export class RegisteredEntity {
  @Field(() => ID, { description: 'Identifies it, for caches of clients: the tenant and the entity.' })
  readonly id!: string

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
  @Field(() => ID, { description: 'Identifies it, for caches of clients.' })
  readonly id!: string

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
  @Field(() => ID, {
    description:
      'Identifies it, for caches of clients: the same for each registration of the tenant, another one in a preview.',
  })
  readonly id!: string

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
    description:
      'The display names of the active entities. While the export is disabled: of those that were active before.',
  })
  readonly entityList!: readonly string[]

  @Field(() => DateTime, { nullable: true, description: 'Since when the export is paused; null while it is not.' })
  readonly pausedAt!: Date | null

  @Field(() => ExportSchedule, { description: 'When exports run.' })
  readonly schedule!: ExportSchedule

  @Field(() => DateTime, { description: 'When the tenant first registered.' })
  readonly createdAt!: Date

  @Field(() => DateTime, { description: 'When the registration was last replaced.' })
  readonly updatedAt!: Date

  @Field(() => String, { description: 'Who replaced it last: the subject of the token.' })
  readonly updatedBy!: string
}

/** A preview has ids of its own: what is only tried must not take the place of the registration in a client's cache. */
export function toDataExport(view: RegistrationView, { isPreview = false } = {}): DataExport {
  const id = isPreview ? `preview ${view.tenantId}` : view.tenantId
  return {
    ...view,
    id,
    entities: view.entities.map((entity) => toRegisteredEntity(id, entity)),
    entityList: view.listed.map(({ displayName }) => displayName),
    schedule: { ...view.schedule, id },
  }
}

function toRegisteredEntity(dataExportId: string, view: EntityView): RegisteredEntity {
  return { ...view, id: `${dataExportId} ${view.entity.name}`, entity: toExportEntity(view.entity) }
}
