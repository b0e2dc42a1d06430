import { isoDay } from '../domain/delivery-path.js'
import type { ExpiringDay } from '../domain/events/file-events.js'
import { expiringDays, firstKeptDay } from '../domain/retention.js'
import { Prisma } from '../generated/prisma/client.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'
import { retentionDays } from './unit-of-work/tenant-retention.js'

/** Finds files that are past their retention time, and removes old history. */
export interface RetentionStore {
  /**
   * Tenants with files of days that are past their time, in order: at most `take`, after the tenant `after`. `defaultDays` is
   * the time of tenants without a time of their own; 0 keeps files indefinitely.
   */
  tenantsWithOldFiles(asOf: Date, defaultDays: number, page: { take: number; after: string }): Promise<string[]>
  /** The days of a tenant whose files are past their time and still stored on the server, oldest first. */
  oldDays(tenantId: string, asOf: Date, defaultDays: number): Promise<Date[]>
  /** As {@link tenantsWithOldFiles}, with files whose time will be over within `noticeDays`. */
  tenantsWithExpiringFiles(asOf: Date, times: RetentionTimes, page: { take: number; after: string }): Promise<string[]>
  /** The days of a tenant whose files will be past their time within `noticeDays`, oldest first. */
  expiringDays(tenantId: string, asOf: Date, times: RetentionTimes): Promise<ExpiringDay[]>
  /**
   * Removes rows of all tenants that are older than these days from the audit log, from the history of registrations (both at
   * least 90) and from the events (at least 7): at most `atMost` rows of each. 0 days removes nothing. Returns the number of
   * removed rows.
   */
  removeOldHistory(days: HistoryDays, atMost: number): Promise<number>
  /** The same for records of fetches. What was fetched first and whole stays. */
  removeOldFetches(days: number, atMost: number): Promise<number>
}

/** For how many days each is kept; 0: indefinitely. */
export interface HistoryDays {
  readonly audit: number
  readonly changes: number
  readonly events: number
}

export interface RetentionTimes {
  /** Of tenants without a time of their own; 0 keeps files indefinitely. */
  readonly defaultDays: number
  readonly noticeDays: number
}

export function createRetentionStore(database: Database): RetentionStore {
  return withTypedErrors({
    tenantsWithOldFiles: async (asOf, defaultDays, { take, after }) =>
      database.tenantIds(
        Prisma.sql`tenants_with_old_files(${isoDay(asOf)}::date, ${defaultDays}::int, ${after}, ${take}::int)`,
      ),
    oldDays: (tenantId, asOf, defaultDays) =>
      database.forTenant(tenantId, (transaction) => oldDays(transaction, tenantId, asOf, defaultDays)),
    tenantsWithExpiringFiles: async (asOf, { defaultDays, noticeDays }, { take, after }) =>
      database.tenantIds(
        Prisma.sql`tenants_with_expiring_files(${isoDay(asOf)}::date, ${defaultDays}::int, ${noticeDays}::int, ${after},
          ${take}::int)`,
      ),
    expiringDays: (tenantId, asOf, times) =>
      database.forTenant(tenantId, (transaction) => daysExpiring(transaction, tenantId, asOf, times)),
    removeOldHistory: async ({ audit, changes, events }, atMost) => {
      const rows = await database.count(Prisma.sql`remove_old_history(${audit}::int, ${changes}::int, ${atMost}::int)`)
      return rows + (await database.count(Prisma.sql`remove_old_events(${events}::int, ${atMost}::int)`))
    },
    removeOldFetches: (days, atMost) => database.count(Prisma.sql`remove_old_fetches(${days}::int, ${atMost}::int)`),
  })
}

async function oldDays(transaction: Transaction, tenantId: string, asOf: Date, defaultDays: number): Promise<Date[]> {
  const days = (await retentionDays(transaction, tenantId)) ?? defaultDays
  if (days === 0) return []
  const where = { tenantId, day: { lt: firstKeptDay(asOf, days) }, present: true }
  return (await transaction.manifest.findMany({ where, orderBy: { day: 'asc' } })).map(({ day }) => day)
}

async function daysExpiring(
  transaction: Transaction,
  tenantId: string,
  asOf: Date,
  { defaultDays, noticeDays }: RetentionTimes,
): Promise<ExpiringDay[]> {
  const days = (await retentionDays(transaction, tenantId)) ?? defaultDays
  if (days === 0) return []
  const { first, end } = expiringDays(asOf, days, noticeDays)
  const where = { tenantId, day: { gte: first, lt: end }, present: true }
  const rows = await transaction.manifest.findMany({ where, orderBy: { day: 'asc' } })
  return rows.map(({ day }) => ({ tenantId, day, retentionDays: days }))
}
