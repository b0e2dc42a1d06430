import { randomUUID } from 'node:crypto'
import type { EmailContent } from '../../domain/email/content.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'

/** Writes emails of the transaction's tenant. They are sent in this order. */
export async function writeMessages(
  transaction: Transaction,
  recipient: { readonly tenantId: string; readonly id: string },
  contents: readonly EmailContent[],
  now: Date,
): Promise<void> {
  if (contents.length === 0) return
  const data = contents.map((content, index) => ({
    ...{ id: randomUUID(), tenantId: recipient.tenantId, recipientId: recipient.id },
    content: asJson(content),
    // The time decides the order.
    createdAt: new Date(now.getTime() + index),
    nextAttemptAt: now,
  }))
  await transaction.emailMessage.createMany({ data })
}

export function asJson(value: object): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject
}
