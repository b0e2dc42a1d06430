import { Field, ID, ObjectType } from 'type-graphql'
import type { EventType } from '../../domain/event.js'
import {
  mostWebhookSecrets,
  type Webhook,
  type WebhookDisabledReason,
  type WebhookKind,
  type WebhookSecret,
  type WebhookSignature,
} from '../../domain/webhook.js'
import { ExportEventType } from '../event/event.type.js'
import { listComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { WebhookDisabledReasonEnum, WebhookKindEnum, WebhookSignatureEnum } from './webhook.enums.js'

@ObjectType('WebhookSecret', {
  description: 'A secret that signs the messages to an endpoint, without the secret itself.',
})
export class WebhookSecretType implements WebhookSecret {
  @Field(() => ID, { description: 'The id that removeWebhookSecret takes.' })
  readonly id!: string

  @Field(() => WebhookSignatureEnum, { description: 'How the secret signs.' })
  readonly signature!: WebhookSignature

  @Field(() => String, {
    nullable: true,
    description: 'The public key, `whpk_…`, with which the receiver verifies signatures. Null for HMAC.',
  })
  readonly publicKey!: string | null

  @Field(() => DateTime, { description: 'The time when the secret was made.' })
  readonly createdAt!: Date

  @Field(() => String, { description: 'The subject of the token that added the secret.' })
  readonly createdBy!: string
}

@ObjectType('Webhook', { description: "An endpoint that receives the tenant's events." })
export class WebhookType implements Webhook {
  @Field(() => ID, { description: 'The id of the webhook.' })
  readonly id!: string

  @Field(() => String, {
    description: 'The URL that events are posted to. For Slack and Teams without its path, which is a secret.',
  })
  readonly url!: string

  @Field(() => String, { description: 'The name of the webhook in lists.' })
  readonly label!: string

  @Field(() => WebhookKindEnum, { description: 'The form in which the endpoint receives events.' })
  readonly kind!: WebhookKind

  @Field(() => [ExportEventType], {
    nullable: true,
    description: 'The types of events that the endpoint receives. Null means all types.',
  })
  readonly types!: readonly EventType[] | null

  @Field(() => Boolean, {
    description:
      'Whether an event waits until all earlier ones are delivered. By default, each event is sent as soon as possible.',
  })
  readonly ordered!: boolean

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time since when the webhook is paused. Events wait. Null if it is not paused.',
  })
  readonly pausedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The time since when Tidemark sends nothing, because the endpoint has failed. Events wait. Null if it is enabled.',
  })
  readonly disabledAt!: Date | null

  @Field(() => WebhookDisabledReasonEnum, { nullable: true, description: 'Why it is disabled. Null if it is enabled.' })
  readonly disabledReason!: WebhookDisabledReason | null

  @Field(() => DateTime, { description: 'The time when the webhook was added.' })
  readonly createdAt!: Date

  @Field(() => String, { description: 'The subject of the token that added the webhook.' })
  readonly createdBy!: string

  @Field(() => [WebhookSecretType], {
    description: `The secrets, oldest first. Each signs every message. There are at most ${mostWebhookSecrets}; none for Slack and Teams.`,
    complexity: listComplexity(mostWebhookSecrets),
  })
  readonly secrets!: readonly WebhookSecretType[]
}
