import type { EmailKind } from '../../domain/email/kinds.js'
import type { EmailRecipient, EmailTokenPurpose } from '../../domain/email/recipient.js'
import type { Transaction } from '../client.js'
import { writeMessages } from '../email/messages.js'
import { listEmailRecipients } from '../email/recipient-rows.js'
import { claimTenantName } from '../tenant-names.js'

/** The recipients of email of the transaction's tenant. */
export interface TenantEmail {
  /** In the order in which they were added. */
  list(): Promise<EmailRecipient[]>
  /** Claims the tenant's name, and adds the recipient. @throws InvalidTenantError */
  add(recipient: EmailRecipient): Promise<void>
  setKinds(id: string, kinds: readonly EmailKind[]): Promise<void>
  /** Removes the recipient with the emails that wait for it, and its links. */
  remove(id: string): Promise<void>
  /** Returns the number of removed recipients. */
  removeAll(): Promise<number>
  /** Writes the email with the link that verifies the address. It replaces one that waits, and earlier links end. */
  requestVerification(id: string, now: Date): Promise<void>
  /** The recipient of a token that is valid, by the SHA-256 of it. */
  recipientOf(
    tokenHash: Uint8Array<ArrayBuffer>,
    purpose: EmailTokenPurpose,
    now: Date,
  ): Promise<EmailRecipient | undefined>
  /** Ends the links that verify the address. It gets what happens from now on. */
  verify(id: string, now: Date): Promise<void>
  /** Removes the emails that wait for the recipient. It gets nothing until it verifies its address again. */
  unsubscribe(id: string, now: Date): Promise<void>
}

export function tenantEmail(transaction: Transaction, tenantId: string): TenantEmail {
  const one = (id: string) => ({ where: { tenantId_id: { tenantId, id } } })
  const ofRecipient = (recipientId: string) => ({ where: { tenantId, recipientId } })
  return {
    list: () => listEmailRecipients(transaction, tenantId),
    add: async (recipient) => {
      await claimTenantName(transaction, tenantId)
      await transaction.emailRecipient.create({ data: { ...recipient, kinds: [...recipient.kinds], tenantId } })
    },
    setKinds: async (id, kinds) => {
      await transaction.emailRecipient.update({ ...one(id), data: { kinds: [...kinds] } })
    },
    remove: async (id) => {
      await transaction.emailRecipient.delete(one(id))
    },
    removeAll: async () => (await transaction.emailRecipient.deleteMany({ where: { tenantId } })).count,
    requestVerification: async (id, now) => {
      await transaction.emailToken.deleteMany({ where: { tenantId, recipientId: id, purpose: 'VERIFY' } })
      await transaction.emailMessage.deleteMany(ofRecipient(id))
      await writeMessages(transaction, { tenantId, id }, [{ template: 'VERIFICATION' }], now)
    },
    recipientOf: async (tokenHash, purpose, now) => {
      const found = await transaction.emailToken.findFirst({
        where: { tenantId, tokenHash, purpose, expiresAt: { gt: now } },
      })
      return (await listEmailRecipients(transaction, tenantId)).find(({ id }) => id === found?.recipientId)
    },
    verify: async (id, now) => {
      await transaction.emailToken.deleteMany({ where: { tenantId, recipientId: id, purpose: 'VERIFY' } })
      const position = (await transaction.eventPosition.findUnique({ where: { tenantId } }))?.last ?? 0n
      const state = { verifiedAt: now, unsubscribedAt: null, bouncingSince: null, refusals: 0, problem: null }
      await transaction.emailRecipient.update({
        ...one(id),
        data: { ...state, position, progress: {}, dueAt: null },
      })
    },
    unsubscribe: async (id, now) => {
      await transaction.emailMessage.deleteMany(ofRecipient(id))
      await transaction.emailRecipient.update({ ...one(id), data: { unsubscribedAt: now, progress: {}, dueAt: null } })
    },
  }
}
