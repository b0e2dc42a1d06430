import { Field, ID, ObjectType } from 'type-graphql'
import { type EmailKind, emailKinds } from '../../domain/email/kinds.js'
import { emailRecipientStates, type EmailRecipientState, mostEmailRecipients } from '../../domain/email/recipient.js'
import type { EmailRecipientsView } from '../../services/email/recipients.js'
import { enumOf } from '../enum.js'
import { listComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { UserErrorType } from '../user-error.type.js'

export const EmailKindEnum = enumOf('EmailKind', 'What a recipient of email gets.', emailKinds)

export const EmailRecipientStateEnum = enumOf(
  'EmailRecipientState',
  'Whether a recipient gets emails.',
  emailRecipientStates,
)

@ObjectType('EmailRecipient', { description: 'An address that gets emails about the exports of the tenant.' })
export class EmailRecipientType {
  @Field(() => ID, { description: 'The id of the recipient.' })
  readonly id!: string

  @Field(() => String, { description: 'The address.' })
  readonly email!: string

  @Field(() => [EmailKindEnum], { description: 'What the address gets.' })
  readonly kinds!: readonly EmailKind[]

  @Field(() => EmailRecipientStateEnum, { description: 'Whether the address gets emails.' })
  readonly state!: EmailRecipientState

  @Field(() => DateTime, { nullable: true, description: 'The time when the address was verified. Null before that.' })
  readonly verifiedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time when the mail server last accepted an email for the address. Null before the first one.',
  })
  readonly lastSentAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Why the mail server has refused the last email. Null if it has not.',
  })
  readonly problem!: string | null

  @Field(() => DateTime, { description: 'The time when the recipient was added.' })
  readonly addedAt!: Date

  @Field(() => String, { description: 'The subject of the token that added the recipient.' })
  readonly addedBy!: string
}

@ObjectType('EmailRecipients', { description: 'The recipients of emails about the exports of the tenant.' })
export class EmailRecipientsType {
  @Field(() => ID, { description: 'The id for caches of clients.' })
  readonly id!: string

  @Field(() => Boolean, {
    description: 'Whether emails can be sent. False if the operator has not set SMTP_URL.',
  })
  readonly isAvailable!: boolean

  @Field(() => [EmailRecipientType], {
    description: `The recipients of the tenant, oldest first. There are at most ${mostEmailRecipients}.`,
    complexity: listComplexity(mostEmailRecipients),
  })
  readonly recipients!: readonly EmailRecipientType[]
}

@ObjectType('EmailRecipientPayload', { description: 'The result of a change of a recipient of email.' })
export class EmailRecipientPayload {
  @Field(() => EmailRecipientType, {
    nullable: true,
    description: 'The recipient after the call, or the removed one. Null with user errors.',
  })
  readonly recipient!: EmailRecipientType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

export function toEmailRecipients({ tenantId, isAvailable, recipients }: EmailRecipientsView): EmailRecipientsType {
  return { id: tenantId, isAvailable, recipients }
}
