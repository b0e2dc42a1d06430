import type { AuditStore } from '../database/audit-store.js'
import type { InsufficientScopeError } from '../domain/access.js'
import { type Actor, authorOf } from '../domain/actor.js'
import { auditEntry, type AuditEvent } from '../domain/audit.js'
import type { Events } from '../telemetry/events.js'
import { countDenials } from './denials.js'
import { pageOf } from './page.js'
import type { Page, PageArguments } from './runs.js'

/** The audit log: what its other entries tell of is kept by whoever does it, with what it does. */
export interface Audit {
  /**
   * Keeps that a known caller was denied something: the same once in a minute, with how often it was since. It fails for
   * nobody: the caller is denied it in any case.
   */
  denied(error: InsufficientScopeError): Promise<void>
  /** Keeps that an operator is about to do something for a tenant. Where that can't be kept, it may not be done. */
  operatorAccess(actor: Actor, operation: string): Promise<void>
  /** The tenant's own events, newest first. @throws InvalidPageError */
  page(actor: Actor, page: PageArguments): Promise<Page<AuditEvent>>
}

export function createAudit({ audit, events }: { audit: AuditStore; events: Events }): Audit {
  const denials = countDenials()
  return {
    denied: async (denial) => {
      if (!denials.isNew(denial)) return
      events.accessDenied(denial.denied, denial.scope)
      const { tenantId, named, ...caller } = denial.denied
      // Nobody's log to keep it in: an operator's token that names no tenant.
      if (tenantId === null) return
      const times = denials.due(denial)
      if (times === undefined) return
      const after = { ...(named !== undefined && { named }), ...(times > 1 && { times }) }
      const entry = auditEntry({ tenantId, ...caller }, 'ACCESS_DENIED', {
        target: denial.scope,
        after: Object.keys(after).length > 0 ? after : null,
      })
      await audit.keep(entry).catch((error: unknown) => events.auditNotKept(entry, error))
    },
    operatorAccess: async (actor, operation) => {
      await audit.keep(auditEntry(actor, 'OPERATOR_ACCESS', { target: operation }))
    },
    page: (actor, page) =>
      pageOf(
        page,
        async (request) => (await audit.page(actor.tenantId, request)).map((event) => shownTo(actor, event)),
        ({ at, id }) => ({ at, id }),
      ),
  }
}

/** A tenant reads that an operator did it, but not which one, and not from where. */
function shownTo(actor: Actor, event: AuditEvent): AuditEvent {
  if (!event.isOperator || actor.isOperator) return event
  return { ...event, subject: authorOf(event), clientId: null, address: null }
}
