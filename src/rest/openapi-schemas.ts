import type { Catalog } from '../domain/entity.js'
import { type FileFormat, partMegabytes } from '../domain/file-format.js'
import { type bodyFields, ignoredFields } from './body.js'
import { bodyErrorCodes, type ProblemErrorCode } from './problem.js'
import { compressionWords, delimiterWords, frequencyWords, optionWords, quotingWords } from './words.js'

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

const fileFormat = {
  description: 'How files are written. What is left out takes its default.',
  ...object(
    {
      compression: {
        type: 'string',
        enum: compressionWords.words,
        default: 'none',
        description:
          '"gzip" gives .csv.gz, "zstd" .csv.zst; the latter only where Tidemark runs on Node 22.15 or later.',
      },
      maxPartMegabytes: {
        type: ['integer', 'null'],
        minimum: partMegabytes.min,
        maximum: partMegabytes.max,
        default: null,
        description:
          'Files larger than so many megabytes of 1,000,000 bytes, as they lie on the server, are split between rows ' +
          'into <entity>.0001.csv and so on.',
      },
      delimiter: { type: 'string', enum: delimiterWords.words, default: 'comma' },
      quoting: { type: 'string', enum: quotingWords.words, default: 'minimal' },
      escapeFormulas: {
        type: 'boolean',
        default: false,
        description:
          "Whether values that a spreadsheet would take for a formula get a ' in front, and values that have it there already one more.",
      },
    } satisfies Record<keyof FileFormat, object>,
    [],
  ),
  additionalProperties: false,
}

const configuration = {
  exportOption: { type: 'string', enum: optionWords.words, default: 'export selected' },
  entityList: names,
  frequency: { type: 'string', enum: frequencyWords.words, default: 'daily' },
  fileFormat: ref('FileFormat'),
}

const inputProperties: Record<(typeof bodyFields)[number], object> = {
  ...configuration,
  entityList: {
    description:
      'Required with "export selected", ignored otherwise. Display names, internal names or the names that GraphQL has; a ' +
      'string holds them with commas between them.',
    oneOf: [
      { type: 'string', examples: ['user, content'] },
      { type: 'array', items: text },
    ],
  },
  expectedVersion: {
    type: 'integer',
    minimum: 0,
    description: 'Refuses the call unless the registration has this version; 0 means that there is none yet.',
  },
}

/** So that what was read can be changed and sent back. */
const readProperties = {
  version: { type: 'integer', description: 'Taken as expectedVersion where that is left out.' },
  ...Object.fromEntries(ignoredFields.map((field) => [field, { description: 'Ignored, beside version.' }])),
}

const registration = {
  ...configuration,
  version: { type: 'integer' },
  pausedAt: { ...timeOrNull, description: 'Since when the export is paused; null where it is not.' },
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
  'INVALID_FILE_FORMAT',
  'COMPRESSION_UNAVAILABLE',
  'VERSION_CONFLICT',
  ...bodyErrorCodes,
] satisfies ProblemErrorCode[]

const fixedSchemas = {
  FileFormat: fileFormat,
  RegistrationInput: { ...object({ ...inputProperties, ...readProperties }, []), additionalProperties: false },
  Registration: object(registration),
  Replacement: object({
    ...registration,
    changed: {
      type: 'boolean',
      description: 'False where the registration was already as requested. It then keeps its version.',
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
      code: { ...text, description: 'For programs to act on.' },
      errors: { type: 'array', items: ref('ProblemError') },
      current: {
        ...ref('Registration'),
        description: 'With VERSION_CONFLICT: the registration as it is now.',
      },
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
