import type { Calendar } from '../domain/calendar.js'
import type { Expectation, EntityProgress } from '../domain/lateness.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'

/** What a tenant's own view of its lateness is computed from. */
export interface TenantProgress extends Pick<Expectation, keyof Calendar | 'dueAfter' | 'pausedAt'> {
  /** Null for the grace of all tenants. */
  readonly graceMinutes: number | null
  /** The ends of the last published windows, by internal name, also of inactive entities. */
  readonly watermarks: ReadonlyMap<string, Date>
  /** The active entities, by internal name. */
  readonly entities: ReadonlyMap<string, EntityProgress>
}

export interface LatenessStore {
  find(tenantId: string): Promise<TenantProgress | undefined>
}

export function createLatenessStore(database: Database): LatenessStore {
  return withTypedErrors({
    find: (tenantId) => database.forTenant(tenantId, (transaction) => find(transaction, tenantId)),
  })
}

async function find(transaction: Transaction, tenantId: string): Promise<TenantProgress | undefined> {
  const where = { tenantId }
  const found = await transaction.registration.findUnique({ where, include: { entities: true } })
  if (!found) return undefined
  const watermarks = await transaction.watermark.findMany({ where, select: { entity: true, to: true } })
  const grace = await transaction.grace.findUnique({ where })
  const { frequency, timeZone, hour, minute, dueAfter, pausedAt } = found
  const calendar = { frequency, timeZone, hour, minute }
  const ends = new Map(watermarks.map(({ entity, to }) => [entity, to]))
  const rows = new Map(found.entities.map((row) => [row.entity, row]))
  const active = found.entities.filter((row) => row.active)
  // An entity that was added to the catalog after an EXPORT_ALL has no row of its own.
  const added = found.exportOption === 'EXPORT_ALL' ? watermarks.filter(({ entity }) => !rows.has(entity)) : []
  const entities = new Map<string, EntityProgress>([
    ...active.map(
      (row) => [row.entity, { watermark: ends.get(row.entity) ?? null, activatedAt: row.activatedAt }] as const,
    ),
    ...added.map(({ entity, to }) => [entity, { watermark: to, activatedAt: to }] as const),
  ])
  return { ...calendar, dueAfter, pausedAt, graceMinutes: grace?.minutes ?? null, watermarks: ends, entities }
}
