import type { EmailRecipientStore } from '../../database/email/recipient-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import { auditEntry } from '../../domain/audit.js'
import type { EmailTokenPurpose } from '../../domain/email/recipient.js'
import type { Events } from '../../telemetry/events.js'
import { described } from './recipients.js'
import { hashOfToken } from './token.js'

/** What a recipient does with the link of an email. The token of the link is all that it needs. */
export interface EmailLinks {
  /** Verifies the address. The token works once. False if it is not valid: then nothing was changed. */
  verify(token: string, address: string): Promise<boolean>
  /** Unsubscribes the address. A second call changes nothing. False if the token is not valid. */
  unsubscribe(token: string, address: string): Promise<boolean>
}

export interface EmailLinksDependencies {
  readonly transact: Transact
  readonly emailRecipients: Pick<EmailRecipientStore, 'tenantOfToken'>
  readonly events: Pick<Events, 'emailRecipientChanged'>
}

const actions = { VERIFY: 'EMAIL_RECIPIENT_VERIFIED', UNSUBSCRIBE: 'EMAIL_RECIPIENT_UNSUBSCRIBED' } as const

export function createEmailLinks(deps: EmailLinksDependencies): EmailLinks {
  return {
    verify: (token, address) => useToken(deps, 'VERIFY', token, address),
    unsubscribe: (token, address) => useToken(deps, 'UNSUBSCRIBE', token, address),
  }
}

/** @param address the network address of the caller, for the audit log */
async function useToken(
  { transact, emailRecipients, events }: EmailLinksDependencies,
  purpose: EmailTokenPurpose,
  token: string,
  address: string,
): Promise<boolean> {
  const hash = hashOfToken(token)
  const tenantId = hash && (await emailRecipients.tenantOfToken(hash))
  if (hash === undefined || tenantId === undefined) return false
  const actor = { tenantId, subject: 'the recipient', clientId: null, isOperator: false, address }
  const used = await transact(
    tenantId,
    async ({ email, audit }) => {
      const now = new Date()
      const recipient = await email.recipientOf(hash, purpose, now)
      if (!recipient) return undefined
      if (purpose === 'UNSUBSCRIBE' && recipient.unsubscribedAt !== null) return { recipient, isNew: false }
      await (purpose === 'VERIFY' ? email.verify(recipient.id, now) : email.unsubscribe(recipient.id, now))
      await audit.keep(auditEntry(actor, actions[purpose], { target: recipient.id, after: described(recipient) }))
      return { recipient, isNew: true }
    },
    { lock: 'email' },
  )
  if (used?.isNew) events.emailRecipientChanged(actor, used.recipient.id, actions[purpose])
  return used !== undefined
}
