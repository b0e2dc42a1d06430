import type { AuditAction, AuditDetails, AuditEvent } from '../domain/audit.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'
import { type PageRequest, pageQuery } from './pages.js'

export interface AuditStore {
  /** Newest first. */
  page(tenantId: string, page: PageRequest): Promise<readonly AuditEvent[]>
}

export function createAuditStore(database: Database): AuditStore {
  return withTypedErrors({
    page: (tenantId, page) => database.forTenant(tenantId, (transaction) => pageOfEvents(transaction, tenantId, page)),
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
