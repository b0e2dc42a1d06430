import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'

/** Sets for how many days a tenant's files are kept: 0 keeps them indefinitely, null follows the operator's configuration. */
export async function setRetention(
  { transact }: { readonly transact: Transact },
  actor: Actor,
  days: number | null,
): Promise<void> {
  await transact(actor.tenantId, async ({ retention, audit }) => {
    const before = await retention.days()
    if (before === days) return
    await retention.setDays(days)
    await audit.keep(auditEntry(actor, 'RETENTION_CHANGED', { before: { days: before }, after: { days } }))
  })
}
