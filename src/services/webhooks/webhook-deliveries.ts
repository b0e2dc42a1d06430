import type { Replay } from '../../database/webhooks/replay.js'
import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { TenantEvent } from '../../domain/event.js'
import { testEvent } from '../../domain/events/tenant-events.js'
import {
  mostReplayedEvents,
  type Webhook,
  type WebhookDelivery,
  type WebhookDeliveryStatus,
} from '../../domain/webhook.js'
import { ok, type Outcome, refused, type Refusal } from '../outcome.js'
import { InvalidPageError, type Page, pageLimits } from '../page.js'
import { isUuid, noSuchWebhook, type WebhooksDependencies } from './dependencies.js'

export interface WebhookDeliveriesArguments {
  /** 1 to 100, 20 by default. */
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly status?: WebhookDeliveryStatus | null | undefined
}

/** One event, or those of a period. */
export interface ReplayInput {
  readonly eventId?: string | null | undefined
  /** Inclusive. */
  readonly from?: Date | null | undefined
  /** Exclusive. */
  readonly to?: Date | null | undefined
}

/** Newest events first. @throws InvalidPageError */
export async function deliveriesPage(
  { webhooks }: WebhooksDependencies,
  { tenantId }: Actor,
  webhookId: string,
  { first, after, status = null }: WebhookDeliveriesArguments,
): Promise<Page<WebhookDelivery>> {
  const { size, cursor } = pageLimits({ first, after })
  const before = cursor == null ? null : decodeCursor(cursor)
  const found = isUuid(webhookId)
    ? await webhooks.deliveries(tenantId, webhookId, { take: size + 1, before, status })
    : []
  return {
    edges: found.slice(0, size).map((node) => ({ cursor: encodeCursor(node.number), node })),
    hasNextPage: found.length > size,
    hasPreviousPage: before !== null,
  }
}

function encodeCursor(number: number): string {
  return Buffer.from(`event ${number}`).toString('base64url')
}

function decodeCursor(cursor: string): number {
  const [, number] = /^event (\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (number === undefined) throw new InvalidPageError('The cursor is invalid. Pass a cursor that this API returned.')
  return Number(number)
}

/** Keeps a test event, which only this endpoint receives. */
export async function testWebhook(
  { transact, events: log }: WebhooksDependencies,
  actor: Actor,
  id: string,
): Promise<Outcome<TenantEvent>> {
  if (!isUuid(id)) return { ok: false, userErrors: [noSuchWebhook] }
  const outcome = await transact<Outcome<TenantEvent & { readonly webhook: Webhook }>>(
    actor.tenantId,
    async ({ webhooks, audit, events }) => {
      const webhook = await webhooks.find(id.toLowerCase())
      const refusal = refusalOf(webhook)
      if (refusal || !webhook) return refusal ?? notThere
      await audit.keep(auditEntry(actor, 'WEBHOOK_TESTED', { target: webhook.id }))
      const [event] = await events.keep(testEvent(actor, webhook.id))
      if (!event) throw new Error('an event without a key was not kept')
      return ok({ ...event, webhook })
    },
  )
  if (outcome.ok) log.webhookChanged(actor, 'WEBHOOK_TESTED', outcome.value.webhook)
  return outcome
}

/** Sends events again, and returns their number. Receivers know them by their ids. */
export async function replayDeliveries(
  { transact, events }: WebhooksDependencies,
  actor: Actor,
  id: string,
  input: ReplayInput,
): Promise<Outcome<number>> {
  if (!isUuid(id)) return { ok: false, userErrors: [noSuchWebhook] }
  const what = replayOf(input)
  if (!what.ok) return what
  const outcome = await transact<Outcome<{ readonly count: number; readonly webhook: Webhook }>>(
    actor.tenantId,
    async ({ webhooks, audit }) => {
      const webhook = await webhooks.find(id.toLowerCase())
      const refusal = refusalOf(webhook)
      if (refusal || !webhook) return refusal ?? notThere
      const count = await webhooks.replay(webhook, what.value, mostReplayedEvents)
      if (count === 0) return 'eventId' in what.value ? noSuchEvent : noEvents
      if (count > mostReplayedEvents) return tooManyEvents
      await audit.keep(
        auditEntry(actor, 'WEBHOOK_REPLAYED', { target: webhook.id, after: { ...what.value, events: count } }),
      )
      return ok({ count, webhook })
    },
    { lock: 'webhooks' },
  )
  if (!outcome.ok) return outcome
  events.webhookChanged(actor, 'WEBHOOK_REPLAYED', outcome.value.webhook)
  return ok(outcome.value.count)
}

function replayOf({ eventId, from, to }: ReplayInput): Outcome<Replay> {
  if (eventId != null && from == null && to == null) {
    return isUuid(eventId) ? ok({ eventId: eventId.toLowerCase() }) : noSuchEvent
  }
  if (eventId != null || from == null || to == null) {
    return refused('INVALID_PERIOD', 'Give either eventId, or from and to. Nothing was changed.', ['input'])
  }
  if (from.getTime() < to.getTime()) return ok({ from, to })
  return refused('INVALID_PERIOD', 'The period ends before it begins. Give a `to` that is later than `from`.', [
    'input',
    'to',
  ])
}

const notThere: Refusal = { ok: false, userErrors: [noSuchWebhook] }

function refusalOf(webhook: Webhook | undefined): Refusal | undefined {
  if (!webhook) return notThere
  if (webhook.pausedAt === null && webhook.disabledAt === null) return undefined
  const state = webhook.disabledAt === null ? 'paused' : 'disabled'
  return refused(
    'WEBHOOK_NOT_ACTIVE',
    `The webhook is ${state}. Call updateWebhook with paused: false first. Nothing was changed.`,
    ['id'],
  )
}

const noSuchEvent = refused(
  'NO_SUCH_EVENT',
  'There is no event with that id, or it was removed after its retention time. Nothing was changed.',
  ['input', 'eventId'],
)
const noEvents = refused(
  'NO_EVENTS',
  'The period has no event that this webhook receives. Choose another period. Nothing was changed.',
  ['input'],
)
const tooManyEvents = refused(
  'TOO_MANY_EVENTS',
  `The period has more than ${mostReplayedEvents} events. Choose a shorter period. Nothing was changed.`,
  ['input'],
)
