import { type Described, namesOf } from '../domain/described.js'
import type { Catalog } from '../domain/entity.js'
import { defaultFrequency, exportFrequencies } from '../domain/calendar.js'
import { defaultExportOption, exportOptions } from '../domain/registration.js'
import { apiFailures } from '../services/api-failure.js'
import { restUserErrorCodes } from '../services/user-error.js'
import { contractProblemCodes, contractSchemas } from './contracts.js'
import { type bodyFields, ignoredFields } from './body.js'
import { encryptionSchema } from './encryption.js'
import { columnsSchema, excludeTagsSchema, noticesSchema } from './column-selection.js'
import { eventProblemCodes, eventSchemas } from './events.js'
import { fileFormatSchema } from './file-format.js'
import { emailProblemCodes } from './email-recipients.js'
import { emailRecipientSchemas } from './openapi-email-recipients.js'
import { deliveryProblemCodes, deliverySchemas } from './openapi-deliveries.js'
import { keyProblemCodes, pgpKeySchemas } from './pgp-keys.js'
import { bodyErrorCodes } from './problem.js'
import { scheduleInputSchema, scheduleSchema } from './schedule.js'
import { webhookSchemas } from './openapi-webhook-schemas.js'
import { webhookProblemCodes } from './webhooks.js'
import { frequencyWords, optionWords, type Vocabulary } from './words.js'

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

/** What each word means, as one description. */
const meanings = <T extends string>(words: Vocabulary<T>, values: Described<T>): string =>
  namesOf(values)
    .map((value) => `"${words.wordFor(value)}": ${values[value]}`)
    .join(' ')

const time = { type: 'string', format: 'date-time' }
const timeOrNull = { type: ['string', 'null'], format: 'date-time' }
const text = { type: 'string' }
const names = { type: 'array', items: ref('EntityName') }
const describe = (schema: object, description: string) => ({ ...schema, description })
const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

const configuration = {
  exportOption: {
    type: 'string',
    enum: optionWords.words,
    default: optionWords.wordFor(defaultExportOption),
    description: `Which entities are exported. ${meanings(optionWords, exportOptions)}`,
  },
  entityList: describe(
    names,
    'The display names of the active entities. While the export is disabled, the names of those that were active before.',
  ),
  frequency: {
    type: 'string',
    enum: frequencyWords.words,
    default: frequencyWords.wordFor(defaultFrequency),
    description: `How often files are delivered. ${meanings(frequencyWords, exportFrequencies)}`,
  },
  fileFormat: describe(ref('FileFormat'), 'The format of the files. A run keeps the format that it began with.'),
  encryption: encryptionSchema,
  columns: columnsSchema,
  excludeTags: excludeTagsSchema,
}

const inputProperties: Record<(typeof bodyFields)[number], object> = {
  ...configuration,
  schedule: scheduleInputSchema,
  entityList: {
    description:
      'The names of entities: display names, internal names or GraphQL enum values. A list, or one string with commas ' +
      'between them. It is required with "export selected". "export all" and "disable export" ignore it.',
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
  version: {
    type: 'integer',
    description: 'The version of the registration. Each call that changes something increases it by one.',
  },
  pausedAt: { ...timeOrNull, description: 'The time since which the export is paused. Null if it is not paused.' },
  tenantId: describe(text, 'The id of the tenant, from the token.'),
  entities: {
    type: 'array',
    description:
      'The entities, each with its names, whether it is active, and when it became active and inactive. Inactive ones are ' +
      'listed only with `includeInactive`.',
    items: object({
      name: ref('EntityName'),
      internalName: describe(text, 'The name in paths and in the manifest.'),
      columns: { type: 'array', items: text, description: 'The names of the columns that the files have, in order.' },
      active: { type: 'boolean', description: 'Whether the entity is exported.' },
      activatedAt: describe(time, 'The time when the entity last became active.'),
      deactivatedAt: describe(timeOrNull, 'The time when the entity became inactive. Null while it is active.'),
    }),
  },
  schedule: scheduleSchema,
  createdAt: describe(time, 'The time of the first registration.'),
  updatedAt: describe(time, 'The time when the registration was last replaced.'),
  updatedBy: describe(text, 'The subject of the token that last replaced the registration.'),
}

/** The values of `code` of a problem. */
const problemCodes = [
  'INVALID_REGISTRATION',
  'VERSION_CONFLICT',
  'NOT_REGISTERED',
  'INVALID_BODY',
  ...keyProblemCodes,
  ...webhookProblemCodes,
  ...emailProblemCodes,
  ...eventProblemCodes,
  ...deliveryProblemCodes,
  ...contractProblemCodes,
  'MALFORMED_REQUEST',
  'ANSWER_TOO_LARGE',
  'CONTENT_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'NOT_FOUND',
  ...namesOf(apiFailures),
]

const exampleProblem = {
  type: 'about:blank',
  status: 422,
  title: 'Unprocessable Content',
  detail: 'frequency must be one of: "daily", "weekly", "monthly".',
  code: 'INVALID_REGISTRATION',
  errors: [
    {
      code: 'INVALID_FREQUENCY',
      detail: 'frequency must be one of: "daily", "weekly", "monthly".',
      pointer: '#/frequency',
      allowedValues: ['daily', 'weekly', 'monthly'],
      didYouMean: [],
    },
  ],
}

const fixedSchemas = {
  FileFormat: fileFormatSchema,
  ...contractSchemas,
  ...pgpKeySchemas,
  ...webhookSchemas,
  ...emailRecipientSchemas,
  ...eventSchemas,
  ...deliverySchemas,
  RegistrationInput: {
    ...object({ ...inputProperties, ...readProperties }, []),
    additionalProperties: false,
    description:
      'The whole registration. The fields of an answer of GET that are ignored are accepted only together with `version`.',
    examples: [{ exportOption: 'export selected', entityList: 'user, content', frequency: 'daily' }],
  },
  Registration: describe(object(registration), 'The registration of the tenant: what is exported, and how often.'),
  Replacement: describe(
    object({
      ...registration,
      changed: {
        type: 'boolean',
        description: 'False if the registration was already as requested. Then its version stays the same.',
      },
      activated: describe(names, 'The entities that became active.'),
      deactivated: describe(names, 'The entities that became inactive.'),
      unchanged: describe(names, 'The entities that stay active.'),
      notices: noticesSchema,
    }),
    'The registration after the call, and what the call changed.',
  ),
  Problem: {
    ...object(
      {
        type: describe(text, 'Always `about:blank`. `code` says the kind of the problem.'),
        status: { type: 'integer', description: 'The HTTP status.' },
        title: describe(text, 'The name of the HTTP status.'),
        detail: describe(text, 'What is wrong, and what to do.'),
        code: describe(
          text,
          `The kind of the problem, for programs. ${problemCodes.map((code) => `\`${code}\``).join(', ')}.`,
        ),
        errors: {
          type: 'array',
          items: ref('ProblemError'),
          description: 'All errors in the request, with INVALID_REGISTRATION and VERSION_CONFLICT.',
        },
        current: {
          ...ref('Registration'),
          description: 'The current registration, with VERSION_CONFLICT.',
        },
        errorId: { ...text, description: 'Identifies the log line with the cause.' },
      },
      ['type', 'status', 'title', 'detail', 'code'],
    ),
    description: 'Why a request failed, as RFC 9457 defines it.',
    examples: [exampleProblem],
  },
  ProblemError: describe(
    object({
      code: {
        type: 'string',
        enum: [...restUserErrorCodes, ...bodyErrorCodes],
        description: 'The kind of the error, for programs.',
      },
      detail: describe(text, 'What is wrong, and what is accepted instead.'),
      pointer: { ...text, description: 'The JSON pointer into the body, such as `#/entityList`.' },
      allowedValues: {
        type: 'array',
        items: text,
        description: 'The accepted values. Empty if they cannot be listed.',
      },
      didYouMean: {
        type: 'array',
        items: object({ given: text, suggestion: text }),
        description: 'One suggestion for each name that resembles a known one.',
      },
    }),
    'One error within a problem.',
  ),
}
