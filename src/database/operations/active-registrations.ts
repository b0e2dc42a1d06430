import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'

/** The number of tenants whose files are expected at some time: their export is neither disabled nor paused. */
export function activeRegistrations(database: Database): Promise<number> {
  return database.count(Prisma.sql`active_registrations()`)
}
