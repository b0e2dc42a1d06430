import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'

/** The migrations that are complete in the database. */
export function appliedMigrations(database: Database): Promise<string[]> {
  return database.tenantIds(Prisma.sql`applied_migrations()`)
}
