import type { LatenessStore } from '../../database/lateness-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { Catalog } from '../../domain/entity.js'
import { exportOverdue, overdueKey } from '../../domain/events/run-events.js'
import type { TenantState } from '../tenants.js'

/** Keeps an event for each boundary whose files are overdue. */
export interface OverdueEvents {
  /** Takes all tenants that are overdue now. */
  keep(overdue: readonly Pick<TenantState, 'tenantId' | 'dueAt' | 'expectedBy'>[], signal: AbortSignal): Promise<void>
}

export function createOverdueEvents({
  transact,
  lateness,
  catalog,
}: {
  readonly transact: Transact
  readonly lateness: LatenessStore
  readonly catalog: Catalog
}): OverdueEvents {
  /** What this process has kept for tenants that are still overdue: it does not write the same events every time. */
  let kept = new Set<string>()
  const late = async (tenantId: string, dueAt: Date) => {
    const found = await lateness.find(tenantId)
    return catalog.entities.flatMap(({ name }) => {
      const progress = found?.entities.get(name)
      const coveredUntil = progress?.watermark ?? null
      if (!progress || progress.activatedAt >= dueAt || (coveredUntil && coveredUntil >= dueAt)) return []
      return [{ entity: name, coveredUntil }]
    })
  }
  return {
    keep: async (overdue, signal) => {
      const still = new Set<string>()
      for (const { tenantId, dueAt, expectedBy } of overdue) {
        if (signal.aborted) return
        if (!dueAt || !expectedBy) continue
        const known = `${tenantId} ${overdueKey(dueAt)}`
        if (!kept.has(known)) {
          const event = exportOverdue({ dueAt, expectedBy, entities: await late(tenantId, dueAt) })
          await transact(tenantId, ({ events }) => events.keep(event))
          kept.add(known)
        }
        still.add(known)
      }
      kept = still
    },
  }
}
