import { isTenantId } from '../domain/actor.js'
import { authorizedKeysLine, type SftpKey, type SshPublicKey } from '../domain/sftp-key.js'
import type { Database } from './client.js'
import { withTypedErrors } from './errors.js'
import { listSftpKeys } from './unit-of-work/tenant-sftp-keys.js'

export interface SftpKeyStore {
  /** In the order in which they were added. */
  list(tenantId: string): Promise<SftpKey[]>
}

export function createSftpKeyStore(database: Database): SftpKeyStore {
  return withTypedErrors({
    list: (tenantId) => database.forTenant(tenantId, (transaction) => listSftpKeys(transaction, tenantId)),
  })
}

/** What an SFTP server reads at each login. */
export interface AuthorizedKeys {
  /** The keys of an account, which has its tenant's name: all, or the one of a fingerprint. Empty for any other name. */
  keys(username: string, fingerprint?: string): Promise<SshPublicKey[]>
  /** The same as lines of `authorized_keys`. */
  lines(username: string, fingerprint?: string): Promise<string[]>
}

export function createAuthorizedKeys(database: Database): AuthorizedKeys {
  const store = createSftpKeyStore(database)
  const keysOf: AuthorizedKeys['keys'] = async (username, fingerprint) => {
    if (!isTenantId(username)) return []
    const keys = await store.list(username)
    return keys.filter((key) => (fingerprint ?? key.fingerprint) === key.fingerprint)
  }
  return {
    keys: keysOf,
    lines: async (username, fingerprint) => (await keysOf(username, fingerprint)).map(authorizedKeysLine),
  }
}
