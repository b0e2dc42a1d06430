import type { Catalog } from '../domain/entity.js'
import type { bodyFields } from './body.js'
import { bodyErrorCodes, type ProblemErrorCode } from './problem.js'
import { frequencyWords, optionWords } from './words.js'

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
  exportOption: { type: 'string', enum: optionWords.words, default: 'export selected' },
  entityList: names,
  frequency: { type: 'string', enum: frequencyWords.words, default: 'daily' },
}

const inputProperties: Record<(typeof bodyFields)[number], object> = {
  ...configuration,
  entityList: {
    description: 'Required with "export selected", ignored otherwise. A string holds names with commas between them.',
    oneOf: [{ type: 'string', examples: ['user, content'] }, names],
  },
  expectedVersion: {
    type: 'integer',
    minimum: 0,
    description: 'Refuses the call unless the registration has this version; 0 means that there is none yet.',
  },
}

const registration = {
  ...configuration,
  version: { type: 'integer' },
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
    state: { type: 'string', enum: ['active', 'paused', 'pending'] },
    nextRunTimes: { type: 'array', items: time },
    error: textOrNull,
  }),
  createdAt: time,
  updatedAt: time,
  updatedBy: text,
}

const userErrorCodes = [
  'ENTITY_LIST_REQUIRED',
  'UNKNOWN_ENTITIES',
  'INVALID_EXPORT_OPTION',
  'INVALID_FREQUENCY',
  'INVALID_ENTITY_LIST',
  'VERSION_CONFLICT',
  ...bodyErrorCodes,
] satisfies ProblemErrorCode[]

const fixedSchemas = {
  RegistrationInput: { ...object(inputProperties, []), additionalProperties: false },
  Registration: object(registration),
  Replacement: object({ ...registration, activated: names, deactivated: names, unchanged: names }),
  Problem: object(
    {
      type: text,
      status: { type: 'integer' },
      title: text,
      detail: text,
      code: { ...text, description: 'For programs to act on.' },
      errors: { type: 'array', items: ref('ProblemError') },
      errorId: { ...text, description: 'Names the log line that holds the cause.' },
    },
    ['type', 'status', 'title', 'detail', 'code'],
  ),
  ProblemError: object({
    code: { type: 'string', enum: userErrorCodes },
    detail: text,
    pointer: { ...text, description: 'Where in the body, e.g. `#/entityList`.' },
    allowedValues: { type: 'array', items: text },
    didYouMean: { type: 'array', items: object({ given: text, suggestion: text }) },
  }),
}
