import { type Described, namesOf } from '../domain/described.js'
import {
  mostWebhooks,
  webhookDeliveryStatuses,
  webhookDisabledReasons,
  webhookFailures,
  webhookKinds,
  webhookSignatures,
} from '../domain/webhook.js'

const text = (description: string) => ({ type: 'string', description })
const flag = (description: string) => ({ type: 'boolean', description })
const time = (description: string) => ({ type: 'string', format: 'date-time', description })
const nullableText = (description: string) => ({ type: ['string', 'null'], description })
const nullableTime = (description: string) => ({ type: ['string', 'null'], format: 'date-time', description })
const listOf = (items: object, description: string) => ({ type: 'array', items, description })
const words = (values: Described, what: string) => ({
  type: 'string',
  enum: namesOf(values),
  description: `${what} ${namesOf(values)
    .map((name) => `${name}: ${values[name]}`)
    .join(' ')}`,
})
const nullableWords = (values: Described, what: string) => ({
  ...words(values, what),
  type: ['string', 'null'],
  enum: [...namesOf(values), null],
})
const object = (description: string, properties: object, required = Object.keys(properties)) => ({
  description,
  type: 'object',
  properties,
  required,
})
const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const types = {
  type: ['array', 'null'],
  items: { type: 'string' },
  description: 'The types of events that it receives, such as `export.files.delivered`. Null means all types.',
}
const ordered = flag('Whether an event waits until all earlier ones are delivered.')
const label = text('The name of the webhook in lists.')
const kind = words(webhookKinds, 'The form of messages.')
const signature = words(webhookSignatures, 'How messages are signed.')
const withSecret = {
  webhook: schema('Webhook'),
  secret: nullableText(
    'The new secret of HMAC, `whsec_…`. It is never shown again. Null for Ed25519, Slack and Teams.',
  ),
}

export const webhookSchemas = {
  WebhookSecret: object('A secret that signs the messages to an endpoint, without the secret itself.', {
    id: text('The id of the secret.'),
    signature,
    publicKey: nullableText('The public key, `whpk_…`. Null for HMAC.'),
    createdAt: time('The time when the secret was made.'),
    createdBy: text('The subject of the token that added the secret.'),
  }),
  Webhook: object("An endpoint that receives the tenant's events.", {
    id: text('The id of the webhook.'),
    url: text('The URL that events are posted to. For Slack and Teams without its path, which is a secret.'),
    label,
    kind,
    types,
    ordered,
    pausedAt: nullableTime('The time since when the webhook is paused. Null if it is not paused.'),
    disabledAt: nullableTime('The time since when Tidemark sends nothing to it. Null if it is enabled.'),
    disabledReason: nullableWords(webhookDisabledReasons, 'Why it is disabled.'),
    createdAt: time('The time when the webhook was added.'),
    createdBy: text('The subject of the token that added the webhook.'),
    secrets: listOf(schema('WebhookSecret'), 'The secrets, oldest first. Each signs every message.'),
  }),
  Webhooks: object('The webhooks of the tenant.', {
    webhooks: listOf(schema('Webhook'), `The webhooks, oldest first. There are at most ${mostWebhooks}.`),
  }),
  WebhookWithSecret: object('A webhook with its new secret.', withSecret),
  WebhookInput: object(
    'A webhook to add.',
    {
      url: text('The URL: https, port 443 or from 1024 on. It cannot be changed later.'),
      label,
      kind,
      types,
      ordered,
      signature,
    },
    ['url', 'label'],
  ),
  WebhookChange: object(
    'What changes of a webhook. A field that is left out stays as it is.',
    {
      label,
      types,
      ordered,
      paused: flag('True pauses the webhook. False resumes it, and enables it if it is disabled.'),
    },
    [],
  ),
  WebhookRotation: object('How the new secret signs.', { signature }, []),
  WebhookReplayInput: object(
    'Which events are sent again: one, or those of a period. Give eventId, or from and to.',
    {
      eventId: text('The id of one event.'),
      from: time('Only events at this time or later.'),
      to: time('Only events before this time.'),
    },
    [],
  ),
  WebhookTest: object('A test event.', { eventId: text('The id of the test event.') }),
  WebhookReplay: object('A replay.', {
    events: { type: 'integer', description: 'The number of events that are sent again.' },
  }),
  WebhookDelivery: object('What became of one event for one endpoint.', {
    eventId: text('The id of the event, which is also the header `webhook-id`.'),
    number: { type: 'integer', description: "The number of the event among the tenant's events." },
    type: text('The type of the event.'),
    at: time('The time when the event happened.'),
    attempts: {
      type: 'integer',
      description: 'The number of attempts since the event happened, or since its last replay.',
    },
    nextAttemptAt: nullableTime('The time from which the next attempt is made. Null if there is none.'),
    deliveredAt: nullableTime('The time when the event was delivered. Null if it was not.'),
    statusCode: {
      type: ['integer', 'null'],
      description: 'The status code of the last answer. Null without an answer.',
    },
    failure: nullableWords(webhookFailures, 'Why the last attempt has failed.'),
    status: words(webhookDeliveryStatuses, 'What became of the event.'),
  }),
  WebhookDeliveries: object('A page of deliveries, newest events first.', {
    deliveries: listOf(schema('WebhookDelivery'), 'The deliveries of the page.'),
    after: nullableText('The cursor of the next page, for the parameter `after`. Null on the last page.'),
  }),
}
