import { Arg, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { EmailKind } from '../../domain/email/kinds.js'
import { verificationsPerHour } from '../../domain/email/recipient.js'
import type { EmailRecipients, EmailRecipientView } from '../../services/email/recipients.js'
import type { Outcome } from '../../services/outcome.js'
import type { AuthorizedContext } from '../context.js'
import { EmailKindEnum, EmailRecipientPayload, EmailRecipientsType, toEmailRecipients } from './email-recipient.type.js'

const idOf = { description: 'The id of the recipient.' }

@Resolver(() => EmailRecipientsType)
export class EmailResolver {
  constructor(private readonly recipients: EmailRecipients) {}

  @Authorized<Scope>('exports:read')
  @Query(() => EmailRecipientsType, {
    description: 'The recipients of emails about the exports of the tenant. Requires the scope exports:read.',
  })
  async exportEmailRecipients(@Ctx() { actor }: AuthorizedContext): Promise<EmailRecipientsType> {
    return toEmailRecipients(await this.recipients.list(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => EmailRecipientPayload, {
    description:
      'Adds an address, and sends an email with a link to it. The address gets other emails only after its owner has ' +
      'confirmed it with the link. Requires the scope exports:write.',
  })
  async addEmailRecipient(
    @Arg('email', () => String, { description: 'The address, such as `ana@example.com`.' }) email: string,
    @Ctx() { actor }: AuthorizedContext,
    @Arg('kinds', () => [EmailKindEnum], {
      nullable: true,
      description: 'What the address gets. By default, and if it is null, only PROBLEMS.',
    })
    kinds?: readonly EmailKind[] | null,
  ): Promise<EmailRecipientPayload> {
    return toPayload(await this.recipients.add(actor, { email, kinds }))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => EmailRecipientPayload, {
    description: 'Changes what a recipient gets. Its address stays verified. Requires the scope exports:write.',
  })
  async changeEmailRecipient(
    @Arg('id', () => ID, idOf) id: string,
    @Arg('kinds', () => [EmailKindEnum], { description: 'What the address gets.' }) kinds: readonly EmailKind[],
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<EmailRecipientPayload> {
    return toPayload(await this.recipients.change(actor, id, kinds))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => EmailRecipientPayload, {
    description:
      'Removes a recipient. It gets nothing more, not even an email that waits. Requires the scope exports:write.',
  })
  async removeEmailRecipient(
    @Arg('id', () => ID, idOf) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<EmailRecipientPayload> {
    return toPayload(await this.recipients.remove(actor, id))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => EmailRecipientPayload, {
    description:
      'Sends the email with the link again, to an address that is unverified, bouncing or unsubscribed. An address gets at ' +
      `most ${verificationsPerHour.mailbox} of them in an hour. Requires the scope exports:write.`,
  })
  async resendEmailVerification(
    @Arg('id', () => ID, idOf) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<EmailRecipientPayload> {
    return toPayload(await this.recipients.resendVerification(actor, id))
  }
}

function toPayload(outcome: Outcome<EmailRecipientView>): EmailRecipientPayload {
  if (!outcome.ok) return { recipient: null, userErrors: outcome.userErrors }
  return { recipient: outcome.value, userErrors: [] }
}
