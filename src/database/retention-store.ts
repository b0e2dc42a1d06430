import type { Actor } from '../domain/actor.js'
import { type AuditDetails, auditEntry } from '../domain/audit.js'
import { firstKeptDay } from '../domain/retention.js'
import { keepAudit } from './audit-store.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'

/** What is kept of a tenant's files, and for how long. The ledger is kept for ever. */
export interface RetentionStore {
  /** The tenant's own time in days, 0 being for ever; null where it has that of everybody. */
  days(tenantId: string): Promise<number | null>
  /** Null gives the tenant the time of everybody again. */
  setDays(actor: Actor, days: number | null): Promise<void>
  /**
   * Tenants with files of days that are past their time, in order: as many as `take` after the one given.
   * `defaultDays`: the time of those that have none of their own; 0 is for ever.
   */
  tenantsWithOldFiles(asOf: Date, defaultDays: number, page: { take: number; after: string }): Promise<string[]>
  /** The days of a tenant whose files are past their time and lie on the server still, oldest first. */
  oldDays(tenantId: string, asOf: Date, defaultDays: number): Promise<Date[]>
  /**
   * Calls `remove`, which removes a day's files, and notes that they are gone. Meanwhile nobody publishes to that day;
   * where a run is about to, nothing is done. Gives whether they were removed.
   */
  removeDay(tenantId: string, day: Date, remove: () => Promise<void>): Promise<boolean>
  keepFilesRemoved(actor: Actor, removed: AuditDetails): Promise<void>
  /**
   * Forgets what is kept for a tenant but the ledger and the audit log, and keeps the receipt there. Should the tenant
   * ever come back, it begins with full loads. Gives how many SFTP keys there were.
   */
  erase(actor: Actor, receiptOf: (rows: { sftpKeys: number }) => AuditDetails): Promise<number>
}

export function createRetentionStore(database: Database): RetentionStore {
  return withTypedErrors({
    days: (tenantId) => database.forTenant(tenantId, (transaction) => daysOf(transaction, tenantId)),
    setDays: (actor, days) => database.forTenant(actor.tenantId, (transaction) => setDays(transaction, actor, days)),
    tenantsWithOldFiles: async (asOf, defaultDays, { take, after }) => {
      const rows = await database.forNobody.$queryRaw<{ tenantId: string }[]>`
        SELECT tenants_with_old_files(${isoDate(asOf)}::date, ${defaultDays}::int, ${after}, ${take}::int) AS "tenantId"`
      return rows.map(({ tenantId }) => tenantId)
    },
    oldDays: (tenantId, asOf, defaultDays) =>
      database.forTenant(tenantId, async (transaction) => {
        const days = (await daysOf(transaction, tenantId)) ?? defaultDays
        if (days === 0) return []
        const where = { tenantId, day: { lt: firstKeptDay(asOf, days) }, present: true }
        return (await transaction.manifest.findMany({ where, orderBy: { day: 'asc' } })).map(({ day }) => day)
      }),
    removeDay: (tenantId, day, remove) =>
      database.forTenant(tenantId, (transaction) => removeDay(transaction, tenantId, day, remove)),
    keepFilesRemoved: (actor, after) =>
      database.forTenant(actor.tenantId, (transaction) =>
        keepAudit(transaction, auditEntry(actor, 'FILES_REMOVED', { after })),
      ),
    erase: (actor, receiptOf) =>
      database.forTenant(actor.tenantId, (transaction) => erase(transaction, actor, receiptOf)),
  })
}

const isoDate = (day: Date) => day.toISOString().slice(0, 10)

async function daysOf(transaction: Transaction, tenantId: string): Promise<number | null> {
  return (await transaction.retention.findUnique({ where: { tenantId } }))?.days ?? null
}

async function setDays(transaction: Transaction, actor: Actor, days: number | null): Promise<void> {
  const { tenantId } = actor
  const before = await daysOf(transaction, tenantId)
  if (before === days) return
  await transaction.retention.deleteMany({ where: { tenantId } })
  if (days !== null) await transaction.retention.create({ data: { tenantId, days, changedAt: new Date() } })
  const details = { before: { days: before }, after: { days } }
  await keepAudit(transaction, auditEntry(actor, 'RETENTION_CHANGED', details))
}

/** Whoever publishes to the day changes its manifest's row first, and so waits for the end of this transaction. */
async function removeDay(
  transaction: Transaction,
  tenantId: string,
  day: Date,
  remove: () => Promise<void>,
): Promise<boolean> {
  await transaction.$executeRaw`
    SELECT 1 FROM manifest WHERE tenant_id = ${tenantId} AND day = ${isoDate(day)}::date FOR UPDATE`
  const next = new Date(day.getTime() + 86_400_000)
  const writing = await transaction.runEntity.count({
    where: { tenantId, to: { gte: day, lt: next }, status: { in: ['PENDING', 'RUNNING'] }, run: { finishedAt: null } },
  })
  if (writing > 0) return false
  await remove()
  await transaction.manifest.updateMany({ where: { tenantId, day }, data: removedNow() })
  return true
}

function removedNow() {
  return { removedAt: new Date(), present: false, pending: false }
}

async function erase(
  transaction: Transaction,
  actor: Actor,
  receiptOf: (rows: { sftpKeys: number }) => AuditDetails,
): Promise<number> {
  const where = { tenantId: actor.tenantId }
  await transaction.manifest.updateMany({ where: { ...where, present: true }, data: removedNow() })
  await transaction.watermark.updateMany({ where, data: { fullLoadRequested: true } })
  await transaction.retention.deleteMany({ where })
  const { count: sftpKeys } = await transaction.sftpKey.deleteMany({ where })
  await keepAudit(transaction, auditEntry(actor, 'TENANT_ERASED', { after: receiptOf({ sftpKeys }) }))
  return sftpKeys
}
