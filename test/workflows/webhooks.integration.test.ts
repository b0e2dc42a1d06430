import { randomBytes } from 'node:crypto'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../../src/domain/actor.js'
import type { NewEvent } from '../../src/domain/event.js'
import { webhookWaits } from '../../src/domain/webhook-retry.js'
import type { WebhookInput } from '../../src/services/webhooks/webhook-input.js'
import { eventually } from '../support/eventually.js'
import {
  type ReceivedMessage,
  type ReceiverAnswer,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../support/webhooks/receiver.js'
import { anActor } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import { createWorld, type World } from '../support/world/world.js'

const pace = { everySeconds: 0.2, leaseSeconds: 10, silentMs: 30_000, confirmMs: 5000 }
/** Three days pass in about half a second. */
const retryUnitMs = 0.002

let world: World
let receiver: WebhookReceiver
let answerOf: (message: ReceivedMessage) => ReceiverAnswer

beforeAll(async () => {
  receiver = await startWebhookReceiver((message) => answerOf(message))
  world = await createWorld({
    environment: { SECRETS_KEY: randomBytes(32).toString('base64'), WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' },
    worker: false,
  })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})
afterEach(() => world.stopWorkers())

const startWorker = (unitMs = retryUnitMs) => world.startWorker({}, { pace, webhooks: { retryUnitMs: unitMs } })
let paths = 0

/** A tenant with a webhook of its own, and what its endpoint has received. */
async function aWebhook(more: Partial<WebhookInput> = {}, who: Actor = anActor(newTenant(), 'admin-1')) {
  const path = `/hook-${(paths += 1)}`
  const outcome = await world.useCases.webhooks.add(who, { url: receiver.url(path), label: 'loader', ...more })
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  const { webhook, secret } = outcome.value
  const received = () => receiver.of(path)
  return {
    who,
    path,
    id: webhook.id,
    secret: secret ?? '',
    received,
    keep: (...events: NewEvent[]) => world.useCases.transact(who.tenantId, (unit) => unit.events.keep(...events)),
    numbers: () => received().map(({ event }) => event.number),
    deliveries: async () =>
      (await world.useCases.webhooks.deliveries(who, webhook.id, { first: 100 })).edges.map(({ node }) => node),
    current: async () => (await world.useCases.webhooks.list(who)).find(({ id }) => id === webhook.id),
  }
}

const anEvent = (n = 0): NewEvent => ({ type: 'export.failed', data: { n } })
const areDelivered = (hook: Awaited<ReturnType<typeof aWebhook>>, count: number) =>
  eventually(`${count} events are delivered`, async () => {
    const found = await hook.deliveries()
    return found.length === count && found.every(({ deliveredAt }) => deliveredAt !== null) && found
  })

test('an event arrives signed, with the body that the API documents, and its delivery is recorded', async () => {
  answerOf = () => 204
  await startWorker()
  const hook = await aWebhook()
  const [event] = await hook.keep(anEvent(1))
  const [delivery] = await areDelivered(hook, 1)
  expect(delivery).toMatchObject({ number: 1, attempts: 1, statusCode: 204, failure: null, nextAttemptAt: null })
  const [message] = hook.received()
  expect(message?.headers['webhook-id']).toBe(event?.id)
  const headers = message?.headers as Record<string, string>
  expect(new StandardWebhook(hook.secret).verify(message?.body ?? '', headers)).toEqual({
    id: event?.id,
    type: 'export.failed',
    version: 1,
    timestamp: event?.at.toISOString(),
    number: 1,
    tenantId: hook.who.tenantId,
    data: { n: 1 },
  })
})

test('a webhook receives only the types of its filter, and events from before it was added only by replay', async () => {
  answerOf = () => 204
  await startWorker()
  const who = anActor(newTenant(), 'admin-1')
  const first = await aWebhook({}, who)
  const [early] = await first.keep(anEvent(1))
  await areDelivered(first, 1)
  const hook = await aWebhook({ types: ['export.recovered'] }, who)
  await hook.keep(anEvent(2), { type: 'export.recovered', data: {} })
  await areDelivered(hook, 1)
  expect(hook.numbers()).toEqual([3])
  expect(await world.useCases.webhooks.replay(who, hook.id, { eventId: early?.id ?? '' })).toEqual({
    ok: true,
    value: 1,
  })
  await areDelivered(hook, 2)
  expect(hook.numbers()).toEqual([3, 1])
})

test('a test event arrives at the webhook that it tests, whatever its filter, and at no other', async () => {
  answerOf = () => 204
  await startWorker()
  const tested = await aWebhook({ types: ['export.recovered'] })
  const other = await aWebhook({}, tested.who)
  const outcome = await world.useCases.webhooks.test(tested.who, tested.id)
  await areDelivered(tested, 1)
  expect(tested.received()[0]?.event).toMatchObject({ id: outcome.ok && outcome.value.id, type: 'test' })
  await other.keep(anEvent())
  await areDelivered(other, 1)
  expect(other.received().map(({ event }) => event.type)).toEqual(['export.failed'])
})

test('an endpoint that fails is tried again with the waits of three days, and then it is disabled and reported', async () => {
  answerOf = () => 500
  await startWorker()
  const hook = await aWebhook()
  await hook.keep(anEvent())
  const disabled = await eventually('the webhook is disabled', async () => {
    const found = await hook.current()
    return found?.disabledAt && found
  })
  expect(disabled.disabledReason).toBe('FAILING')
  expect(hook.received()).toHaveLength(webhookWaits.length + 1)
  expect(new Set(hook.received().map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(await hook.deliveries()).toMatchObject([{ statusCode: 500, failure: 'REJECTED', nextAttemptAt: null }])
  const openIncidents = () =>
    world.own(`SELECT a.message FROM tidemark.incident i JOIN tidemark.incident_affected a ON a.incident_id = i.id
      WHERE i.code = 'WEBHOOK_DISABLED' AND i.resolved_at IS NULL AND a.ended_at IS NULL
        AND a.tenant_id = '${hook.who.tenantId}'`)
  await eventually('operators are alerted', async () => (await openIncidents()).length === 1)
  // A webhook that is enabled again gets what came meanwhile, and by replay what has failed.
  answerOf = () => 204
  await hook.keep(anEvent(2))
  await world.useCases.webhooks.update(hook.who, hook.id, { paused: false })
  await eventually('the second event arrives', () => hook.numbers().at(-1) === 2)
  const period = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) }
  expect(await world.useCases.webhooks.replay(hook.who, hook.id, period)).toMatchObject({ ok: true })
  await areDelivered(hook, 2)
  await eventually('the incident is resolved', async () => (await openIncidents()).length === 0)
})

test('the status code 410 disables a webhook at once, and no operator is alerted', async () => {
  answerOf = () => 410
  await startWorker()
  const hook = await aWebhook()
  await hook.keep(anEvent())
  const disabled = await eventually('the webhook is disabled', async () => {
    const found = await hook.current()
    return found?.disabledAt && found
  })
  expect([disabled.disabledReason, hook.received().length]).toEqual(['GONE', 1])
  expect(await world.own(`SELECT * FROM tidemark.webhook_endpoint WHERE disabled_reason = 'FAILING'`)).toEqual([])
})

test('in an ordered webhook each event waits for the earlier ones, in any other one only the failed event waits', async () => {
  const isFirst = ({ event }: ReceivedMessage) => event.number === 1
  answerOf = (message) => (isFirst(message) ? { status: 503, headers: { 'retry-after': '600' } } : 204)
  await startWorker(100)
  const ordered = await aWebhook({ ordered: true })
  const other = await aWebhook()
  await ordered.keep(anEvent(1), anEvent(2), anEvent(3))
  await other.keep(anEvent(1), anEvent(2), anEvent(3))
  await eventually('the other events arrive', () => other.numbers().filter((number) => number !== 1).length === 2)
  await eventually('the first event is tried', () => ordered.numbers().length === 1)
  expect(ordered.numbers()).toEqual([1])
  answerOf = () => 204
  await world.useCases.webhooks.replay(ordered.who, ordered.id, { eventId: ordered.received()[0]?.event.id ?? '' })
  await areDelivered(ordered, 3)
  expect(ordered.numbers()).toEqual([1, 1, 2, 3])
})

test('a paused webhook receives nothing, and everything that waits when it is resumed', async () => {
  answerOf = () => 204
  await startWorker()
  const hook = await aWebhook({ ordered: true })
  const { webhooks } = world.useCases
  await webhooks.update(hook.who, hook.id, { paused: true })
  await hook.keep(anEvent(1), anEvent(2))
  const witness = await aWebhook({}, hook.who)
  await witness.keep(anEvent(3))
  await areDelivered(witness, 1)
  expect(hook.received()).toEqual([])
  await webhooks.update(hook.who, hook.id, { paused: false })
  await areDelivered(hook, 3)
  expect(hook.numbers()).toEqual([1, 2, 3])
})

test('an event that is kept while no worker runs arrives when a worker runs again', async () => {
  answerOf = () => 204
  const hook = await aWebhook()
  await hook.keep(anEvent())
  await startWorker()
  await areDelivered(hook, 1)
  expect(hook.numbers()).toEqual([1])
})

test('a worker that stops while an endpoint is slow leaves the event to the next worker', async () => {
  answerOf = () => undefined
  await startWorker()
  const hook = await aWebhook()
  await hook.keep(anEvent())
  await eventually('the event is sent', () => hook.received().length === 1)
  await world.stopWorkers()
  answerOf = () => 204
  await startWorker()
  await areDelivered(hook, 1)
  expect(new Set(hook.received().map(({ event }) => event.id)).size).toBe(1)
})

test('during a rotation both secrets verify a message, and afterwards only the new one', async () => {
  answerOf = () => 204
  await startWorker()
  const hook = await aWebhook()
  const { webhooks } = world.useCases
  const rotated = await webhooks.rotateSecret(hook.who, hook.id, null)
  if (!rotated.ok) throw new Error('not rotated')
  await hook.keep(anEvent(1))
  await areDelivered(hook, 1)
  await webhooks.removeSecret(hook.who, hook.id, rotated.value.webhook.secrets[0]?.id ?? '')
  await hook.keep(anEvent(2))
  await areDelivered(hook, 2)
  const isValid = (secret: string) =>
    hook.received().map(({ body, headers }) => {
      try {
        new StandardWebhook(secret).verify(body, headers as Record<string, string>)
        return true
      } catch {
        return false
      }
    })
  expect(isValid(hook.secret)).toEqual([true, false])
  expect(isValid(rotated.value.secret ?? '')).toEqual([true, true])
})
