import { namesOf } from '../domain/described.js'
import { webhookDeliveryStatuses } from '../domain/webhook.js'

type UsedProblem =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'TooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooMany'
  | 'InternalError'
  | 'Unavailable'
  | 'NoSuchWebhook'
  | 'WebhookConflict'

interface Parts {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}

/** The OpenAPI descriptions of the routes of `/webhooks`. */
export function webhookPaths({ json, problems, ref, tenantHeader }: Parts) {
  const always = problems('BadRequest', 'Unauthorized', 'Forbidden', 'TooMany', 'InternalError', 'Unavailable')
  const ofOne = { ...always, ...problems('NoSuchWebhook', 'WebhookConflict') }
  const withBody = problems('TooLarge', 'UnsupportedMediaType', 'Invalid')
  const body = (schema: string, required = true) => ({
    requestBody: { required, content: { 'application/json': { schema: ref(schema) } } },
  })
  const parameters = [tenantHeader, inPath('id', 'The id of the webhook.')]
  return {
    '/webhooks': {
      get: {
        ...operation(
          'getWebhooks',
          'Read the webhooks',
          "Returns the endpoints that receive the tenant's events.",
          'read',
        ),
        parameters: [tenantHeader],
        responses: { '200': json('The webhooks.', ref('Webhooks')), ...always },
      },
      post: {
        ...operation(
          'addWebhook',
          'Add a webhook',
          'Adds an endpoint that receives the events from now on. The endpoint must first answer a challenge with ' +
            '`{"challenge": "…"}` and the value of `data.challenge` within 5 seconds.',
        ),
        parameters: [tenantHeader],
        ...body('WebhookInput'),
        responses: {
          '200': json('The webhook and its secret.', ref('WebhookWithSecret')),
          ...always,
          ...problems('WebhookConflict'),
          ...withBody,
        },
      },
    },
    '/webhooks/{id}': {
      patch: {
        ...operation('updateWebhook', 'Change a webhook', 'Changes, pauses, resumes or enables a webhook.'),
        parameters,
        ...body('WebhookChange'),
        responses: { '200': json('The webhook.', ref('Webhook')), ...ofOne, ...withBody },
      },
      delete: {
        ...operation('removeWebhook', 'Remove a webhook', 'Removes a webhook with its secrets and its deliveries.'),
        parameters,
        responses: { '200': json('The removed webhook.', ref('Webhook')), ...ofOne },
      },
    },
    '/webhooks/{id}/secrets': {
      post: {
        ...operation(
          'rotateWebhookSecret',
          'Add a second secret',
          'Adds a second secret. Both sign every message until the old one is removed.',
        ),
        parameters,
        ...body('WebhookRotation', false),
        responses: { '200': json('The webhook and its new secret.', ref('WebhookWithSecret')), ...ofOne, ...withBody },
      },
    },
    '/webhooks/{id}/secrets/{secretId}': {
      delete: {
        ...operation('removeWebhookSecret', 'Remove a secret', 'Removes a secret. The last one cannot be removed.'),
        parameters: [...parameters, inPath('secretId', 'The id of the secret.')],
        responses: { '200': json('The webhook.', ref('Webhook')), ...ofOne },
      },
    },
    '/webhooks/{id}/test': {
      post: {
        ...operation('testWebhook', 'Test a webhook', 'Sends an event of the type `test` to the webhook.'),
        parameters,
        responses: { '200': json('The test event.', ref('WebhookTest')), ...ofOne },
      },
    },
    '/webhooks/{id}/replay': {
      post: {
        ...operation('replayWebhookDeliveries', 'Send events again', 'Sends one event, or those of a period, again.'),
        parameters,
        ...body('WebhookReplayInput'),
        responses: { '200': json('The replay.', ref('WebhookReplay')), ...ofOne, ...withBody },
      },
    },
    '/webhooks/{id}/deliveries': {
      get: {
        ...operation(
          'getWebhookDeliveries',
          'Read the deliveries of a webhook',
          'Returns what became of the events of the last 90 days, newest first.',
          'read',
        ),
        parameters: [
          ...parameters,
          inQuery('first', 'The maximum number of deliveries, 1 to 100.', { type: 'integer', default: 20 }),
          inQuery('after', 'The cursor from the page before.', { type: 'string' }),
          inQuery('status', 'Only deliveries with this status.', {
            type: 'string',
            enum: namesOf(webhookDeliveryStatuses),
          }),
        ],
        responses: { '200': json('The page.', ref('WebhookDeliveries')), ...always },
      },
    },
  }
}

function operation(operationId: string, summary: string, what: string, scope: 'read' | 'write' = 'write') {
  return { operationId, summary, description: `${what} Requires the scope exports:${scope}.` }
}

function inPath(name: string, description: string) {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

function inQuery(name: string, description: string, schema: object) {
  return { name, in: 'query', description, schema }
}
