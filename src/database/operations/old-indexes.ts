import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** Finds tenants whose index is out of date. */
export interface OldIndexStore {
  /** Tenants with days that have changed before that time, and that no index lists as they are: at most `take`, in order. */
  tenants(before: Date, take: number): Promise<string[]>
}

export function createOldIndexStore(database: Database): OldIndexStore {
  return withTypedErrors({
    tenants: (before, take) => database.tenantIds(Prisma.sql`tenants_with_old_index(${before}, ${take}::int)`),
  })
}
