import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { requireScope, requireTenant } from '../domain/access.js'
import type { Actor, Operator, Scope } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Contracts } from '../services/contracts.js'
import type { EventFeed } from '../services/events/event-feed.js'
import type { Deliveries } from '../services/deliveries.js'
import type { Fetches } from '../services/fetches.js'
import type { RegistrationInput } from '../services/registrations/registration-input.js'
import type { EmailRecipients } from '../services/email/recipients.js'
import type { PgpKeys } from '../services/pgp-keys.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { Webhooks } from '../services/webhooks/webhooks.js'
import type { Registrations } from '../services/registrations/registrations.js'
import { addEventRoutes } from './events.js'
import { parseBody, type ParsedBody } from './body.js'
import { addContractRoutes } from './contracts.js'
import { addDeliveryRoutes } from './deliveries.js'
import { addEmailRecipientRoutes } from './email-recipients.js'
import { openApiDocument } from './openapi.js'
import { addPgpKeyRoutes } from './pgp-keys.js'
import { addWebhookRoutes } from './webhooks.js'
import { problemError, type ProblemError, sendErrors, sendProblem } from './problem.js'
import { registrationBody, replacementBody } from './view.js'

export interface RestOptions {
  readonly registrations: Registrations
  readonly pgpKeys: PgpKeys
  readonly webhooks: Webhooks
  readonly emailRecipients: EmailRecipients
  readonly eventFeed: EventFeed
  readonly contracts: Contracts
  readonly sftpKeys: SftpKeys
  readonly deliveries: Deliveries
  readonly fetches: Fetches
  readonly audit: Audit
  /** The caller that the request's token names. It throws the errors of domain/access. */
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | Operator>
}

/**
 * `POST /export`, `GET /export`, the routes of other files, and their OpenAPI document. The server turns errors of a handler
 * into responses.
 */
export function restRoutes(options: RestOptions): FastifyPluginAsync {
  const { registrations, pgpKeys, webhooks, emailRecipients, eventFeed, contracts, audit, authenticate } = options
  const callers = new WeakMap<FastifyRequest, Actor>()

  /** Checks the token before the body is read. */
  const permit = (scope: Scope) => async (request: FastifyRequest) => {
    const actor = requireTenant(await authenticate(request))
    requireScope(actor, scope)
    if (actor.isOperator) await audit.operatorAccess(actor, `${request.method} ${request.routeOptions.url}`)
    callers.set(request, actor)
  }

  const callerOf = (request: FastifyRequest): Actor => {
    const actor = callers.get(request)
    if (!actor) throw new Error(`${request.method} ${request.routeOptions.url} requires no scope.`)
    return actor
  }

  return async (app) => {
    app.get('/openapi.json', async () => openApiDocument(registrations.catalog))

    addPgpKeyRoutes(app, { pgpKeys, permit, callerOf })
    addWebhookRoutes(app, { webhooks, permit, callerOf })
    addEmailRecipientRoutes(app, { emailRecipients, permit, callerOf })
    addEventRoutes(app, { eventFeed, permit, callerOf })
    addContractRoutes(app, { contracts, permit, callerOf })
    addDeliveryRoutes(app, { ...options, permit, callerOf })

    app.get('/export', { onRequest: permit('exports:read') }, async (request, reply) => {
      const actor = callerOf(request)
      const includeInactive = parseIncludeInactive(request.query)
      if (includeInactive === undefined) return sendErrors(reply, [invalidIncludeInactive])
      const view = await registrations.current(actor, { includeInactive })
      return view ? registrationBody(view) : sendNotRegistered(reply)
    })

    app.post('/export', { onRequest: permit('exports:write') }, async (request, reply) => {
      const actor = callerOf(request)
      if (!isObject(request.body)) return sendNotAnObject(reply)
      const body = parseBody(request.body)
      if (body.errors.length > 0) return sendErrors(reply, await allErrors(body, actor, registrations))
      const outcome = await registrations.replace(actor, body.input)
      if (outcome.ok) return replacementBody(outcome.value)
      const current = outcome.current && registrationBody(outcome.current)
      return sendErrors(reply, outcome.userErrors.map(problemError), current)
    })
  }
}

/** The errors of a body, and those that the use case finds in its readable fields. */
async function allErrors(body: ParsedBody, actor: Actor, registrations: Registrations): Promise<ProblemError[]> {
  const outcome = await registrations.preview(actor, readablePart(body))
  const known = new Set(body.errors.map(({ pointer }) => pointer))
  const further = outcome.ok ? [] : outcome.userErrors.map(problemError)
  return [...body.errors, ...further.filter(({ pointer }) => !known.has(pointer))]
}

/** Without a valid option, a list is not required, but the names in a given list can be checked. */
function readablePart({ input, errors }: ParsedBody): RegistrationInput {
  const optionIsUnknown = errors.some(({ code }) => code === 'INVALID_EXPORT_OPTION')
  return optionIsUnknown ? { ...input, exportOption: input.entityList ? 'EXPORT_SELECTED' : 'EXPORT_ALL' } : input
}

function parseIncludeInactive(query: unknown): boolean | undefined {
  const value = isObject(query) ? query['includeInactive'] : undefined
  if (value === undefined || value === 'false') return false
  return value === 'true' || value === '' ? true : undefined
}

const invalidIncludeInactive: ProblemError = {
  code: 'INVALID_QUERY',
  detail: 'The query parameter includeInactive must be true or false.',
  pointer: '#/includeInactive',
  allowedValues: ['true', 'false'],
  didYouMean: [],
}

function sendNotRegistered(reply: FastifyReply): FastifyReply {
  const detail = 'The tenant has no registration yet. Create one with POST /export.'
  return sendProblem(reply, { status: 404, title: 'Not Found', detail, code: 'NOT_REGISTERED' })
}

function sendNotAnObject(reply: FastifyReply): FastifyReply {
  const detail = 'The body must be a JSON object, such as {"entityList": "user, content"}.'
  return sendProblem(reply, { status: 400, title: 'Bad Request', detail, code: 'INVALID_BODY' })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
