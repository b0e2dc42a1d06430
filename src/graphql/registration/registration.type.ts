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
  @Field(() => ID, { description: 'The id of the tenant and the entity, for caches of clients.' })
  readonly id!: string

  @Field(() => ExportEntity, { description: 'The entity.' })
  readonly entity!: ExportEntity

  @Field(() => Boolean, { description: 'Whether the entity is exported.' })
  readonly active!: boolean

  @Field(() => DateTime, { description: 'When the entity last became active.' })
  readonly activatedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When the entity became inactive. Null while it is active.' })
  readonly deactivatedAt!: Date | null
}

@ObjectType('ExportSchedule', { description: 'The schedule of the tenant, which starts its runs.' })
export class ExportSchedule implements ScheduleView {
  @Field(() => ID, { description: 'The id of the schedule, for caches of clients.' })
  readonly id!: string

  @Field(() => String, { description: 'The id of the schedule in Temporal.' })
  readonly scheduleId!: string

  @Field(() => ScheduleState, { description: 'Whether the schedule starts runs.' })
  readonly state!: State

  @Field(() => [DateTime], {
    description: 'The times at which the next runs are due. Empty while the export is disabled or paused.',
  })
  readonly nextRunTimes!: readonly Date[]

  @Field(() => String, {
    nullable: true,
    description: 'Why the schedule is still pending. Null if it is not pending, or if the cause is not known.',
  })
  readonly error!: string | null
}

@ObjectType('DataExport', { description: "The tenant's registration: what is exported, and how often." })
export class DataExport {
  @Field(() => ID, {
    description:
      'The id of the registration, for caches of clients. It stays the same when the registration is replaced. A ' +
      'preview has an id of its own.',
  })
  readonly id!: string

  @Field(() => ID, { description: 'The id of the tenant, from the token.' })
  readonly tenantId!: string

  @Field(() => Int, {
    description:
      'The version of the registration, for `expectedVersion`. Each call that changes the registration adds one.',
  })
  readonly version!: number

  @Field(() => ExportOption, { description: 'Which entities are exported.' })
  readonly exportOption!: Option

  @Field(() => ExportFrequency, { description: 'How often files are delivered.' })
  readonly frequency!: Frequency

  @Field(() => FileFormat, {
    description: 'The format of the files. A run that has started keeps the format that it started with.',
  })
  readonly fileFormat!: Format

  @Field(() => [RegisteredEntity], {
    description:
      'The registered entities, in the order of the data dictionary. Inactive entities are listed only with ' +
      '`includeInactive`.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly RegisteredEntity[]

  @Field(() => [String], {
    description:
      'The display names of the active entities. While the export is disabled, these are the entities that were ' +
      'active before.',
  })
  readonly entityList!: readonly string[]

  @Field(() => DateTime, { nullable: true, description: 'When the export was paused. Null while it is not paused.' })
  readonly pausedAt!: Date | null

  @Field(() => ExportSchedule, { description: 'The schedule of the export.' })
  readonly schedule!: ExportSchedule

  @Field(() => DateTime, { description: 'When the tenant first registered.' })
  readonly createdAt!: Date

  @Field(() => DateTime, { description: 'When the registration was last replaced.' })
  readonly updatedAt!: Date

  @Field(() => String, {
    description:
      'The subject of the token that last replaced the registration. It is `operator` if an operator of the ' +
      'platform did so.',
  })
  readonly updatedBy!: string
}

/** A preview has ids of its own, so that it does not replace the registration in a client's cache. */
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
