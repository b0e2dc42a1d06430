import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inParallel } from '../../src/domain/in-parallel.js'
import { eventually } from '../support/eventually.js'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhooks/receiver.js'
import { anActor } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import { createWorld, type World } from '../support/world/world.js'

/** `WEBHOOK_TENANTS=1000` is the size that the documentation names. */
const tenants = Number(process.env['WEBHOOK_TENANTS'] ?? 60)
const pace = { everySeconds: 0.2, leaseSeconds: 10, silentMs: 30_000, confirmMs: 5000 }
const dead = '/dead'

let world: World
let receiver: WebhookReceiver

beforeAll(async () => {
  receiver = await startWebhookReceiver(({ path }) => (path === dead ? undefined : 204))
  world = await createWorld({
    environment: {
      SECRETS_KEY: randomBytes(32).toString('base64'),
      WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
      // One for the endpoint that never answers, and one for all others.
      WEBHOOK_CONCURRENCY: '2',
    },
    worker: false,
  })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

test('the events of many tenants arrive while one endpoint never answers', async () => {
  const { webhooks, transact } = world.useCases
  const ids = Array.from({ length: tenants }, () => newTenant())
  const add = async (tenantId: string, path: string): Promise<void> => {
    const outcome = await webhooks.add(anActor(tenantId, 'admin-1'), { url: receiver.url(path), label: 'loader' })
    expect(outcome.ok).toBe(true)
  }
  await inParallel(ids, 4, (tenantId) => add(tenantId, `/${tenantId}`))
  const [silent] = ids
  if (silent === undefined) throw new Error('no tenant')
  await add(silent, dead)
  await world.startWorker({}, { pace })
  await transact(silent, (unit) => unit.events.keep({ type: 'export.failed', data: {} }))
  await eventually('the endpoint that never answers is tried', () => receiver.of(dead).length > 0)
  await inParallel(ids.slice(1), 4, async (tenantId) => {
    await transact(tenantId, (unit) => unit.events.keep({ type: 'export.failed', data: {} }))
  })
  await eventually('the events of all tenants arrive', () =>
    ids.every((tenantId) => receiver.of(`/${tenantId}`).length > 0),
  )
  for (const tenantId of ids) expect(receiver.of(`/${tenantId}`)).toHaveLength(1)
  const [hook] = (await webhooks.list(anActor(silent, 'admin-1'))).filter(({ url }) => url.endsWith(dead))
  const { edges } = await webhooks.deliveries(anActor(silent, 'admin-1'), hook?.id ?? '', {})
  expect(edges.map(({ node }) => node.deliveredAt)).toEqual([null])
})
