import { isTenantId } from '../domain/actor.js'
import { authorizedKeysLine, type SftpKey, type SshKeyType, type SshPublicKey } from '../domain/sftp-key.js'
import type { SftpKeyModel } from '../generated/prisma/models.js'
import { type Database, lock, type Transaction, transactionLimits } from './client.js'
import { withTypedErrors } from './errors.js'

/** What became of a key that was to be added. `takenElsewhere`: another tenant has it, and nobody learns which. */
export type Addition = 'added' | 'takenElsewhere' | 'refused'

export interface SftpKeyStore {
  /** In the order they were added. */
  list(tenantId: string): Promise<SftpKey[]>
  /**
   * Adds a key unless `allows`, which sees the tenant's keys as they are, says no. Calls for one tenant come one after
   * the other.
   */
  add(tenantId: string, key: SftpKey, allows: (keys: readonly SftpKey[]) => boolean): Promise<Addition>
  /** Gives the key that was removed; undefined where the tenant has none of that id. */
  remove(tenantId: string, id: string): Promise<SftpKey | undefined>
}

export function createSftpKeyStore(database: Database): SftpKeyStore {
  return withTypedErrors({
    list: (tenantId) => list(database, tenantId),
    add: (tenantId, key, allows) =>
      database.$transaction(async (transaction) => {
        await lock(transaction, `sftp-keys:${tenantId}`)
        if (!allows(await list(transaction, tenantId))) return 'refused'
        const { blob, ...rest } = key
        // Not by looking first: another tenant's rows are nothing that this tenant's transaction may see.
        const { count } = await transaction.sftpKey.createMany({
          data: { ...rest, tenantId, publicKey: blob },
          skipDuplicates: true,
        })
        return count === 1 ? 'added' : 'takenElsewhere'
      }, transactionLimits),
    remove: (tenantId, id) =>
      database.$transaction(async (transaction) => {
        const row = await transaction.sftpKey.findFirst({ where: { tenantId, id } })
        const { count } = await transaction.sftpKey.deleteMany({ where: { tenantId, id } })
        return row && count > 0 ? keyFromRow(row) : undefined
      }, transactionLimits),
  })
}

async function list(database: Transaction, tenantId: string): Promise<SftpKey[]> {
  const rows = await database.sftpKey.findMany({ where: { tenantId }, orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] })
  return rows.map(keyFromRow)
}

function keyFromRow(row: SftpKeyModel): SftpKey {
  const { id, fingerprint, label, addedAt, addedBy } = row
  return { id, fingerprint, label, addedAt, addedBy, type: row.type as SshKeyType, blob: row.publicKey }
}

/** What an SFTP server asks at each login. */
export interface AuthorizedKeys {
  /** The keys of an account, which has its tenant's name, all or the one of a fingerprint; none for any other name. */
  keys(username: string, fingerprint?: string): Promise<SshPublicKey[]>
  /** The same as lines of `authorized_keys`. */
  lines(username: string, fingerprint?: string): Promise<string[]>
}

export function createAuthorizedKeys(database: Database): AuthorizedKeys {
  const keysOf: AuthorizedKeys['keys'] = async (username, fingerprint) => {
    if (!isTenantId(username)) return []
    const keys = await list(database, username)
    return keys.filter((key) => (fingerprint ?? key.fingerprint) === key.fingerprint)
  }
  return withTypedErrors({
    keys: keysOf,
    lines: async (username, fingerprint) => (await keysOf(username, fingerprint)).map(authorizedKeysLine),
  })
}
