import type { LatenessStore } from '../database/lateness-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import type { Catalog } from '../domain/entity.js'
import { coveredUntil, type Lateness, latenessOf } from '../domain/lateness.js'
import type { LatenessSettings } from './tenants.js'

/** Whether the tenant's own files are late, from its ledger. */
export interface TenantLateness {
  /** Null if the tenant has no registration. */
  of(actor: Actor): Promise<Lateness | null>
}

export interface LatenessDependencies {
  readonly catalog: Catalog
  readonly lateness: LatenessStore
  readonly settings: LatenessSettings
}

export function createLateness({ catalog, lateness, settings }: LatenessDependencies): TenantLateness {
  const known = new Set(catalog.entities.map(({ name }) => name))
  return {
    of: async ({ tenantId }) => {
      const found = await lateness.find(tenantId)
      if (!found) return null
      const active = [...found.entities].flatMap(([name, progress]) => (known.has(name) ? [progress] : []))
      const graceMinutes = found.graceMinutes ?? settings.graceMinutes
      return latenessOf({ ...found, graceMinutes, coveredUntil: coveredUntil(active) }, new Date())
    },
  }
}

/** Sets how long a tenant's files may take before they are overdue, in minutes; null follows the operator's configuration. */
export async function setGrace(
  { transact }: { readonly transact: Transact },
  actor: Actor,
  minutes: number | null,
): Promise<void> {
  await transact(actor.tenantId, async ({ grace, audit }) => {
    const before = await grace.minutes()
    if (before === minutes) return
    await grace.setMinutes(minutes)
    await audit.keep(auditEntry(actor, 'GRACE_CHANGED', { before: { minutes: before }, after: { minutes } }))
  })
}
