import type { AuditFilter, AuditStore } from '../database/audit-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { InsufficientScopeError } from '../domain/access.js'
import { type Actor, authorOf, type Operator } from '../domain/actor.js'
import { type AuditEntry, auditEntry, type AuditEvent } from '../domain/audit.js'
import type { Events } from '../telemetry/events.js'
import { countDenials } from './denials.js'
import { type Page, type PageArguments, pageOf } from './page.js'

/** The use cases around the audit log itself. Every other use case keeps its entry in the transaction that makes its change. */
export interface Audit {
  /**
   * Records that a known caller was denied something. The same denial is recorded once a minute, with the number of denials
   * since. It never throws: the caller is denied in any case.
   */
  denied(error: InsufficientScopeError): Promise<void>
  /** Records that an operator is about to do something for a tenant. If it throws, the operator must not do it. */
  operatorAccess(actor: Actor, operation: string): Promise<void>
  /** Logs that an operator queries what concerns all tenants. No tenant's audit log has it. */
  operatorQuery(actor: Actor | Operator, operation: string): void
  /** The tenant's own events, newest first. @throws InvalidPageError */
  page(actor: Actor, page: AuditPageArguments): Promise<Page<AuditEvent>>
}

export type AuditPageArguments = PageArguments & AuditFilter

export interface AuditDependencies {
  readonly transact: Transact
  readonly audit: AuditStore
  readonly events: Events
}

export function createAudit({ transact, audit, events }: AuditDependencies): Audit {
  const denials = countDenials()
  const keep = (entry: AuditEntry) => transact(entry.tenantId, (unit) => unit.audit.keep(entry))
  return {
    denied: async (denial) => {
      if (!denials.isNew(denial)) return
      events.accessDenied(denial.denied, denial.scope)
      const { tenantId, named, ...caller } = denial.denied
      // An operator's token may name no tenant. Then there is no log to keep it in.
      if (tenantId === null) return
      const times = denials.due(denial)
      if (times === undefined) return
      const after = { ...(named !== undefined && { named }), ...(times > 1 && { times }) }
      const entry = auditEntry({ tenantId, ...caller }, 'ACCESS_DENIED', {
        target: denial.scope,
        after: Object.keys(after).length > 0 ? after : null,
      })
      await keep(entry).catch((error: unknown) => events.auditNotKept(entry, error))
    },
    operatorAccess: async (actor, operation) => {
      await keep(auditEntry(actor, 'OPERATOR_ACCESS', { target: operation }))
    },
    operatorQuery: (actor, operation) => events.operatorQueried(actor, operation),
    page: (actor, { action, from, to, ...page }) =>
      pageOf(
        page,
        async (request) =>
          (await audit.page(actor.tenantId, { action, from, to }, request)).map((event) => shownTo(actor, event)),
        ({ at, id }) => ({ at, id }),
      ),
  }
}

/** A tenant reads that an operator did something, but not which operator, and not from where. */
function shownTo(actor: Actor, event: AuditEvent): AuditEvent {
  if (!event.isOperator || actor.isOperator) return event
  return { ...event, subject: authorOf(event), clientId: null, address: null }
}
