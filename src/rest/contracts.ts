import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import { isoDay } from '../domain/delivery-path.js'
import type { SchemaChange } from '../domain/schema-changes.js'
import type { Contracts } from '../services/contracts.js'
import { sendProblem } from './problem.js'

export interface ContractRoutes {
  readonly contracts: Contracts
  /** Checks the token before the body is read. */
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

/** `GET /export/contracts/{entity}` and `GET /export/schema-changes/{entity}`. */
export function addContractRoutes(server: FastifyInstance, { contracts, permit, callerOf }: ContractRoutes): void {
  const nameOf = (request: FastifyRequest): string => {
    const { entity } = request.params as { readonly entity: string }
    return contracts.find(entity)?.name ?? ''
  }

  server.get('/export/contracts/:entity', { onRequest: permit('exports:read') }, async (request, reply) => {
    const text = await contracts.contract(callerOf(request), nameOf(request))
    return text === undefined ? sendNoSuchEntity(reply) : reply.type('application/yaml; charset=utf-8').send(text)
  })

  server.get('/export/schema-changes/:entity', { onRequest: permit('exports:read') }, async (request, reply) => {
    const changes = await contracts.schemaChanges(callerOf(request), nameOf(request))
    return changes ? { changes: changes.map(changeBody) } : sendNoSuchEntity(reply)
  })
}

function changeBody({ columns: _columns, day, ...change }: SchemaChange) {
  return { ...change, day: isoDay(day) }
}

/** The codes of problems that only these routes have. */
export const contractProblemCodes = ['NO_SUCH_ENTITY'] as const

function sendNoSuchEntity(reply: FastifyReply): FastifyReply {
  const detail = 'The catalog has no entity with this name. GET /export lists the names of the registered entities.'
  return sendProblem(reply, { status: 404, title: 'Not Found', detail, code: 'NO_SUCH_ENTITY' })
}

const text = (description: string) => ({ type: 'string', description })
const number = (description: string) => ({ type: 'integer', description })

const retyped = {
  type: 'object',
  properties: {
    name: text('The name of the column.'),
    before: text('The type in the version before.'),
    after: text('The type in this version.'),
  },
  required: ['name', 'before', 'after'],
}

const added = {
  type: 'object',
  properties: { name: text('The name of the column.'), type: text('The type of the column.') },
  required: ['name', 'type'],
}

const changeProperties = {
  schemaVersion: number('The schema version, as the manifest has it.'),
  sequence: number('The sequence number of the first file with this version.'),
  revision: number('The revision of that file.'),
  day: { type: 'string', format: 'date', description: 'The date in the path of that file.' },
  path: text('The path of that file. A later revision may have replaced it.'),
  publishedAt: { type: 'string', format: 'date-time', description: 'The time when that file was published.' },
  added: { type: 'array', items: added, description: 'The columns that the version before does not have.' },
  removed: { type: 'array', items: { type: 'string' }, description: 'The names of the columns that are left out.' },
  retyped: { type: 'array', items: retyped, description: 'The columns that have another type.' },
  isReordered: { type: 'boolean', description: 'Whether columns that both versions have are in another order.' },
}

export const contractSchemas = {
  SchemaChanges: {
    description: 'The changes of the columns of an entity, oldest first.',
    type: 'object',
    properties: {
      changes: {
        type: 'array',
        description: 'One change for each schema version that was delivered. The first one adds all columns.',
        items: { type: 'object', properties: changeProperties, required: Object.keys(changeProperties) },
      },
    },
    required: ['changes'],
  },
}

type UsedProblem =
  'BadRequest' | 'Unauthorized' | 'Forbidden' | 'TooMany' | 'InternalError' | 'Unavailable' | 'NoSuchEntity'

/** The OpenAPI descriptions of the routes. */
export function contractPaths(parts: {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}) {
  const { json, problems, ref, tenantHeader } = parts
  const failures = {
    ...problems('BadRequest', 'Unauthorized', 'Forbidden', 'NoSuchEntity', 'TooMany', 'InternalError', 'Unavailable'),
  }
  const parameters = [
    tenantHeader,
    {
      name: 'entity',
      in: 'path',
      required: true,
      description: 'A display name, an internal name or a GraphQL enum value.',
      schema: { type: 'string' },
    },
  ]
  return {
    '/export/contracts/{entity}': {
      get: {
        operationId: 'getContract',
        summary: 'Read the contract of an entity',
        description:
          'Returns the contract in the form of the Open Data Contract Standard (v3.1.0). It describes the newest delivery, or ' +
          'the first one that is still to come. Requires the scope exports:read.',
        parameters,
        responses: {
          '200': { description: 'The contract.', content: { 'application/yaml': { schema: { type: 'string' } } } },
          ...failures,
        },
      },
    },
    '/export/schema-changes/{entity}': {
      get: {
        operationId: 'getSchemaChanges',
        summary: 'Read the changes of the columns of an entity',
        description: 'Returns what changed with each schema version. Requires the scope exports:read.',
        parameters,
        responses: { '200': json('The changes.', ref('SchemaChanges')), ...failures },
      },
    },
  }
}
