import { Field, InputType, Int, ObjectType } from 'type-graphql'
import { fileFormatEntries, type FormatField } from '../../domain/file-format.js'
import { enumOf } from '../enum.js'

/** Its fields are added below, from the definition in the domain. */
@InputType('FileFormatInput', {
  description: 'The format of the files. A field that is absent or null takes its default.',
})
export class FileFormatInputType {}

/** Its fields are added below, from the definition in the domain. */
@ObjectType('FileFormat', { description: 'The format of the files.' })
export class FileFormatType {}

for (const [name, field] of fileFormatEntries) {
  const { description } = field
  const type = graphqlType(field)
  Field(() => type, { nullable: field.default === null, description })(FileFormatType.prototype, name)
  const byDefault = field.default === null ? {} : { defaultValue: field.default }
  Field(() => type, { nullable: true, ...byDefault, description })(FileFormatInputType.prototype, name)
}

function graphqlType(field: FormatField) {
  if (field.kind === 'choice') return enumOf(field.type, field.description, field.values)
  return field.kind === 'integer' ? Int : Boolean
}
