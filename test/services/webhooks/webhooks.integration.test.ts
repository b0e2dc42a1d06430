import { randomBytes } from 'node:crypto'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../../src/domain/actor.js'
import { createSecretBox, type SecretBox } from '../../../src/secrets/secret-box.js'
import { rewrapSecrets } from '../../../src/services/webhooks/rewrap-secrets.js'
import type { WebhookInput } from '../../../src/services/webhooks/webhook-input.js'
import { createWebhooks, type Webhooks } from '../../../src/services/webhooks/webhooks.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { isPublicAddress } from '../../../src/webhooks/public-address.js'
import type { WebhookAnswer, WebhookMessage } from '../../../src/webhooks/sender.js'
import { newSigningSecret, signedHeaders } from '../../../src/webhooks/signing.js'
import { anActor } from '../../support/world/builders.js'
import { newTenant, openStores, type Stores } from '../../support/world/stores.js'

const key = randomBytes(32)
let stores: Stores
let webhooks: Webhooks
let log = ''
const logger = createLogger({ level: 'trace', destination: { write: (line) => void (log += line) } })
const posted: WebhookMessage[] = []
let answer: (message: WebhookMessage) => WebhookAnswer

function echo({ body }: WebhookMessage): WebhookAnswer {
  const { data } = JSON.parse(body) as { readonly data?: { readonly challenge: string } }
  return { statusCode: 200, text: JSON.stringify({ challenge: data?.challenge }) }
}

const webhooksWith = (secrets: SecretBox | undefined) =>
  createWebhooks({
    ...stores,
    ...{ secrets, newSigningSecret, signedHeaders, isPublicAddress, allowPrivate: false },
    sender: {
      send: async (message) => {
        posted.push(message)
        return answer(message)
      },
    },
    events: createEvents(logger),
  })

beforeAll(async () => {
  stores = await openStores()
  webhooks = webhooksWith(createSecretBox({ current: key }))
  answer = echo
})
afterAll(() => stores[Symbol.asyncDispose]())

const actor = (tenantId = newTenant()): Actor => anActor(tenantId, 'admin-1')
const input = { url: 'https://hooks.example.net/in?token=url-token', label: 'warehouse' }

async function added(who: Actor, more: Partial<WebhookInput> = {}) {
  const outcome = await webhooks.add(who, { ...input, ...more })
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

const codesOf = (outcome: Awaited<ReturnType<Webhooks['add' | 'update' | 'test' | 'replay' | 'removeSecret']>>) =>
  outcome.ok ? [] : outcome.userErrors.map(({ code }) => code)

describe('the challenge before a webhook is stored', () => {
  test('an endpoint that repeats the challenge is added, and its secret verifies the challenge', async () => {
    const who = actor()
    const { webhook, secret } = await added(who)
    const challenge = posted.at(-1)
    const body = new StandardWebhook(secret ?? '').verify(challenge?.body ?? '', { ...challenge?.headers })
    expect(body).toMatchObject({ type: 'webhook.challenge', tenantId: who.tenantId })
    expect(await webhooks.list(who)).toEqual([webhook])
    expect(webhook).toMatchObject({ ...input, kind: 'STANDARD', types: null, ordered: false, createdBy: 'admin-1' })
  })

  test.each<[string, WebhookAnswer]>([
    ['another value', { statusCode: 200, text: '{"challenge":"other"}' }],
    ['nothing', { statusCode: 204, text: '' }],
    ['a failure', { failure: 'REJECTED', statusCode: 500, text: '' }],
    ['a redirect', { failure: 'REDIRECTED', statusCode: 302, text: '' }],
    ['no answer', { failure: 'TIMEOUT', statusCode: null, text: '' }],
    ['a refused address', { failure: 'ADDRESS_REFUSED', statusCode: null, text: '' }],
  ])('an endpoint that answers the challenge with %s is refused, and nothing is stored', async (_, wrong) => {
    const who = actor()
    answer = () => wrong
    const outcome = await webhooks.add(who, input)
    answer = echo
    expect(codesOf(outcome)).toEqual(['WEBHOOK_NOT_CONFIRMED'])
    expect(await webhooks.list(who)).toEqual([])
    expect(await stores.query('SELECT 1 FROM audit_event WHERE tenant_id = $1', [who.tenantId])).toEqual([])
  })

  test('an endpoint of Slack gets a message instead, and its URL is stored encrypted and shown without its path', async () => {
    const who = actor()
    const url = 'https://hooks.slack.com/services/T0/B0/slack-secret'
    const { webhook, secret } = await added(who, { url, kind: 'SLACK' })
    expect(posted.at(-1)).toMatchObject({ url, body: expect.stringContaining('"text":"Tidemark: ') as string })
    expect([webhook.url, webhook.secrets, secret]).toEqual(['https://hooks.slack.com/…', [], null])
    const endpoints = JSON.stringify(await stores.query('SELECT * FROM webhook_endpoint'))
    const audit = JSON.stringify(await stores.query('SELECT * FROM audit_event'))
    expect(endpoints + audit + log).not.toContain('slack-secret')
    expect(await webhooks.rotateSecret(who, webhook.id, null)).toMatchObject({
      userErrors: [{ code: 'WEBHOOK_WITHOUT_SECRETS' }],
    })
  })

  test('no endpoint is called for an input that is wrong, and all that is wrong is named', async () => {
    const before = posted.length
    const outcome = await webhooks.add(actor(), { url: 'https://127.0.0.1/', label: ' ', types: ['export.unknown'] })
    expect(codesOf(outcome)).toEqual(['INVALID_WEBHOOK_URL', 'INVALID_LABEL', 'INVALID_WEBHOOK'])
    expect(codesOf(await webhooks.add(actor(), { ...input, types: [] }))).toEqual(['INVALID_WEBHOOK'])
    expect(posted).toHaveLength(before)
  })

  test('a tenant has at most ten webhooks, also if calls come at the same time', async () => {
    const who = actor()
    const many = await Promise.all(Array.from({ length: 14 }, () => webhooks.add(who, input)))
    expect(many.filter(({ ok }) => ok)).toHaveLength(10)
    expect(new Set(many.flatMap(codesOf))).toEqual(new Set(['TOO_MANY_WEBHOOKS']))
  })
})

describe('secrets of webhooks', () => {
  test('a webhook has two secrets during a rotation, never three, and never none', async () => {
    const who = actor()
    const { webhook } = await added(who)
    const rotated = await webhooks.rotateSecret(who, webhook.id, 'ED25519')
    if (!rotated.ok) throw new Error('not rotated')
    expect(rotated.value.secret).toBeNull()
    expect(rotated.value.webhook.secrets.map(({ signature }) => signature)).toEqual(['HMAC', 'ED25519'])
    expect(await webhooks.rotateSecret(who, webhook.id, null)).toMatchObject({
      userErrors: [{ code: 'TOO_MANY_SECRETS' }],
    })
    const [old, next] = rotated.value.webhook.secrets
    expect(codesOf(await webhooks.removeSecret(who, webhook.id, 'x'))).toEqual(['NO_SUCH_SECRET'])
    expect(codesOf(await webhooks.removeSecret(who, webhook.id, old?.id ?? ''))).toEqual([])
    expect(codesOf(await webhooks.removeSecret(who, webhook.id, next?.id ?? ''))).toEqual(['LAST_SECRET'])
  })

  test('no secret is in a table, in the audit log or in the log of the process', async () => {
    const who = actor()
    const { webhook, secret } = await added(who)
    await webhooks.rotateSecret(who, webhook.id, 'ED25519')
    const bytes = Buffer.from((secret ?? '').replace('whsec_', ''), 'base64')
    const rows = await stores.query('SELECT encode(sealed, $1) AS hex FROM webhook_secret', ['hex'])
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(bytes.toString('hex'))
    const audit = JSON.stringify(await stores.query('SELECT * FROM audit_event WHERE tenant_id = $1', [who.tenantId]))
    expect(audit).toContain('hooks.example.net')
    for (const hidden of [secret ?? 'none', 'url-token']) expect(audit + log).not.toContain(hidden)
  })

  test('after a change of SECRETS_KEY, all secrets are encrypted again, and the previous key is not needed', async () => {
    const who = actor()
    await added(who)
    const next = randomBytes(32)
    const during = createSecretBox({ current: next, previous: key })
    const first = await rewrapSecrets({ ...stores, secrets: during })
    expect(first).toMatchObject({ keyId: during.keyId })
    expect(first.secrets).toBeGreaterThan(0)
    expect(await rewrapSecrets({ ...stores, secrets: during })).toMatchObject({ secrets: 0, tenants: 0 })
    const after = createSecretBox({ current: next })
    const back = await rewrapSecrets({ ...stores, secrets: createSecretBox({ current: key, previous: next }) })
    expect(back.secrets).toBe(first.secrets)
    expect(after.keyId).toBe(during.keyId)
  })

  test('without SECRETS_KEY no webhook can be added, and the error names the setting', async () => {
    const outcome = await webhooksWith(undefined).add(actor(), input)
    expect(outcome).toMatchObject({
      userErrors: [{ code: 'WEBHOOKS_UNAVAILABLE', message: expect.stringContaining('SECRETS_KEY') as string }],
    })
  })
})

describe('a webhook and its tenant', () => {
  test('a tenant cannot read, change, test or remove the webhook of another tenant', async () => {
    const [one, other] = [actor(), actor()]
    const { id, secrets } = (await added(one)).webhook
    const secretId = secrets[0]?.id ?? ''
    for (const wrong of [id, id.toUpperCase(), `${id}'`, '', '%', '../']) {
      const outcomes = [
        await webhooks.update(other, wrong, { paused: true }),
        await webhooks.remove(other, wrong),
        await webhooks.removeSecret(other, wrong, secretId),
        await webhooks.test(other, wrong),
        await webhooks.replay(other, wrong, { eventId: id }),
      ]
      expect(outcomes.flatMap(codesOf)).toEqual(Array.from({ length: 5 }, () => 'NO_SUCH_WEBHOOK'))
      expect((await webhooks.deliveries(other, wrong, {})).edges).toEqual([])
    }
    expect(await webhooks.list(one)).toMatchObject([{ id, pausedAt: null }])
  })

  test('each change is in the audit log, and an update changes only what it names', async () => {
    const who = actor()
    const { webhook } = await added(who, { types: ['export.failed', 'export.failed'] })
    expect(webhook.types).toEqual(['export.failed'])
    await webhooks.update(who, webhook.id, { paused: true, label: null })
    await webhooks.update(who, webhook.id, { types: null, ordered: true })
    await webhooks.update(who, webhook.id, { paused: false })
    const [changed] = await webhooks.list(who)
    expect(changed).toEqual({ ...webhook, types: null, ordered: true })
    await webhooks.test(who, webhook.id)
    await webhooks.remove(who, webhook.id)
    const rows = await stores.query('SELECT action FROM audit_event WHERE tenant_id = $1 ORDER BY at, id', [
      who.tenantId,
    ])
    expect(rows.map(({ action }) => action).toSorted()).toEqual(
      [
        'WEBHOOK_ADDED',
        ...Array.from({ length: 3 }, () => 'WEBHOOK_CHANGED'),
        'WEBHOOK_TESTED',
        'WEBHOOK_REMOVED',
      ].toSorted(),
    )
    expect(await stores.query('SELECT 1 FROM webhook_secret WHERE endpoint_id = $1', [webhook.id])).toEqual([])
  })

  test('a paused webhook gets no test and no replay, until it is resumed', async () => {
    const who = actor()
    const { webhook } = await added(who)
    await webhooks.update(who, webhook.id, { paused: true })
    expect(codesOf(await webhooks.test(who, webhook.id))).toEqual(['WEBHOOK_NOT_ACTIVE'])
    const period = { from: new Date(0), to: new Date() }
    expect(codesOf(await webhooks.replay(who, webhook.id, period))).toEqual(['WEBHOOK_NOT_ACTIVE'])
    await webhooks.update(who, webhook.id, { paused: false })
    expect(codesOf(await webhooks.replay(who, webhook.id, period))).toEqual(['NO_EVENTS'])
    expect(codesOf(await webhooks.replay(who, webhook.id, { from: period.to, to: period.from }))).toEqual([
      'INVALID_PERIOD',
    ])
    expect(codesOf(await webhooks.replay(who, webhook.id, { eventId: webhook.id }))).toEqual(['NO_SUCH_EVENT'])
  })
})
