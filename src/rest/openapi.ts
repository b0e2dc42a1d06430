import type { Catalog } from '../domain/entity.js'
import { bodyFields } from './body.js'
import { bodyErrorCodes } from './problem.js'
import { frequencyWords, optionWords } from './words.js'

/** The OpenAPI 3.1 document of the REST routes, with the names of the given catalog. */
export function openApiDocument(catalog: Catalog) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1.0.0',
      description: 'A tenant registers which analytics entities it wants as recurring CSV files over SFTP.',
    },
    security: [{ bearer: [] }],
    paths: { '/export': { get: getOperation, post: postOperation } },
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An OAuth 2.0 access token (RFC 9068) that names the tenant.',
        },
      },
      responses: problemResponses,
      schemas: { ...schemas, EntityName: entityNames(catalog) },
    },
  } as const
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const problems = (...names: readonly (keyof typeof problemKinds)[]) =>
  Object.fromEntries(names.map((name) => [problemKinds[name].status, { $ref: `#/components/responses/${name}` }]))
const json = (description: string, schema: object) => ({ description, content: { 'application/json': { schema } } })

const challenge = {
  'WWW-Authenticate': { description: 'The challenge of RFC 6750.', schema: { type: 'string' } },
}

const problemKinds = {
  BadRequest: { status: 400, description: 'The body is not a JSON object.' },
  Unauthorized: { status: 401, description: 'There is no token, or it is not good.', headers: challenge },
  Forbidden: { status: 403, description: 'The token lacks the scope.', headers: challenge },
  NotRegistered: { status: 404, description: 'The tenant has no registration yet.' },
  Conflict: { status: 409, description: 'The registration has another version than the expected one.' },
  TooLarge: { status: 413, description: 'The body is too large.' },
  UnsupportedMediaType: { status: 415, description: 'The body is not application/json.' },
  Invalid: {
    status: 422,
    description: 'What was sent is not valid; `errors` names everything that is wrong. Nothing has changed.',
  },
  InternalError: { status: 500, description: 'Something went wrong on our side; `errorId` names it in the logs.' },
  Unavailable: { status: 503, description: 'Something that is needed is not available now.' },
} as const

const problemResponses = Object.fromEntries(
  Object.entries(problemKinds).map(([name, { status: _, ...response }]) => [
    name,
    { ...response, content: { 'application/problem+json': { schema: ref('Problem') } } },
  ]),
)

const getOperation = {
  operationId: 'getExport',
  summary: "The tenant's registration",
  description: 'Needs the scope exports:read.',
  parameters: [
    {
      name: 'includeInactive',
      in: 'query',
      description: 'Whether entities that were once active, and are not now, shall be listed too.',
      schema: { type: 'boolean', default: false },
    },
  ],
  responses: {
    '200': json('The registration.', ref('Registration')),
    ...problems('Unauthorized', 'Forbidden', 'NotRegistered', 'Invalid', 'InternalError', 'Unavailable'),
  },
}

const postOperation = {
  operationId: 'registerExport',
  summary: "Replaces the tenant's whole registration",
  description: 'Needs the scope exports:write.',
  requestBody: { required: true, content: { 'application/json': { schema: ref('RegistrationInput') } } },
  responses: {
    '200': json('The registration as it is now, and what changed.', ref('Replacement')),
    ...problems('BadRequest', 'Unauthorized', 'Forbidden', 'Conflict', 'TooLarge', 'UnsupportedMediaType', 'Invalid'),
    ...problems('InternalError', 'Unavailable'),
  },
}

function entityNames(catalog: Catalog) {
  return {
    type: 'string',
    description: 'The display name of an entity.',
    enum: catalog.entities.map((entity) => entity.displayName),
  }
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
]

const schemas = {
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
