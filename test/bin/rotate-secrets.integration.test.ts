import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSecretBox, secretKeyId } from '../../src/secrets/secret-box.js'
import { webhookSecretContext } from '../../src/domain/webhook.js'
import { startProgram } from '../support/programs/program.js'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhooks/receiver.js'
import { anActor } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import { createWorld, type World } from '../support/world/world.js'

const [old, next] = [randomBytes(32), randomBytes(32)]
let world: World
let receiver: WebhookReceiver
beforeAll(async () => {
  receiver = await startWebhookReceiver()
  const environment = { SECRETS_KEY: old.toString('base64'), WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' }
  world = await createWorld({ environment, worker: false })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

async function rotate(environment: Record<string, string>) {
  const { SECRETS_KEY: _before, ...others } = world.environment
  const command = startProgram('cli', ['secrets', 'rotate', '--json'], { ...others, ...environment })
  return { code: await command.exitCode(), result: command.result(), output: command.output() }
}

test('secrets rotate encrypts the secrets of all tenants with the new key, and can be repeated', async () => {
  const tenantId = newTenant()
  const outcome = await world.useCases.webhooks.add(anActor(tenantId, 'admin-1'), {
    url: receiver.url('/'),
    label: 'x',
  })
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  const keys = { SECRETS_KEY: next.toString('base64'), SECRETS_KEY_PREVIOUS: old.toString('base64') }
  const first = await rotate(keys)
  expect(first).toMatchObject({ code: 0 })
  expect(JSON.parse(first.result)).toEqual({ keyId: secretKeyId(next), tenants: 1, secrets: 1 })
  expect(JSON.parse((await rotate(keys)).result)).toMatchObject({ secrets: 0 })
  const [row] = await world.own(`SELECT sealed, key_id FROM tidemark.webhook_secret WHERE tenant_id = '${tenantId}'`)
  const sealed = { sealed: row?.['sealed'] as Buffer, keyId: String(row?.['key_id']) }
  const context = webhookSecretContext(tenantId, outcome.value.webhook.id)
  const opened = createSecretBox({ current: next }).open(sealed, context)
  expect(`whsec_${opened.toString('base64')}`).toBe(outcome.value.secret)
})

test('secrets rotate without the previous key changes nothing, and says which setting is missing', async () => {
  const refused = await rotate({ SECRETS_KEY: randomBytes(32).toString('base64') })
  expect(refused.code).toBe(1)
  expect(refused.output).toContain('SECRETS_KEY_PREVIOUS')
  expect((await rotate({})).output).toContain('SECRETS_KEY is required')
})
