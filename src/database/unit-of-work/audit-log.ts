import { randomUUID } from 'node:crypto'
import type { AuditEntry } from '../../domain/audit.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'

export interface AuditLog {
  /** Keeps the entry if, and only if, the transaction commits the change that the entry describes. */
  keep(entry: AuditEntry): Promise<void>
}

export function auditLogOf(transaction: Transaction): AuditLog {
  return {
    keep: async ({ before, after, ...entry }) => {
      await transaction.auditEvent.create({
        data: {
          id: randomUUID(),
          at: new Date(),
          ...entry,
          ...(before && { before: asJson(before) }),
          ...(after && { after: asJson(after) }),
        },
      })
    },
  }
}

/** Dates become ISO 8601 text. */
function asJson(details: object): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(details)) as Prisma.InputJsonObject
}
