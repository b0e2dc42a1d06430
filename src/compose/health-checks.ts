import type { TokenVerifier } from '../auth/token-verifier.js'
import type { HealthChecks } from '../http/readiness.js'
import { missingMigrations } from './missing-migrations.js'
import type { Shared } from './shared.js'

/** What `/readyz` of the API covers. */
export function apiChecks(shared: Shared, verifier: Pick<TokenVerifier, 'keysCondition'>): HealthChecks {
  return { ...commonChecks(shared), issuer: () => requireKeys(verifier) }
}

/** Of every process. */
export function commonChecks({ database, temporal }: Shared): HealthChecks {
  return {
    postgres: () => database.check(),
    migrations: () => requireMigrations(database),
    temporal: () => temporal.ping(),
  }
}

/** Keys of an earlier fetch suffice: the API verifies tokens with them for a day. */
async function requireKeys({ keysCondition }: Pick<TokenVerifier, 'keysCondition'>): Promise<void> {
  const { usable, failure } = await keysCondition()
  if (!usable) throw new Error(`The keys of the token issuer can't be fetched: ${failure?.problem}`)
}

async function requireMigrations(database: Shared['database']): Promise<void> {
  const missing = await missingMigrations(database)
  if (missing.length > 0) {
    throw new Error(`The database lacks migrations of this release: ${missing.join(', ')}. Run cli.js migrate.`)
  }
}
