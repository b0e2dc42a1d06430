import { randomUUID } from 'node:crypto'
import type { AuditEntry } from '../../domain/audit.js'
import type { Transaction } from '../client.js'

export interface AuditLog {
  /** Keeps the entry if, and only if, the transaction commits the change that the entry describes. */
  keep(entry: AuditEntry): Promise<void>
}

export function auditLogOf(transaction: Transaction): AuditLog {
  return {
    keep: async ({ tenantId, action, subject, clientId, isOperator, address, target, before, after }) => {
      await transaction.$executeRaw`
        INSERT INTO audit_event (id, tenant_id, at, action, subject, client_id, is_operator, address, target, before, after)
        VALUES (${randomUUID()}::uuid, ${tenantId}, ${new Date().toISOString()}::timestamptz, ${action}, ${subject},
          ${clientId}, ${isOperator}, ${address}, ${target}, ${jsonOf(before)}::jsonb, ${jsonOf(after)}::jsonb)`
    },
  }
}

/** Dates become ISO 8601 text. */
function jsonOf(details: object | null): string | null {
  return details && JSON.stringify(details)
}
