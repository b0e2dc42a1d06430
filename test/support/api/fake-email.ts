import type { UnitOfWork } from '../../../src/database/unit-of-work/unit-of-work.js'
import type { EmailRecipient } from '../../../src/domain/email/recipient.js'
import type { EmailLinks } from '../../../src/services/email/links.js'
import { createEmailRecipients, type EmailRecipients } from '../../../src/services/email/recipients.js'

/** The product's own use case over a list in memory. No email is sent. */
export function fakeEmailRecipients({ isAvailable = true } = {}): EmailRecipients {
  let kept: { readonly tenantId: string; readonly recipient: EmailRecipient }[] = []
  const list = async (tenantId: string) => kept.flatMap((each) => (each.tenantId === tenantId ? [each.recipient] : []))
  const unitOf = (tenantId: string) => ({
    email: {
      list: () => list(tenantId),
      add: async (recipient: EmailRecipient) => void kept.push({ tenantId, recipient }),
      requestVerification: async () => undefined,
      setKinds: async (id: string, kinds: EmailRecipient['kinds']) => {
        kept = kept.map((each) =>
          each.recipient.id === id ? { ...each, recipient: { ...each.recipient, kinds } } : each,
        )
      },
      remove: async (id: string) => {
        kept = kept.filter((each) => each.tenantId !== tenantId || each.recipient.id !== id)
      },
    },
    audit: { keep: async () => undefined },
  })
  return createEmailRecipients({
    isAvailable,
    events: { emailRecipientChanged: () => undefined },
    transact: (tenantId, work) => work(unitOf(tenantId) as unknown as UnitOfWork),
    emailRecipients: { list, tenantOfToken: async () => undefined, usePermit: async () => true },
  })
}

/** A fake of the port: one token is valid, for both links. */
export function fakeEmailLinks(validToken = 'valid'): EmailLinks & { readonly used: string[] } {
  const used: string[] = []
  const use =
    (what: string) =>
    async (token: string, address: string): Promise<boolean> => {
      if (token === validToken) used.push(`${what} from ${address}`)
      return token === validToken
    }
  return { used, verify: use('verify'), unsubscribe: use('unsubscribe') }
}
