import { databaseSchema } from '../database/database-schema.js'
import { applyMigrations } from '../database/migrate.js'
import { prepareRollback } from '../database/prepare-rollback.js'
import { ensureServiceLogin } from '../database/service-login.js'
import { besideSource } from './beside-source.js'

export { scramVerifier } from '../database/scram-verifier.js'

export interface MigratedDatabase {
  /** The migrations that were applied now. */
  readonly applied: readonly string[]
  /** Whether the service's login was made now. */
  readonly loginMade: boolean
}

/** Brings Tidemark's tables to the current version, as their owner, and makes the login that the service has. */
export async function migrateDatabase(ownerUrl: string, serviceUrl: string): Promise<MigratedDatabase> {
  const folder = besideSource('prisma/migrations')
  const applied = await applyMigrations({ url: ownerUrl, schema: databaseSchema, folder })
  return { applied, loginMade: await ensureServiceLogin(ownerUrl, serviceUrl) }
}

/** Prepares Tidemark's tables for the programs of an earlier release. @throws MigrationError if it cannot use them */
export function migrateBack(ownerUrl: string, release: string): Promise<void> {
  return prepareRollback({ url: ownerUrl, schema: databaseSchema, folder: besideSource('prisma/rollback') }, release)
}

/** Brings the tables of the sample source to the current version, which only the local stack and tests have. */
export function migrateSampleSource(url: string): Promise<string[]> {
  return applyMigrations({ url, schema: 'analytics', folder: besideSource('prisma/source/migrations') })
}
