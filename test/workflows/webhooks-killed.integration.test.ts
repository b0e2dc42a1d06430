import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { startProgram } from '../support/programs/program.js'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhooks/receiver.js'
import { anActor } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let receiver: WebhookReceiver
let isAnswering = false

beforeAll(async () => {
  receiver = await startWebhookReceiver(() => (isAnswering ? 204 : undefined))
  const environment = { SECRETS_KEY: randomBytes(32).toString('base64'), WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' }
  world = await createWorld({ environment, worker: false })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

test('an event whose worker is killed after it was sent, and before that is recorded, is sent again by another worker', async () => {
  const who = anActor(newTenant(), 'admin-1')
  const { webhooks, transact } = world.useCases
  const added = await webhooks.add(who, { url: receiver.url('/'), label: 'loader' })
  if (!added.ok) throw new Error(added.userErrors[0]?.message)
  const worker = startProgram('worker', [], world.environment)
  await transact(who.tenantId, (unit) => unit.events.keep({ type: 'export.failed', data: {} }))
  await eventually('the event is sent', () => receiver.messages.length > 0)
  worker.signal('SIGKILL')
  await worker.exitCode()
  isAnswering = true
  await world.startWorker()
  const delivery = await eventually('the event is delivered', async () => {
    const { edges } = await webhooks.deliveries(who, added.value.webhook.id, {})
    return edges.find(({ node }) => node.deliveredAt !== null)?.node
  })
  expect(delivery).toMatchObject({ number: 1, statusCode: 204 })
  expect(receiver.messages.length).toBeGreaterThanOrEqual(2)
  expect(new Set(receiver.messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})
