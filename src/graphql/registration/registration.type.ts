import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency } from '../../domain/calendar.js'
import type { Encryption } from '../../domain/encryption.js'
import type { FileFormat } from '../../domain/file-format.js'
import type { ExportOption } from '../../domain/registration.js'
import type {
  EntityView,
  RegistrationView,
  ScheduleState,
  ScheduleView,
} from '../../services/registrations/registration-view.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity, listComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { EncryptionType } from './encryption.type.js'
import { EntityColumnsType, toColumnSelection } from './column-selection.type.js'
import { FileFormatType } from './file-format.type.js'
import { ExportFrequencyEnum, ExportOptionEnum, ScheduleStateEnum } from './registration.enums.js'
import { ScheduleTimeType } from './schedule-time.type.js'

@ObjectType('RegisteredEntity', { description: 'An entity of a registration.' })
export class RegisteredEntityType {
  @Field(() => ID, { description: 'The id for caches of clients. It consists of the tenant and the entity.' })
  readonly id!: string

  @Field(() => ExportEntity, { description: 'The entity.' })
  readonly entity!: ExportEntity

  @Field(() => [String], {
    description: 'The names of the columns that the files have, in order.',
    complexity: listComplexity(20),
  })
  readonly columns!: readonly string[]

  @Field(() => Boolean, { description: 'Whether the entity is exported.' })
  readonly active!: boolean

  @Field(() => DateTime, { description: 'The time when the entity last became active.' })
  readonly activatedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time when the entity became inactive. Null while it is active.',
  })
  readonly deactivatedAt!: Date | null

  /** For the fields that RegisteredEntityResolver adds: all entities of an answer share their reads. */
  readonly registration!: RegistrationView
}

@ObjectType('ExportSchedule', { description: 'The schedule of the exports.' })
export class ExportSchedule extends ScheduleTimeType implements ScheduleView {
  @Field(() => ID, { description: 'The id for caches of clients.' })
  readonly id!: string

  @Field(() => String, { description: 'The id of the schedule in Temporal.' })
  readonly scheduleId!: string

  @Field(() => ScheduleStateEnum, { description: 'Whether scheduled runs start.' })
  readonly state!: ScheduleState

  /** For the field `nextRunTimes`, which ScheduleResolver adds. */
  readonly nextRunTimes!: readonly Date[]

  @Field(() => String, {
    nullable: true,
    description: 'Why the schedule is still pending. Null if it is not pending or the cause is unknown.',
  })
  readonly error!: string | null
}

@ObjectType('DataExport', { description: 'The registration of the tenant: what is exported, and how often.' })
export class DataExport {
  @Field(() => ID, {
    description:
      'The id for caches of clients. It stays the same for all versions of the registration. A preview has its own id.',
  })
  readonly id!: string

  @Field(() => ID, { description: 'The id of the tenant, from the token.' })
  readonly tenantId!: string

  @Field(() => Int, {
    description:
      'The version of the registration. Each call that changes something increases it by one. Pass it as `expectedVersion`.',
  })
  readonly version!: number

  @Field(() => ExportOptionEnum, { description: 'Which entities are exported.' })
  readonly exportOption!: ExportOption

  @Field(() => ExportFrequencyEnum, { description: 'How often files are delivered.' })
  readonly frequency!: ExportFrequency

  @Field(() => FileFormatType, {
    description: 'The format of the files. A run keeps the format that it began with.',
  })
  readonly fileFormat!: FileFormat

  @Field(() => EncryptionType, {
    nullable: true,
    description: 'The encryption of the files. Null if they are not encrypted. A run keeps what it began with.',
  })
  readonly encryption!: Encryption | null
  @Field(() => [EntityColumnsType], {
    description: 'Which columns are delivered. An entity that is not listed has all its columns.',
    complexity: entitiesComplexity,
  })
  readonly columns!: readonly EntityColumnsType[]

  @Field(() => [String], { description: 'Columns with one of these tags are left out.' })
  readonly excludeTags!: readonly string[]

  @Field(() => [RegisteredEntityType], {
    description:
      'The entities in the order of the data dictionary. Inactive entities are listed only if the query requests them.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly RegisteredEntityType[]

  @Field(() => [String], {
    description:
      'The display names of the active entities. While the export is disabled, the names of those that were active before.',
  })
  readonly entityList!: readonly string[]

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time since which the export is paused. Null if it is not paused.',
  })
  readonly pausedAt!: Date | null

  @Field(() => ExportSchedule, { description: 'The schedule of the exports.' })
  readonly schedule!: ExportSchedule

  @Field(() => DateTime, { description: 'The time of the first registration.' })
  readonly createdAt!: Date

  @Field(() => DateTime, { description: 'The time when the registration was last replaced.' })
  readonly updatedAt!: Date

  @Field(() => String, { description: 'The subject of the token that last replaced the registration.' })
  readonly updatedBy!: string
}

/** A preview has its own ids, so that it does not replace the registration in a client's cache. */
export function toDataExport(view: RegistrationView, { isPreview = false } = {}): DataExport {
  const id = isPreview ? `preview ${view.tenantId}` : view.tenantId
  return {
    ...view,
    id,
    entities: view.entities.map((entity) => toRegisteredEntity(id, view, entity)),
    ...toColumnSelection(view),
    entityList: view.listed.map(({ displayName }) => displayName),
    schedule: { ...view.schedule, id },
  }
}

function toRegisteredEntity(id: string, registration: RegistrationView, view: EntityView): RegisteredEntityType {
  return { ...view, id: `${id} ${view.entity.name}`, entity: toExportEntity(view.entity), registration }
}
