import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { EventType } from '../../domain/event.js'
import {
  type WebhookDelivery,
  type WebhookDeliveryStatus,
  webhookDeliveryStatus,
  type WebhookFailure,
} from '../../domain/webhook.js'
import type { Page } from '../../services/page.js'
import { ExportEventType } from '../event/event.type.js'
import { PageInfo, toPageInfo } from '../page-info.type.js'
import { DateTime } from '../scalars.js'
import { WebhookDeliveryStatusEnum, WebhookFailureEnum } from './webhook.enums.js'

@ObjectType('WebhookDelivery', { description: 'What became of one event for one endpoint.' })
export class WebhookDeliveryType {
  @Field(() => ID, {
    description: 'The id for caches of clients. It consists of the ids of the webhook and of the event.',
  })
  readonly id!: string

  @Field(() => ID, { description: 'The id of the event, which is also the header `webhook-id`.' })
  readonly eventId!: string

  @Field(() => Int, { description: "The number of the event among the tenant's events." })
  readonly number!: number

  @Field(() => ExportEventType, { description: 'The type of the event.' })
  readonly type!: EventType

  @Field(() => DateTime, { description: 'The time when the event happened.' })
  readonly at!: Date

  @Field(() => WebhookDeliveryStatusEnum, { description: 'Whether the event is delivered.' })
  readonly status!: WebhookDeliveryStatus

  @Field(() => Int, { description: 'The number of attempts since the event happened, or since its last replay.' })
  readonly attempts!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time from which the next attempt is made. Null if there is none.',
  })
  readonly nextAttemptAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'The time when the event was delivered. Null if it was not.' })
  readonly deliveredAt!: Date | null

  @Field(() => Int, {
    nullable: true,
    description: 'The status code of the last answer. Null if the last attempt got no answer, or if there was none.',
  })
  readonly statusCode!: number | null

  @Field(() => WebhookFailureEnum, {
    nullable: true,
    description: 'Why the last attempt has failed. Null if it succeeded, or if there was none.',
  })
  readonly failure!: WebhookFailure | null
}

@ObjectType({ description: 'A delivery in a page, with its cursor.' })
export class WebhookDeliveryEdge {
  @Field(() => String, { description: 'The cursor of the delivery, for `after`.' })
  readonly cursor!: string

  @Field(() => WebhookDeliveryType, { description: 'The delivery.' })
  readonly node!: WebhookDeliveryType
}

@ObjectType({ description: 'A page of deliveries, newest events first, as the Relay specification defines it.' })
export class WebhookDeliveryConnection {
  @Field(() => [WebhookDeliveryEdge], { description: 'The deliveries of the page, newest events first.' })
  readonly edges!: readonly WebhookDeliveryEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo
}

export function toWebhookDeliveries(webhookId: string, page: Page<WebhookDelivery>): WebhookDeliveryConnection {
  const edges = page.edges.map(({ cursor, node }) => ({ cursor, node: toDelivery(webhookId, node) }))
  return { edges, pageInfo: toPageInfo(page) }
}

function toDelivery(webhookId: string, { failedAt, ...delivery }: WebhookDelivery): WebhookDeliveryType {
  const status = webhookDeliveryStatus({ ...delivery, failedAt })
  return { ...delivery, id: `${webhookId} ${delivery.eventId}`, status }
}
