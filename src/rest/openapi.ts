import type { Catalog } from '../domain/entity.js'
import { openApiSchemas, ref } from './openapi-schemas.js'

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
      schemas: openApiSchemas(catalog),
    },
  } as const
}

const problems = (...names: readonly (keyof typeof problemKinds)[]) =>
  Object.fromEntries(names.map((name) => [problemKinds[name].status, { $ref: `#/components/responses/${name}` }]))
const json = (description: string, schema: object) => ({ description, content: { 'application/json': { schema } } })

const challenge = {
  'WWW-Authenticate': { description: 'The challenge of RFC 6750.', schema: { type: 'string' } },
}

const retryAfter = {
  'Retry-After': { description: 'The seconds after which to try again.', schema: { type: 'integer' } },
}

const problemKinds = {
  BadRequest: { status: 400, description: 'The request could not be read, or its body is not a JSON object.' },
  Unauthorized: { status: 401, description: 'There is no token, or it is not good.', headers: challenge },
  Forbidden: { status: 403, description: 'The token lacks the scope.', headers: challenge },
  NotRegistered: { status: 404, description: 'The tenant has no registration yet.' },
  Conflict: { status: 409, description: 'The registration has another version than the expected one.' },
  TooLarge: { status: 413, description: 'The body is too large.' },
  UnsupportedMediaType: { status: 415, description: 'The body is not application/json.' },
  TooMany: {
    status: 429,
    description: 'The tenant, or its address, has sent too many requests in a short time.',
    headers: retryAfter,
  },
  Invalid: {
    status: 422,
    description: 'What was sent is not valid; `errors` names everything that is wrong. Nothing has changed.',
  },
  InternalError: { status: 500, description: 'Something went wrong on our side; `errorId` names it in the logs.' },
  Unavailable: { status: 503, description: 'Something that is needed is not available now.', headers: retryAfter },
} as const

const problemResponses = Object.fromEntries(
  Object.entries(problemKinds).map(([name, { description, ...kind }]) => [
    name,
    {
      description,
      ...('headers' in kind ? { headers: kind.headers } : {}),
      content: { 'application/problem+json': { schema: ref('Problem') } },
    },
  ]),
)

const tenantHeader = {
  name: 'Tidemark-Tenant',
  in: 'header',
  description: "The tenant that an operator acts for, with the scope exports:operate. By default the token's.",
  schema: { type: 'string' },
}

const getOperation = {
  operationId: 'getExport',
  summary: "The tenant's registration",
  description: 'Needs the scope exports:read.',
  parameters: [
    tenantHeader,
    {
      name: 'includeInactive',
      in: 'query',
      description: 'Whether entities that were once active, and are not now, shall be listed too.',
      schema: { type: 'boolean', default: false },
    },
  ],
  responses: {
    '200': json('The registration.', ref('Registration')),
    ...problems('BadRequest', 'Unauthorized', 'Forbidden', 'NotRegistered', 'Invalid', 'TooMany'),
    ...problems('InternalError', 'Unavailable'),
  },
}

const postOperation = {
  operationId: 'registerExport',
  summary: "Replaces the tenant's whole registration",
  description: 'Needs the scope exports:write.',
  parameters: [tenantHeader],
  requestBody: { required: true, content: { 'application/json': { schema: ref('RegistrationInput') } } },
  responses: {
    '200': json('The registration as it is now, and what changed.', ref('Replacement')),
    ...problems('BadRequest', 'Unauthorized', 'Forbidden', 'Conflict', 'TooLarge', 'UnsupportedMediaType', 'Invalid'),
    ...problems('TooMany', 'InternalError', 'Unavailable'),
  },
}
