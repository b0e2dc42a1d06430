import type { AuditAction, AuditDetails, AuditEvent } from '../domain/audit.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'
import { between, type PageRequest, pageQuery } from './pages.js'

/** Which events: of these actions, recorded in [from, to). */
export interface AuditFilter {
  readonly action?: readonly AuditAction[] | null | undefined
  readonly from?: Date | null | undefined
  readonly to?: Date | null | undefined
}

export interface AuditStore {
  /** Newest first. */
  page(tenantId: string, filter: AuditFilter, page: PageRequest): Promise<readonly AuditEvent[]>
}

export function createAuditStore(database: Database): AuditStore {
  return withTypedErrors({
    page: (tenantId, filter, page) =>
      database.forTenant(tenantId, (transaction) => pageOfEvents(transaction, tenantId, filter, page)),
  })
}

async function pageOfEvents(
  transaction: Transaction,
  tenantId: string,
  { action: actions, from, to }: AuditFilter,
  page: PageRequest,
): Promise<AuditEvent[]> {
  const { where, ...order } = pageQuery('at', page)
  const rows = await transaction.auditEvent.findMany({
    where: {
      tenantId,
      ...(actions != null && { action: { in: [...actions] } }),
      at: between(from, to),
      AND: where,
    },
    ...order,
  })
  const events = rows.map(({ action, before, after, ...row }) => ({
    ...row,
    action: action as AuditAction,
    before: before as AuditDetails | null,
    after: after as AuditDetails | null,
  }))
  return page.backwards ? events.toReversed() : events
}
