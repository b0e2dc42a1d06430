import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client.js'
import type { Prisma } from '../generated/prisma/client.js'

/** The Postgres schema that holds Tidemark's own tables. */
export const databaseSchema = 'tidemark'

export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

/** How long a transaction may take, and wait for a connection, in ms. The longest holds a rename on the SFTP server. */
export const transactionLimits = { timeout: 45_000, maxWait: 10_000 }

/** A client with a pool of its own. Nothing waits for ever: locks, statements and idle transactions have limits. */
export function openDatabase(options: { url: string; poolSize: number }): Database {
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      max: options.poolSize,
      application_name: 'tidemark',
      connectionTimeoutMillis: 10_000,
      options:
        `-c search_path=${databaseSchema} -c TimeZone=UTC -c lock_timeout=20s -c statement_timeout=30s ` +
        '-c idle_in_transaction_session_timeout=60s',
    },
    { schema: databaseSchema },
  )
  return new PrismaClient({ adapter })
}

/** Waits for the lock of that name and holds it until the transaction ends. */
export async function lock(transaction: Transaction, name: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
