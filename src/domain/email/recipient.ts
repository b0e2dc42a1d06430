import type { EmailKind } from './kinds.js'

export const emailRecipientStates = {
  UNVERIFIED: 'The address has not been confirmed yet. It gets nothing except the email with the link.',
  VERIFIED: 'The address gets emails.',
  BOUNCING: 'The mail server has refused the address three times. It gets nothing until it is verified again.',
  UNSUBSCRIBED: 'The recipient has unsubscribed. The address gets nothing until it is verified again.',
} as const
export type EmailRecipientState = keyof typeof emailRecipientStates

/** An address that a tenant wants email at. */
export interface EmailRecipient {
  readonly id: string
  readonly email: string
  readonly kinds: readonly EmailKind[]
  readonly addedAt: Date
  /** The subject of the token that added it. */
  readonly addedBy: string
  /** When the recipient last confirmed the address; null until then. */
  readonly verifiedAt: Date | null
  /** When the recipient unsubscribed, if it has not confirmed the address again since. */
  readonly unsubscribedAt: Date | null
  /** Since when it gets nothing because the mail server refuses it; null if it does not. */
  readonly bouncingSince: Date | null
  /** Why the last email was not accepted, as the tenant may read it; null if it was. */
  readonly problem: string | null
  /** When the mail server last accepted an email for it; null if it never did. */
  readonly lastSentAt: Date | null
}

export function stateOf(
  recipient: Pick<EmailRecipient, 'bouncingSince' | 'unsubscribedAt' | 'verifiedAt'>,
): EmailRecipientState {
  if (recipient.bouncingSince !== null) return 'BOUNCING'
  if (recipient.unsubscribedAt !== null) return 'UNSUBSCRIBED'
  return recipient.verifiedAt === null ? 'UNVERIFIED' : 'VERIFIED'
}

/** The maximum number of recipients of one tenant. */
export const mostEmailRecipients = 10

/** After this number of refusals in a row a recipient gets nothing more. */
export const mostRefusals = 3

/** What a link in an email does. */
export type EmailTokenPurpose = 'VERIFY' | 'UNSUBSCRIBE'

const hourMs = 3_600_000

/** For how long a link works after its email was sent. */
export const emailTokenMs: Readonly<Record<EmailTokenPurpose, number>> = {
  VERIFY: 24 * hourMs,
  UNSUBSCRIBE: 180 * 24 * hourMs,
}

/** The most verification emails in an hour: to one mailbox over all tenants, and of one tenant. */
export const verificationsPerHour = { mailbox: 3, tenant: 20 } as const
