import type { RegistrationChange } from '../domain/registration.js'
import { Prisma } from '../generated/prisma/client.js'
import type { Database, Transaction } from './client.js'
import { withTypedErrors } from './errors.js'
import { registrationFromJson } from './registration-rows.js'
import {
  type FoundRegistration,
  registrationQuery,
  storedFromRow,
  type StoredRegistration,
} from './registration-query.js'

/** Reads registrations, each call in a transaction of its own. */
export interface RegistrationStore {
  find(tenantId: string): Promise<StoredRegistration | undefined>
  /** The latest changes, newest first. */
  changes(tenantId: string, limit: number): Promise<RegistrationChange[]>
  /** Tenants whose schedule does not match yet, the oldest registration first. */
  tenantsWithPendingSchedule(limit: number): Promise<string[]>
  /** Every tenant that has a registration. */
  tenants(): Promise<string[]>
}

export function createRegistrationStore(database: Database): RegistrationStore {
  return withTypedErrors({
    find: async (tenantId) => {
      const rows = await database.readForTenant<FoundRegistration>(tenantId, registrationQuery)
      return rows.map(storedFromRow)[0]
    },
    changes: (tenantId, limit) => database.forTenant(tenantId, (transaction) => changes(transaction, tenantId, limit)),
    tenantsWithPendingSchedule: async (limit) =>
      database.tenantIds(Prisma.sql`tenants_with_pending_schedule(${limit}::int)`),
    tenants: async () => database.tenantIds(Prisma.sql`registered_tenants()`),
  })
}

async function changes(transaction: Transaction, tenantId: string, limit: number): Promise<RegistrationChange[]> {
  const rows = await transaction.registrationChange.findMany({
    where: { tenantId },
    // Not by version: a tenant that is removed and registers again begins at version 1 again.
    orderBy: { id: 'desc' },
    take: limit,
  })
  return rows.map((row) => ({
    version: row.version,
    changedBy: row.changedBy,
    changedAt: row.changedAt,
    before: row.before === null ? null : registrationFromJson(row.before),
    after: registrationFromJson(row.after),
  }))
}
