import type { PgpKey } from '../domain/pgp-key.js'
import type { Database } from './client.js'
import { withTypedErrors } from './errors.js'
import { listPgpKeys } from './unit-of-work/tenant-pgp-keys.js'

export interface PgpKeyStore {
  /** In the order in which they were added. */
  list(tenantId: string): Promise<PgpKey[]>
}

export function createPgpKeyStore(database: Database): PgpKeyStore {
  return withTypedErrors({
    list: (tenantId) => database.forTenant(tenantId, (transaction) => listPgpKeys(transaction, tenantId)),
  })
}
