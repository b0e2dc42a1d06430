import { Field, InputType, Int } from 'type-graphql'
import type { ExportFrequency } from '../../domain/calendar.js'
import type { FileFormatInput } from '../../domain/file-format.js'
import type { ScheduleTimeInput } from '../../domain/schedule-time.js'
import { defaultExportOption, type ExportOption } from '../../domain/registration.js'
import type { EntityListChange, RegistrationInput } from '../../services/registrations/registration-input.js'
import { EntityList } from '../scalars.js'
import { EncryptionInputType } from './encryption.type.js'
import { EntityColumnsInputType } from './column-selection.type.js'
import { FileFormatInputType } from './file-format.type.js'
import { ScheduleTimeInputType } from './schedule-time.type.js'
import { ExportFrequencyEnum, ExportOptionEnum } from './registration.enums.js'

@InputType('RegisterDataExportInput', {
  description: 'The whole export configuration of the tenant. A field that is absent takes its default.',
})
export class RegisterDataExportInput implements RegistrationInput {
  @Field(() => ExportOptionEnum, {
    nullable: true,
    defaultValue: defaultExportOption,
    description: 'Which entities are exported. Null means the default.',
  })
  readonly exportOption?: ExportOption | null

  @Field(() => EntityList, {
    nullable: true,
    description:
      'All entities that are active from now on. All others become inactive. It is required with EXPORT_SELECTED. ' +
      'EXPORT_ALL and DISABLE_EXPORT ignore it.',
  })
  readonly entityList?: string | string[] | null

  @Field(() => ExportFrequencyEnum, {
    nullable: true,
    description:
      'How often files are delivered. Null means DAILY. With DISABLE_EXPORT, null keeps the current frequency.',
  })
  readonly frequency?: ExportFrequency | null

  @Field(() => ScheduleTimeInputType, {
    nullable: true,
    description:
      'When in the day runs are due. Null means midnight UTC. With DISABLE_EXPORT, null keeps the current time.',
  })
  readonly schedule?: ScheduleTimeInput | null

  @Field(() => FileFormatInputType, {
    nullable: true,
    description:
      'The format of the files. Null means the default format. With DISABLE_EXPORT, null keeps the current format.',
  })
  readonly fileFormat?: FileFormatInput | null

  @Field(() => EncryptionInputType, {
    nullable: true,
    description:
      'The encryption of the files. Null means that they are not encrypted. With DISABLE_EXPORT, null keeps the current ' +
      'encryption.',
  })
  readonly encryption?: EncryptionInputType | null
  @Field(() => [EntityColumnsInputType], {
    nullable: true,
    description:
      'Which columns are delivered. Null means all columns of the catalog. With DISABLE_EXPORT, null keeps the current columns.',
  })
  readonly columns?: EntityColumnsInputType[] | null

  @Field(() => [String], {
    nullable: true,
    description:
      'Columns of all entities that have one of these tags are left out, also columns that are added to the catalog later. ' +
      '`["pii"]` leaves out personal data. Null means no tags. With DISABLE_EXPORT, null keeps the current tags.',
  })
  readonly excludeTags?: string[] | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. If the registration has another version, the call changes nothing and ' +
      'returns VERSION_CONFLICT. 0 means that there is no registration yet. Null skips the check.',
  })
  readonly expectedVersion?: number | null
}

@InputType('EntityListChangeInput', {
  description: 'Entities to add to, or to remove from, the list of a registration. Everything else stays unchanged.',
})
export class EntityListChangeInput implements EntityListChange {
  @Field(() => EntityList, { description: 'The entities to add or to remove.' })
  readonly entityList!: string | string[]

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. If the registration has another version, the call changes nothing and ' +
      'returns VERSION_CONFLICT. Null skips the check.',
  })
  readonly expectedVersion?: number | null
}
