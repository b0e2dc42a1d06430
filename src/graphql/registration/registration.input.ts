import { Field, InputType, Int } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import type { ExportOption as Option } from '../../domain/registration.js'
import type { EntityListChange, RegistrationInput } from '../../services/registrations/registration-input.js'
import { EntityList } from '../scalars.js'
import { FileFormatInput } from './file-format.type.js'
import { ExportFrequency, ExportOption } from './registration.enums.js'

@InputType('RegisterDataExportInput', {
  description: "The whole registration of the token's tenant. A field that is left out takes its default.",
})
export class RegisterDataExportInput implements RegistrationInput {
  @Field(() => ExportOption, {
    nullable: true,
    defaultValue: 'EXPORT_SELECTED',
    description: 'Which entities are exported.',
  })
  readonly exportOption?: Option | null

  @Field(() => EntityList, {
    nullable: true,
    description:
      'The entities to export. All other entities become inactive. Required with EXPORT_SELECTED, ignored otherwise.',
  })
  readonly entityList?: string | string[] | null

  @Field(() => ExportFrequency, {
    nullable: true,
    description:
      'How often files are delivered. Null means DAILY. With DISABLE_EXPORT, null keeps the current frequency.',
  })
  readonly frequency?: Frequency | null

  @Field(() => FileFormatInput, {
    nullable: true,
    description:
      'The format of the files. Null means the default format. With DISABLE_EXPORT, null keeps the current format.',
  })
  readonly fileFormat?: FileFormatInput | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. 0 means that there is no registration yet. If the registration has ' +
      'another version now, the call changes nothing and returns the user error VERSION_CONFLICT. Null turns this ' +
      'check off.',
  })
  readonly expectedVersion?: number | null
}

@InputType('EntityListChangeInput', {
  description: 'Entities to add to the list of a registration, or to remove from it. Everything else stays the same.',
})
export class EntityListChangeInput implements EntityListChange {
  @Field(() => EntityList, { description: 'The entities to add or to remove.' })
  readonly entityList!: string | string[]

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. If the registration has another version now, the call changes nothing ' +
      'and returns the user error VERSION_CONFLICT. Null turns this check off.',
  })
  readonly expectedVersion?: number | null
}
