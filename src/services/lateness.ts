import type { LatenessStore, TenantProgress } from '../database/lateness-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import { calendarOf, isSameCalendar } from '../domain/calendar.js'
import type { Catalog } from '../domain/entity.js'
import { coveredUntil, type Lateness, latenessOf } from '../domain/lateness.js'
import type { EntityView, RegistrationView } from './registrations/registration-view.js'
import type { LatenessSettings } from './tenants.js'

/** Whether the tenant's own files are late, from its ledger. */
export interface TenantLateness {
  /** Null if the tenant has no registration. */
  of(actor: Actor): Promise<Lateness | null>
  /** The same for each entity of a registration, or of the preview of one, by internal name. */
  ofEntities(actor: Actor, view: RegistrationView): Promise<ReadonlyMap<string, EntityLateness>>
}

export interface EntityLateness extends Pick<Lateness, 'dueAt' | 'overdue'> {
  /** The end of its last published window; null if it has no file. */
  readonly coveredUntil: Date | null
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
    ofEntities: async ({ tenantId }, view) => {
      const found = await lateness.find(tenantId)
      const graceMinutes = found?.graceMinutes ?? settings.graceMinutes
      return new Map(view.entities.map((each) => [each.entity.name, entityLateness(each, view, found, graceMinutes)]))
    },
  }
}

function entityLateness(
  { entity, active }: EntityView,
  { exportOption, frequency, schedule, pausedAt, updatedAt }: RegistrationView,
  found: TenantProgress | undefined,
  graceMinutes: number,
): EntityLateness {
  const now = new Date()
  const isExpected = active && exportOption !== 'DISABLE_EXPORT'
  const progress = found?.entities.get(entity.name)
  // An entity that only the preview has, or that was added to the catalog, needs its first file at the next boundary.
  const covered = progress ? coveredUntil([progress]) : now
  const calendar = calendarOf({ frequency, schedule })
  // The preview has another calendar. Boundaries before the change are not expected.
  const dueAfter = found && !isSameCalendar(found, calendar) ? updatedAt : (found?.dueAfter ?? null)
  const { dueAt, overdue } = latenessOf(
    { ...calendar, dueAfter, pausedAt, graceMinutes, coveredUntil: isExpected ? covered : null },
    now,
  )
  return { coveredUntil: found?.watermarks.get(entity.name) ?? null, dueAt, overdue }
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
