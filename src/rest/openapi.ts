import type { Catalog } from '../domain/entity.js'
import { emailRecipientPaths } from './openapi-email-recipients.js'
import { eventPaths } from './events.js'
import { deliveryPaths } from './openapi-deliveries.js'
import { contractPaths } from './contracts.js'
import { pgpKeyPaths } from './openapi-pgp-keys.js'
import { webhookPaths } from './openapi-webhooks.js'
import { openApiSchemas, ref } from './openapi-schemas.js'

/** The OpenAPI 3.1 document of the REST routes, with the names of the given catalog. */
export function openApiDocument(catalog: Catalog) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1.0.0',
      description: 'A tenant registers which analytics entities it receives as recurring CSV files over SFTP.',
    },
    security: [{ bearer: [] }],
    paths: {
      '/export': { get: getOperation, post: postOperation },
      ...eventPaths({ json, problems, ref, tenantHeader }),
      ...contractPaths({ json, problems, ref, tenantHeader }),
      ...pgpKeyPaths({ json, problems, ref, tenantHeader }),
      ...webhookPaths({ json, problems, ref, tenantHeader }),
      ...emailRecipientPaths({ json, problems, ref, tenantHeader }),
      ...deliveryPaths({ json, problems, ref, tenantHeader }),
    },
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
  'WWW-Authenticate': { description: 'The challenge, as RFC 6750 defines it.', schema: { type: 'string' } },
}

const retryAfter = {
  'Retry-After': { description: 'The number of seconds to wait before the next attempt.', schema: { type: 'integer' } },
}

const problemKinds = {
  BadRequest: { status: 400, description: 'The request is malformed, or its body is not a JSON object.' },
  Unauthorized: {
    status: 401,
    description: 'The request has no token, or its token is not valid.',
    headers: challenge,
  },
  Forbidden: { status: 403, description: 'The token lacks the required scope.', headers: challenge },
  NotRegistered: { status: 404, description: 'The tenant has no registration yet.' },
  NoSuchDelivery: { status: 404, description: 'The tenant has no delivery with this id.' },
  NoSuchEntity: { status: 404, description: 'The catalog has no entity with this name.' },
  NoSuchKey: { status: 404, description: 'The tenant has no PGP key with this fingerprint.' },
  NoSuchRecipient: { status: 404, description: 'The tenant has no recipient of email with this id.' },
  EmailConflict: { status: 409, description: 'The operator has not set SMTP_URL, or the address is verified already.' },
  KeyInUse: { status: 409, description: 'The registration needs the PGP key.' },
  NoSuchWebhook: { status: 404, description: 'The tenant has no such webhook, secret or event.' },
  WebhookConflict: { status: 409, description: 'The state of the webhook does not permit it, or there are too many.' },
  Conflict: { status: 409, description: 'The registration does not have the expected version.' },
  TooLarge: { status: 413, description: 'The body is larger than 256 KB.' },
  UnsupportedMediaType: { status: 415, description: 'The media type of the body is not application/json.' },
  TooMany: {
    status: 429,
    description: 'The tenant, or the network address of the caller, has sent too many requests in a short time.',
    headers: retryAfter,
  },
  Invalid: {
    status: 422,
    description: 'The request is not valid. `errors` names all errors. Nothing was changed.',
  },
  InternalError: {
    status: 500,
    description: 'Tidemark failed unexpectedly. `errorId` identifies the failure in the logs.',
  },
  Unavailable: {
    status: 503,
    description: 'A service that Tidemark needs is unavailable. Try again later.',
    headers: retryAfter,
  },
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
  description:
    'The id of the tenant that an operator acts for. It requires the scope exports:operate. By default, the tenant ' +
    'of the token.',
  schema: { type: 'string' },
}

const getOperation = {
  operationId: 'getExport',
  summary: 'Read the registration',
  description:
    "Returns the registration of the token's tenant. POST takes the answer back, with your changes. Requires the scope " +
    'exports:read.',
  parameters: [
    tenantHeader,
    {
      name: 'includeInactive',
      in: 'query',
      description: 'Whether `entities` also lists entities that were active before and are inactive now.',
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
  summary: 'Replace the registration',
  description:
    "Replaces the whole registration of the token's tenant, and updates its schedule. A field that is left out or null " +
    'takes its default. With "disable export", it is kept. Requires the scope exports:write.',
  parameters: [tenantHeader],
  requestBody: { required: true, content: { 'application/json': { schema: ref('RegistrationInput') } } },
  responses: {
    '200': json('The registration after the call, and what the call changed.', ref('Replacement')),
    ...problems('BadRequest', 'Unauthorized', 'Forbidden', 'Conflict', 'TooLarge', 'UnsupportedMediaType', 'Invalid'),
    ...problems('TooMany', 'InternalError', 'Unavailable'),
  },
}
