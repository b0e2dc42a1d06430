import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import { mostReplayedEvents, mostWebhooks, type WebhookSignature } from '../../domain/webhook.js'
import type { Webhooks } from '../../services/webhooks/webhooks.js'
import type { AuthorizedContext } from '../context.js'
import { listComplexity, pageComplexity } from '../limits.js'
import { toWebhookDeliveries, WebhookDeliveryConnection } from './webhook-delivery.type.js'
import { WebhookSignatureEnum } from './webhook.enums.js'
import { AddWebhookInput, ReplayWebhookInput, UpdateWebhookInput, WebhookDeliveriesArgs } from './webhook.input.js'
import {
  ReplayWebhookPayload,
  TestWebhookPayload,
  toSecretPayload,
  toWebhookPayload,
  WebhookPayload,
  WebhookSecretPayload,
} from './webhook-payload.type.js'
import { WebhookType } from './webhook.type.js'

@Resolver(() => WebhookType)
export class WebhookResolver {
  constructor(private readonly webhooks: Webhooks) {}

  @Authorized<Scope>('exports:read')
  @Query(() => [WebhookType], {
    description: `The endpoints that receive the tenant's events, oldest first. There are at most ${mostWebhooks}. Requires the scope exports:read.`,
    complexity: listComplexity(mostWebhooks),
  })
  async exportWebhooks(@Ctx() { actor }: AuthorizedContext): Promise<WebhookType[]> {
    return [...(await this.webhooks.list(actor))]
  }

  @Authorized<Scope>('exports:read')
  @FieldResolver(() => WebhookDeliveryConnection, {
    description: 'What became of the events of the last 90 days, newest first. Requires the scope exports:read.',
    complexity: pageComplexity(20),
  })
  async deliveries(
    @Root() { id }: WebhookType,
    @Args(() => WebhookDeliveriesArgs) page: WebhookDeliveriesArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookDeliveryConnection> {
    return toWebhookDeliveries(id, await this.webhooks.deliveries(actor, id, page))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => WebhookSecretPayload, {
    description:
      'Adds an endpoint that receives the events from now on. Tidemark first posts a challenge to it, a message of the type ' +
      '`webhook.challenge`. The endpoint must answer with `{"challenge": "…"}` and the value of `data.challenge` within 5 ' +
      'seconds. Slack and Teams get a message instead. Requires the scope exports:write.',
  })
  async addWebhook(
    @Arg('input', () => AddWebhookInput, { description: 'The webhook.' }) input: AddWebhookInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookSecretPayload> {
    return toSecretPayload(await this.webhooks.add(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => WebhookPayload, {
    description: 'Changes, pauses, resumes or enables a webhook. Requires the scope exports:write.',
  })
  async updateWebhook(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Arg('input', () => UpdateWebhookInput, { description: 'What changes.' }) input: UpdateWebhookInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookPayload> {
    return toWebhookPayload(await this.webhooks.update(actor, id, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => WebhookPayload, {
    description: 'Removes a webhook with its secrets and its deliveries. Requires the scope exports:write.',
  })
  async removeWebhook(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookPayload> {
    return toWebhookPayload(await this.webhooks.remove(actor, id))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => WebhookSecretPayload, {
    description:
      'Adds a second secret to a webhook. Both sign every message until the old one is removed with removeWebhookSecret. ' +
      'Requires the scope exports:write.',
  })
  async rotateWebhookSecret(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Arg('signature', () => WebhookSignatureEnum, {
      nullable: true,
      description: 'How the new secret signs. Null means as the newest secret does.',
    })
    signature: WebhookSignature | null | undefined,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookSecretPayload> {
    return toSecretPayload(await this.webhooks.rotateSecret(actor, id, signature))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => WebhookPayload, {
    description:
      'Removes a secret of a webhook. It signs nothing from the next message on. The last one cannot be removed. Requires ' +
      'the scope exports:write.',
  })
  async removeWebhookSecret(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Arg('secretId', () => ID, { description: 'The id of the secret.' }) secretId: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<WebhookPayload> {
    return toWebhookPayload(await this.webhooks.removeSecret(actor, id, secretId))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => TestWebhookPayload, {
    description:
      'Sends an event of the type `test` to the webhook, whatever its filter. Other webhooks do not receive it. Requires the ' +
      'scope exports:write.',
  })
  async testWebhook(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<TestWebhookPayload> {
    const tested = await this.webhooks.test(actor, id)
    return tested.ok ? { eventId: tested.value.id, userErrors: [] } : { eventId: null, userErrors: tested.userErrors }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => ReplayWebhookPayload, {
    description:
      `Sends one event again, or those of a period that the filter of the webhook contains, at most ${mostReplayedEvents}. ` +
      'They keep their ids. Requires the scope exports:write.',
  })
  async replayWebhookDeliveries(
    @Arg('id', () => ID, { description: 'The id of the webhook.' }) id: string,
    @Arg('input', () => ReplayWebhookInput, { description: 'Which events.' }) input: ReplayWebhookInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ReplayWebhookPayload> {
    const replayed = await this.webhooks.replay(actor, id, input)
    return replayed.ok ? { events: replayed.value, userErrors: [] } : { events: null, userErrors: replayed.userErrors }
  }
}
