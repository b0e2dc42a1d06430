import type { EmailKind } from '../../domain/email/kinds.js'
import type { EmailRecipient } from '../../domain/email/recipient.js'
import type { EmailRecipientModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'

/** In the order in which they were added. */
export async function listEmailRecipients(transaction: Transaction, tenantId: string): Promise<EmailRecipient[]> {
  const orderBy = [{ addedAt: 'asc' as const }, { id: 'asc' as const }]
  return (await transaction.emailRecipient.findMany({ where: { tenantId }, orderBy })).map(recipientFromRow)
}

export function recipientFromRow(row: EmailRecipientModel): EmailRecipient {
  const { id, email, addedAt, addedBy, verifiedAt, unsubscribedAt, bouncingSince, problem, lastSentAt } = row
  return {
    ...{ id, email, addedAt, addedBy, verifiedAt, unsubscribedAt, bouncingSince, problem, lastSentAt },
    kinds: row.kinds as EmailKind[],
  }
}
