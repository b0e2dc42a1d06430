import { type FileFormat, fileFormatEntries, type FormatField } from '../domain/file-format.js'
import { vocabulary } from './words.js'

/** The format in the words of the REST contract: `gzip` instead of `GZIP`. */
export function fileFormatBody(format: FileFormat): Record<string, unknown> {
  return Object.fromEntries(
    fileFormatEntries.map(([name, field]) => [
      name,
      field.kind === 'choice' ? vocabulary(field.values).wordFor(String(format[name])) : format[name],
    ]),
  )
}

/** The OpenAPI schema of the format. No field is required. */
export const fileFormatSchema = {
  description: 'The format of the files. A field that is absent or null takes its default.',
  type: 'object',
  properties: Object.fromEntries(fileFormatEntries.map(([name, field]) => [name, fieldSchema(field)])),
  required: [],
  additionalProperties: false,
}

function fieldSchema(field: FormatField): object {
  const { description } = field
  if (field.kind === 'boolean') return { type: 'boolean', default: field.default, description }
  if (field.kind === 'integer') {
    return { type: ['integer', 'null'], minimum: field.min, maximum: field.max, default: field.default, description }
  }
  const words = vocabulary(field.values)
  const meanings = Object.entries(field.values).map(([value, meaning]) => `"${words.wordFor(value)}": ${meaning}`)
  return {
    type: 'string',
    enum: words.words,
    default: words.wordFor(field.default),
    description: [description, ...meanings].join(' '),
  }
}
