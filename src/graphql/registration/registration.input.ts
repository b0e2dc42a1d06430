import { Field, InputType, Int } from 'type-graphql'
import type { ExportFrequency as Frequency } from '../../domain/calendar.js'
import type { ExportOption as Option } from '../../domain/registration.js'
import type { EntityListChange, RegistrationInput } from '../../services/registrations/registration-input.js'
import { EntityList } from '../scalars.js'
import { FileFormatInput } from './file-format.type.js'
import { ExportFrequency, ExportOption } from './registration.enums.js'

@InputType('RegisterDataExportInput', {
  description: "The whole export configuration of the token's tenant. What is left out takes its default.",
})
export class RegisterDataExportInput implements RegistrationInput {
  @Field(() => ExportOption, {
    nullable: true,
    defaultValue: 'EXPORT_SELECTED',
    description: 'Which entities shall be exported.',
  })
  readonly exportOption?: Option | null

  @Field(() => EntityList, {
    nullable: true,
    description:
      'All entities that shall be active; others become inactive. Required with EXPORT_SELECTED, ignored otherwise.',
  })
  readonly entityList?: string | string[] | null

  @Field(() => ExportFrequency, {
    nullable: true,
    description:
      'How often files shall be delivered. With DISABLE_EXPORT null leaves it as it is; otherwise null is DAILY.',
  })
  readonly frequency?: Frequency | null

  @Field(() => FileFormatInput, {
    nullable: true,
    description:
      'How files shall be written. With DISABLE_EXPORT null leaves it as it is; otherwise null is the default.',
  })
  readonly fileFormat?: FileFormatInput | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. If the registration has another one by now, nothing changes and ' +
      'VERSION_CONFLICT is answered. 0 means that there is none yet.',
  })
  readonly expectedVersion?: number | null
}

@InputType('EntityListChangeInput', {
  description: 'Entities to add to the list of a registration, or to take from it. Everything else stays as it is.',
})
export class EntityListChangeInput implements EntityListChange {
  @Field(() => EntityList, { description: 'The entities.' })
  readonly entityList!: string | string[]

  @Field(() => Int, {
    nullable: true,
    description:
      'The version that the caller has read. If the registration has another one by now, nothing changes and ' +
      'VERSION_CONFLICT is answered.',
  })
  readonly expectedVersion?: number | null
}
