import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import type { EventType } from '../../domain/event.js'
import type { WebhookDeliveryStatus, WebhookKind, WebhookSignature } from '../../domain/webhook.js'
import type { ReplayInput, WebhookDeliveriesArguments } from '../../services/webhooks/webhook-deliveries.js'
import type { WebhookChangeInput, WebhookInput } from '../../services/webhooks/webhook-input.js'
import { ExportEventType } from '../event/event.type.js'
import { DateTime } from '../scalars.js'
import { WebhookDeliveryStatusEnum, WebhookKindEnum, WebhookSignatureEnum } from './webhook.enums.js'

const typesDescription = 'The types of events that it receives. Null means all types.'

@InputType({ description: 'A webhook to add.' })
export class AddWebhookInput implements WebhookInput {
  @Field(() => String, {
    description: 'The URL that events are posted to: https, port 443 or from 1024 on. It cannot be changed later.',
  })
  readonly url!: string

  @Field(() => String, { description: 'The name of the webhook in lists, such as `warehouse`.' })
  readonly label!: string

  @Field(() => WebhookKindEnum, { nullable: true, description: 'The form of messages. Null means STANDARD.' })
  readonly kind?: WebhookKind | null

  @Field(() => [ExportEventType], { nullable: true, description: typesDescription })
  readonly types?: EventType[] | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether an event waits until all earlier ones are delivered. Null means false.',
  })
  readonly ordered?: boolean | null

  @Field(() => WebhookSignatureEnum, {
    nullable: true,
    description: 'How messages of the kind STANDARD are signed. Null means HMAC.',
  })
  readonly signature?: WebhookSignature | null
}

@InputType({ description: 'What changes of a webhook. A field that is left out stays as it is.' })
export class UpdateWebhookInput implements WebhookChangeInput {
  @Field(() => String, { nullable: true, description: 'The name of the webhook. Null leaves it as it is.' })
  readonly label?: string | null

  @Field(() => [ExportEventType], { nullable: true, description: typesDescription })
  readonly types?: EventType[] | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether an event waits until all earlier ones are delivered. Null leaves it as it is.',
  })
  readonly ordered?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True pauses the webhook: events wait. False resumes it, and enables a webhook that Tidemark has disabled. Null leaves ' +
      'it as it is.',
  })
  readonly paused?: boolean | null
}

@InputType({ description: 'Which events are sent again: one, or those of a period. Give eventId, or from and to.' })
export class ReplayWebhookInput implements ReplayInput {
  @Field(() => ID, { nullable: true, description: 'The id of one event. Null if a period is given.' })
  readonly eventId?: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Only events at this time or later. Null if eventId is given.',
  })
  readonly from?: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Only events before this time. Null if eventId is given.' })
  readonly to?: Date | null
}

@ArgsType()
export class WebhookDeliveriesArgs implements WebhookDeliveriesArguments {
  @Field(() => Int, { nullable: true, description: 'The maximum number of deliveries, 1 to 100. Null means 20.' })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Only deliveries after this cursor, whose events are older. Null starts at the newest event.',
  })
  readonly after?: string | null

  @Field(() => WebhookDeliveryStatusEnum, {
    nullable: true,
    description: 'Only deliveries with this status. Null means all.',
  })
  readonly status?: WebhookDeliveryStatus | null
}
