import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import { type WebhookDelivery, webhookDeliveryStatus } from '../domain/webhook.js'
import type { Outcome, Refusal } from '../services/outcome.js'
import type { UserErrorCode } from '../services/user-error.js'
import type { Webhooks } from '../services/webhooks/webhooks.js'
import { problemError, sendProblem } from './problem.js'
import {
  readDeliveriesQuery,
  type ReadBody,
  readReplay,
  readRotation,
  readWebhook,
  readWebhookChange,
} from './webhook-body.js'

export interface WebhookRoutes {
  readonly webhooks: Webhooks
  /** Checks the token before the body is read. */
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

/** `/webhooks`, and the routes below it for one webhook. */
export function addWebhookRoutes(server: FastifyInstance, { webhooks, permit, callerOf }: WebhookRoutes): void {
  const read = { onRequest: permit('exports:read') }
  const write = { onRequest: permit('exports:write') }

  server.get('/webhooks', read, (request) => webhooks.list(callerOf(request)).then((all) => ({ webhooks: all })))

  server.post('/webhooks', write, async (request, reply) => {
    const input = readWebhook(request.body)
    if (!input.ok) return sendUnread(reply, input)
    return send(reply, await webhooks.add(callerOf(request), input.value))
  })

  server.patch('/webhooks/:id', write, async (request, reply) => {
    const input = readWebhookChange(request.body)
    if (!input.ok) return sendUnread(reply, input)
    return send(reply, await webhooks.update(callerOf(request), idOf(request), input.value))
  })

  server.delete('/webhooks/:id', write, async (request, reply) =>
    send(reply, await webhooks.remove(callerOf(request), idOf(request))),
  )

  server.post('/webhooks/:id/secrets', write, async (request, reply) => {
    const input = readRotation(request.body)
    if (!input.ok) return sendUnread(reply, input)
    return send(reply, await webhooks.rotateSecret(callerOf(request), idOf(request), input.value.signature))
  })

  server.delete('/webhooks/:id/secrets/:secretId', write, async (request, reply) => {
    const { secretId } = request.params as { readonly secretId: string }
    return send(reply, await webhooks.removeSecret(callerOf(request), idOf(request), secretId))
  })

  server.post('/webhooks/:id/test', write, async (request, reply) => {
    const tested = await webhooks.test(callerOf(request), idOf(request))
    return tested.ok ? { eventId: tested.value.id } : sendRefusal(reply, tested)
  })

  server.post('/webhooks/:id/replay', write, async (request, reply) => {
    const input = readReplay(request.body)
    if (!input.ok) return sendUnread(reply, input)
    const replayed = await webhooks.replay(callerOf(request), idOf(request), input.value)
    return replayed.ok ? { events: replayed.value } : sendRefusal(reply, replayed)
  })

  server.get('/webhooks/:id/deliveries', read, async (request, reply) => {
    const query = readDeliveriesQuery(request.query)
    if (!query.ok) return sendUnread(reply, query)
    const page = await webhooks.deliveries(callerOf(request), idOf(request), query.value)
    return {
      deliveries: page.edges.map(({ node }) => deliveryBody(node)),
      after: page.hasNextPage ? (page.edges.at(-1)?.cursor ?? null) : null,
    }
  })
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id
}

function deliveryBody({ failedAt, ...delivery }: WebhookDelivery) {
  return { ...delivery, status: webhookDeliveryStatus({ ...delivery, failedAt }) }
}

const statuses: Partial<Record<UserErrorCode, { readonly status: number; readonly title: string }>> = {
  NO_SUCH_WEBHOOK: { status: 404, title: 'Not Found' },
  NO_SUCH_SECRET: { status: 404, title: 'Not Found' },
  NO_SUCH_EVENT: { status: 404, title: 'Not Found' },
  LAST_SECRET: { status: 409, title: 'Conflict' },
  TOO_MANY_SECRETS: { status: 409, title: 'Conflict' },
  TOO_MANY_WEBHOOKS: { status: 409, title: 'Conflict' },
  WEBHOOK_NOT_ACTIVE: { status: 409, title: 'Conflict' },
  WEBHOOK_WITHOUT_SECRETS: { status: 409, title: 'Conflict' },
}

/** The codes of problems that only these routes have. */
export const webhookProblemCodes = [...(Object.keys(statuses) as UserErrorCode[]), 'INVALID_WEBHOOK'] as const

function send<T extends object>(reply: FastifyReply, outcome: Outcome<T>): FastifyReply | object {
  return outcome.ok ? outcome.value : sendRefusal(reply, outcome)
}

function sendRefusal(reply: FastifyReply, { userErrors }: Refusal): FastifyReply {
  const code = userErrors[0]?.code
  const known = code && statuses[code]
  const errors = userErrors.map(problemError)
  return sendProblem(reply, {
    ...(known ?? { status: 422, title: 'Unprocessable Content' }),
    detail: errors.map(({ detail }) => detail).join(' '),
    code: known ? code : 'INVALID_WEBHOOK',
    errors,
  })
}

function sendUnread(reply: FastifyReply, { detail }: Extract<ReadBody<unknown>, { ok: false }>): FastifyReply {
  return sendProblem(reply, { status: 400, title: 'Bad Request', detail, code: 'INVALID_BODY' })
}
