import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Webhook } from '../../domain/webhook.js'
import type { Outcome } from '../../services/outcome.js'
import type { WebhookWithSecret } from '../../services/webhooks/add-webhook.js'
import { UserErrorType } from '../user-error.type.js'
import { WebhookType } from './webhook.type.js'

@ObjectType('WebhookPayload', { description: 'The result of a change of a webhook.' })
export class WebhookPayload {
  @Field(() => WebhookType, { nullable: true, description: 'The webhook. Null with user errors.' })
  readonly webhook!: WebhookType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('WebhookSecretPayload', { description: 'The result of a call that makes a secret.' })
export class WebhookSecretPayload {
  @Field(() => WebhookType, { nullable: true, description: 'The webhook. Null with user errors.' })
  readonly webhook!: WebhookType | null

  @Field(() => String, {
    nullable: true,
    description:
      'The new secret of HMAC, `whsec_…`. Store it now: it is never shown again. Null for Ed25519, whose public key is in ' +
      'webhook.secrets, for Slack and Teams, and with user errors.',
  })
  readonly secret!: string | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('TestWebhookPayload', { description: 'The result of the request of a test event.' })
export class TestWebhookPayload {
  @Field(() => ID, {
    nullable: true,
    description:
      'The id of the test event, by which the deliveries of the webhook show what became of it. Null with user errors.',
  })
  readonly eventId!: string | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('ReplayWebhookPayload', { description: 'The result of a replay.' })
export class ReplayWebhookPayload {
  @Field(() => Int, { nullable: true, description: 'The number of events that are sent again. Null with user errors.' })
  readonly events!: number | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

export function toWebhookPayload(outcome: Outcome<Webhook>): WebhookPayload {
  if (!outcome.ok) return { webhook: null, userErrors: outcome.userErrors }
  return { webhook: outcome.value, userErrors: [] }
}

export function toSecretPayload(outcome: Outcome<WebhookWithSecret>): WebhookSecretPayload {
  if (!outcome.ok) return { webhook: null, secret: null, userErrors: outcome.userErrors }
  return { ...outcome.value, userErrors: [] }
}
