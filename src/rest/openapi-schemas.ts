import type { Catalog } from '../domain/entity.js'
import { defaultFrequency } from '../domain/calendar.js'
import { defaultExportOption } from '../domain/registration.js'
import { restUserErrorCodes } from '../services/user-error.js'
import { type bodyFields, ignoredFields } from './body.js'
import { fileFormatSchema } from './file-format.js'
import { bodyErrorCodes } from './problem.js'
import { frequencyWords, optionWords, scheduleStateWords } from './words.js'

/** The schemas that the OpenAPI document refers to. */
export function openApiSchemas(catalog: Catalog) {
  const EntityName = {
    type: 'string',
    description: 'The display name of an entity.',
    enum: catalog.entities.map((entity) => entity.displayName),
  }
  return { ...fixedSchemas, EntityName }
}

export function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

const time = { type: 'string', format: 'date-time' }
const timeOrNull = { type: ['string', 'null'], format: 'date-time' }
const text = { type: 'string' }
const textOrNull = { type: ['string', 'null'] }
const names = { type: 'array', items: ref('EntityName') }
const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

const configuration = {
  exportOption: { type: 'string', enum: optionWords.words, default: optionWords.wordFor(defaultExportOption) },
  entityList: names,
  frequency: { type: 'string', enum: frequencyWords.words, default: frequencyWords.wordFor(defaultFrequency) },
  fileFormat: ref('FileFormat'),
}

const inputProperties: Record<(typeof bodyFields)[number], object> = {
  ...configuration,
  entityList: {
    description:
      'The names of entities: display names, internal names or GraphQL enum values. A list, or one string with commas ' +
      'between them. It is required with "export selected" and ignored otherwise.',
    oneOf: [
      { type: 'string', examples: ['user, content'] },
      { type: 'array', items: text },
    ],
  },
  expectedVersion: {
    type: 'integer',
    minimum: 0,
    description:
      'The version that the caller has read. If the registration has another version, the call changes nothing. 0 means ' +
      'that there is no registration yet.',
  },
}

/** The answer of GET can be changed and sent back. */
const readProperties = {
  version: { type: 'integer', description: 'Used as expectedVersion if that is absent.' },
  ...Object.fromEntries(
    ignoredFields.map((field) => [
      field,
      { description: 'Ignored. It is accepted so that the answer of GET can be sent back.' },
    ]),
  ),
}

const registration = {
  ...configuration,
  version: { type: 'integer' },
  pausedAt: { ...timeOrNull, description: 'The time since which the export is paused. Null if it is not paused.' },
  tenantId: text,
  entities: {
    type: 'array',
    items: object({
      name: ref('EntityName'),
      internalName: text,
      active: { type: 'boolean' },
      activatedAt: time,
      deactivatedAt: timeOrNull,
    }),
  },
  schedule: object({
    scheduleId: text,
    state: { type: 'string', enum: scheduleStateWords.words },
    nextRunTimes: { type: 'array', items: time },
    error: textOrNull,
  }),
  createdAt: time,
  updatedAt: time,
  updatedBy: text,
}

const fixedSchemas = {
  FileFormat: fileFormatSchema,
  RegistrationInput: { ...object({ ...inputProperties, ...readProperties }, []), additionalProperties: false },
  Registration: object(registration),
  Replacement: object({
    ...registration,
    changed: {
      type: 'boolean',
      description: 'False if the registration was already as requested. Then its version stays the same.',
    },
    activated: names,
    deactivated: names,
    unchanged: names,
  }),
  Problem: object(
    {
      type: text,
      status: { type: 'integer' },
      title: text,
      detail: text,
      code: { ...text, description: 'The kind of the problem, for programs.' },
      errors: { type: 'array', items: ref('ProblemError') },
      current: {
        ...ref('Registration'),
        description: 'The current registration, with VERSION_CONFLICT.',
      },
      errorId: { ...text, description: 'Identifies the log line with the cause.' },
    },
    ['type', 'status', 'title', 'detail', 'code'],
  ),
  ProblemError: object({
    code: { type: 'string', enum: [...restUserErrorCodes, ...bodyErrorCodes] },
    detail: text,
    pointer: { ...text, description: 'The JSON pointer into the body, such as `#/entityList`.' },
    allowedValues: { type: 'array', items: text },
    didYouMean: { type: 'array', items: object({ given: text, suggestion: text }) },
  }),
}
