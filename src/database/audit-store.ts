import { randomUUID } from 'node:crypto'
import type { AuditAction, AuditDetails, AuditEntry, AuditEvent } from '../domain/audit.js'
import type { Prisma } from '../generated/prisma/client.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'
import { type PageRequest, pageQuery } from './pages.js'

export interface AuditStore {
  /** Of what changes nothing else; what does is kept in the transaction that changes it. */
  keep(entry: AuditEntry): Promise<void>
  /** Newest first. */
  page(tenantId: string, page: PageRequest): Promise<readonly AuditEvent[]>
}

export function createAuditStore(database: Database): AuditStore {
  return withTypedErrors({
    keep: (entry) => database.forTenant(entry.tenantId, (transaction) => keepAudit(transaction, entry)),
    page: (tenantId, page) => database.forTenant(tenantId, (transaction) => pageOfEvents(transaction, tenantId, page)),
  })
}

/** Keeps the entry if, and only if, what it tells of is committed. */
export async function keepAudit(transaction: Transaction, { before, after, ...entry }: AuditEntry): Promise<void> {
  await transaction.auditEvent.create({
    data: {
      id: randomUUID(),
      at: new Date(),
      ...entry,
      ...(before && { before: before as Prisma.InputJsonObject }),
      ...(after && { after: after as Prisma.InputJsonObject }),
    },
  })
}

async function pageOfEvents(transaction: Transaction, tenantId: string, page: PageRequest): Promise<AuditEvent[]> {
  const { where, ...order } = pageQuery('at', page)
  const rows = await transaction.auditEvent.findMany({ where: { tenantId, ...where }, ...order })
  const events = rows.map(({ action, before, after, ...row }) => ({
    ...row,
    action: action as AuditAction,
    before: before as AuditDetails | null,
    after: after as AuditDetails | null,
  }))
  return page.backwards ? events.toReversed() : events
}
