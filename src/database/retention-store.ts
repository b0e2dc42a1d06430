import type { Actor } from '../domain/actor.js'
import { type AuditDetails, auditEntry } from '../domain/audit.js'
import { isoDay } from '../domain/delivery-path.js'
import { firstKeptDay } from '../domain/retention.js'
import { Prisma } from '../generated/prisma/client.js'
import { keepAudit } from './audit-store.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'

/** What is kept of a tenant's files, and for how long. The ledger is kept for ever. */
export interface RetentionStore {
  /** Gives the tenant a time of its own, 0 being for ever; null gives it that of everybody again. */
  setDays(actor: Actor, days: number | null): Promise<void>
  /**
   * Tenants with files of days that are past their time, in order: as many as `take` after the one given.
   * `defaultDays`: the time of those that have none of their own; 0 is for ever.
   */
  tenantsWithOldFiles(asOf: Date, defaultDays: number, page: { take: number; after: string }): Promise<string[]>
  /** The days of a tenant whose files are past their time and lie on the server still, oldest first. */
  oldDays(tenantId: string, asOf: Date, defaultDays: number): Promise<Date[]>
  /**
   * Calls `remove`, which removes a day's files, and notes that they are gone, in the audit log, too. Meanwhile nobody
   * publishes to that day: for as long as a transaction may take, {@link transactionLimits}, so that `remove` must be done
   * before. Undefined, and nothing done, where a run is about to publish.
   */
  removeDay(actor: Actor, day: Date, remove: () => Promise<RemovedFiles>): Promise<RemovedFiles | undefined>
  /**
   * Removes what is older than so many days, at least 90, from the audit log and from the history of registrations, of all
   * tenants: at most so many rows of each. 0 days: nothing. Gives how many rows were removed.
   */
  removeOldHistory(days: HistoryDays, atMost: number): Promise<number>
  /**
   * Forgets what lets a tenant in or is kept for it but the ledger, the history of its registration and the audit log.
   * Should the tenant ever come back, it begins with full loads. Gives how many SFTP keys there were.
   */
  beginErasure(actor: Actor, registrationVersion: number | null): Promise<number>
  /** All files are gone: notes it in the ledger, and the receipt in the audit log. */
  endErasure(actor: Actor, receipt: AuditDetails): Promise<void>
}

/** For how many days each is kept; 0: indefinitely. */
export interface HistoryDays {
  readonly audit: number
  readonly changes: number
}

export interface RemovedFiles {
  readonly files: number
  readonly bytes: number
}

export function createRetentionStore(database: Database): RetentionStore {
  return withTypedErrors({
    setDays: (actor, days) => database.forTenant(actor.tenantId, (transaction) => setDays(transaction, actor, days)),
    tenantsWithOldFiles: async (asOf, defaultDays, { take, after }) => {
      return database.tenantIds(
        Prisma.sql`tenants_with_old_files(${isoDay(asOf)}::date, ${defaultDays}::int, ${after}, ${take}::int)`,
      )
    },
    oldDays: (tenantId, asOf, defaultDays) =>
      database.forTenant(tenantId, async (transaction) => {
        const days = (await daysOf(transaction, tenantId)) ?? defaultDays
        if (days === 0) return []
        const where = { tenantId, day: { lt: firstKeptDay(asOf, days) }, present: true }
        return (await transaction.manifest.findMany({ where, orderBy: { day: 'asc' } })).map(({ day }) => day)
      }),
    removeDay: (actor, day, remove) =>
      database.forTenant(actor.tenantId, (transaction) => removeDay(transaction, actor, day, remove)),
    removeOldHistory: ({ audit, changes }, atMost) =>
      database.count(Prisma.sql`remove_old_history(${audit}::int, ${changes}::int, ${atMost}::int)`),
    beginErasure: (actor, version) =>
      database.forTenant(actor.tenantId, (transaction) => beginErasure(transaction, actor, version)),
    endErasure: (actor, receipt) =>
      database.forTenant(actor.tenantId, (transaction) => endErasure(transaction, actor, receipt)),
  })
}

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
  actor: Actor,
  day: Date,
  remove: () => Promise<RemovedFiles>,
): Promise<RemovedFiles | undefined> {
  const { tenantId } = actor
  await transaction.$executeRaw`
    SELECT 1 FROM manifest WHERE tenant_id = ${tenantId} AND day = ${isoDay(day)}::date FOR UPDATE`
  const next = new Date(day.getTime() + 86_400_000)
  const writing = await transaction.runEntity.count({
    where: { tenantId, to: { gte: day, lt: next }, status: { in: ['PENDING', 'RUNNING'] }, run: { finishedAt: null } },
  })
  if (writing > 0) return undefined
  const removed = await remove()
  await noteRemoved(transaction, tenantId, day)
  await keepAudit(transaction, auditEntry(actor, 'FILES_REMOVED', { target: isoDay(day), after: { ...removed } }))
  return removed
}

/** Of one day, or of all. What was published later is there again: by the ledger's own times, which no clock can mix up. */
async function noteRemoved(transaction: Transaction, tenantId: string, day: Date | null): Promise<void> {
  await transaction.$executeRaw`
    UPDATE manifest SET removed_at = now(), present = false, pending = false, changes = changes + 1,
      removed_through = (
        SELECT max(published_at) FROM delivery
        WHERE delivery.tenant_id = manifest.tenant_id AND delivery.day = manifest.day)
    WHERE tenant_id = ${tenantId} AND present AND (${day && isoDay(day)}::date IS NULL OR day = ${day && isoDay(day)}::date)`
}

async function beginErasure(
  transaction: Transaction,
  actor: Actor,
  registrationVersion: number | null,
): Promise<number> {
  const where = { tenantId: actor.tenantId }
  const { count: sftpKeys } = await transaction.sftpKey.deleteMany({ where })
  await transaction.retention.deleteMany({ where })
  await transaction.watermark.updateMany({ where, data: { fullLoadRequested: true } })
  const after = { state: 'begun', registrationVersion, sftpKeys }
  await keepAudit(transaction, auditEntry(actor, 'TENANT_ERASED', { after }))
  return sftpKeys
}

async function endErasure(transaction: Transaction, actor: Actor, receipt: AuditDetails): Promise<void> {
  await noteRemoved(transaction, actor.tenantId, null)
  await keepAudit(transaction, auditEntry(actor, 'TENANT_ERASED', { after: { state: 'done', ...receipt } }))
}
