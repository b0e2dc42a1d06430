import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import { namesOf } from '../domain/described.js'
import { type EventType, eventTypes, isEventType, outsideEvent } from '../domain/event.js'
import type { EventFeed, EventFeedPage, EventPageArguments } from '../services/events/event-feed.js'
import { type ProblemError, sendProblem } from './problem.js'

export interface EventRoutes {
  readonly eventFeed: EventFeed
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

/** `GET /export/events` and `POST /export/events/test`. */
export function addEventRoutes(server: FastifyInstance, { eventFeed, permit, callerOf }: EventRoutes): void {
  server.get('/export/events', { onRequest: permit('exports:read') }, async (request, reply) => {
    const query = readQuery(request.query)
    if ('errors' in query) return sendInvalid(reply, query.errors)
    return eventsBody(await eventFeed.page(callerOf(request), query.page), query.page)
  })

  server.post('/export/events/test', { onRequest: permit('exports:write') }, async (request, reply) => {
    const outcome = await eventFeed.sendTest(callerOf(request))
    if (outcome.ok) return outsideEvent(outcome.value)
    const detail = outcome.userErrors.map(({ message }) => message).join(' ')
    return sendProblem(reply, { status: 404, title: 'Not Found', detail, code: 'NOT_REGISTERED' })
  })
}

/** The code of problems that only these routes have. */
export const eventProblemCodes = ['INVALID_QUERY'] as const

function sendInvalid(reply: FastifyReply, errors: readonly ProblemError[]): FastifyReply {
  const detail = errors.map((error) => error.detail).join(' ')
  return sendProblem(reply, { status: 422, title: 'Unprocessable Content', detail, code: 'INVALID_QUERY', errors })
}

function eventsBody({ edges, hasNextPage, lastNumber, missed }: EventFeedPage, { after }: EventPageArguments) {
  const next = edges.at(-1)?.node.number ?? Number(after ?? 0)
  return { events: edges.map(({ node }) => outsideEvent(node)), next, hasMore: hasNextPage, lastNumber, missed }
}

type Query = { readonly page: EventPageArguments } | { readonly errors: ProblemError[] }

function readQuery(query: unknown): Query {
  const { after, limit, type } = query as Readonly<Record<string, string | readonly string[] | undefined>>
  const errors: ProblemError[] = []
  const whole = (name: string, value: unknown, rule: RegExp, what: string): number | undefined => {
    if (value === undefined) return undefined
    if (typeof value === 'string' && rule.test(value)) return Number(value)
    errors.push(invalid(name, `The query parameter ${name} must be ${what}.`))
    return undefined
  }
  const position = whole('after', after, /^\d{1,15}$/, 'the number of an event, such as after=41')
  const first = whole('limit', limit, /^([1-9]\d?|100)$/, 'a whole number from 1 to 100')
  const types = typesIn(type)
  if (!types) errors.push(invalid('type', 'The query parameter type must name types of events.', namesOf(eventTypes)))
  if (!types || errors.length > 0) return { errors }
  return {
    page: {
      ...(position !== undefined && { after: String(position) }),
      ...(first !== undefined && { first }),
      ...(types.length > 0 && { types }),
    },
  }
}

/** The parameter may be repeated, and may have a list with commas. */
function typesIn(given: string | readonly string[] | undefined): EventType[] | undefined {
  const all = given === undefined ? [] : typeof given === 'string' ? [given] : given
  const names = all.flatMap((each) => each.split(',')).map((name) => name.trim())
  return names.every(isEventType) ? names : undefined
}

function invalid(name: string, detail: string, allowedValues: readonly string[] = []): ProblemError {
  return { code: 'INVALID_QUERY', detail, pointer: `#/${name}`, allowedValues, didYouMean: [] }
}

const number = (description: string) => ({ type: 'integer', description })

export const eventSchemas = {
  Event: {
    description: 'An event of the tenant, in the same form as webhooks send it.',
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid', description: 'The id of the event.' },
      type: { type: 'string', enum: namesOf(eventTypes), description: 'What happened.' },
      version: number('The version of this form: 1.'),
      timestamp: { type: 'string', format: 'date-time', description: 'When the event was recorded.' },
      number: number('Counts the events of the tenant without gaps, from 1.'),
      tenantId: { type: 'string', description: 'The id of the tenant.' },
      data: { type: 'object', description: 'The details, in the form of the type: see the reference of events.' },
    },
    required: ['id', 'type', 'version', 'timestamp', 'number', 'tenantId', 'data'],
  },
  Events: {
    description: 'Events of the tenant, oldest first.',
    type: 'object',
    properties: {
      events: { type: 'array', items: { $ref: '#/components/schemas/Event' }, description: 'The events.' },
      next: number('What to pass as `after` in the next call: the number of the last event here, or `after` itself.'),
      hasMore: { type: 'boolean', description: 'Whether there are more events now.' },
      lastNumber: number("The number of the tenant's last event, also if it has another type. 0 without any."),
      missed: number(
        'The number of events after `after` that were removed, because their retention time was over. If it is not 0, the ' +
          'caller has missed them.',
      ),
    },
    required: ['events', 'next', 'hasMore', 'lastNumber', 'missed'],
  },
}

type UsedProblem =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotRegistered'
  | 'Invalid'
  | 'TooMany'
  | 'InternalError'
  | 'Unavailable'

/** The OpenAPI descriptions of the routes of `/export/events`. */
export function eventPaths(parts: {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}) {
  const { json, problems, ref, tenantHeader } = parts
  const always = problems('BadRequest', 'Unauthorized', 'Forbidden', 'TooMany', 'InternalError', 'Unavailable')
  const parameter = (name: string, description: string, schema: object) => ({ name, in: 'query', description, schema })
  return {
    '/export/events': {
      get: {
        operationId: 'getEvents',
        summary: 'Read the events',
        description:
          "Returns the tenant's events, oldest first. To lose none, store `next` with what you have done, and pass it as " +
          '`after`. Requires the scope exports:read.',
        parameters: [
          tenantHeader,
          parameter('after', 'Only events after this number. 0 starts at the oldest one.', {
            type: 'integer',
            default: 0,
          }),
          parameter('limit', 'The maximum number of events.', {
            type: 'integer',
            minimum: 1,
            maximum: 100,
            default: 20,
          }),
          parameter('type', 'Only events of this type. It may be repeated, and may have a list with commas.', {
            type: 'array',
            items: { type: 'string', enum: namesOf(eventTypes) },
          }),
        ],
        responses: { '200': json('The events.', ref('Events')), ...always, ...problems('Invalid') },
      },
    },
    '/export/events/test': {
      post: {
        operationId: 'sendTestEvent',
        summary: 'Record a test event',
        description:
          'Records an event of the type `test`, to try what receives events. Requires the scope exports:write.',
        parameters: [tenantHeader],
        responses: { '200': json('The event.', ref('Event')), ...always, ...problems('NotRegistered') },
      },
    },
  }
}
