import { type Actor, isTenantId } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import { authorizedKeysLine, type SftpKey, type SshKeyType, type SshPublicKey } from '../domain/sftp-key.js'
import type { SftpKeyModel } from '../generated/prisma/models.js'
import type { Database, Transaction } from './client.js'
import { keepAudit } from './audit-store.js'
import { claimTenantName } from './tenant-names.js'
import { withTypedErrors } from './errors.js'

export interface SftpKeyStore {
  /** In the order they were added. */
  list(tenantId: string): Promise<SftpKey[]>
  /**
   * Adds a key unless `allows`, which sees the tenant's keys as they are, says no; then false. Calls for one tenant come
   * one after the other.
   */
  add(actor: Actor, key: SftpKey, allows: (keys: readonly SftpKey[]) => boolean): Promise<boolean>
  /** Gives the key that was removed; undefined where the tenant has none of that id. */
  remove(actor: Actor, id: string): Promise<SftpKey | undefined>
}

export function createSftpKeyStore(database: Database): SftpKeyStore {
  return withTypedErrors({
    list: (tenantId) => database.forTenant(tenantId, (transaction) => list(transaction, tenantId)),
    add: (actor, key, allows) =>
      database.forTenant(actor.tenantId, (transaction) => add(transaction, actor, key, allows), { lock: 'sftp-keys' }),
    remove: (actor, id) =>
      database.forTenant(actor.tenantId, async (transaction) => {
        const { tenantId } = actor
        const row = await transaction.sftpKey.findFirst({ where: { tenantId, id } })
        const { count } = await transaction.sftpKey.deleteMany({ where: { tenantId, id } })
        if (!row || count === 0) return undefined
        const key = keyFromRow(row)
        const details = { target: key.fingerprint, before: described(key) }
        await keepAudit(transaction, auditEntry(actor, 'SFTP_KEY_REMOVED', details))
        return key
      }),
  })
}

async function add(
  transaction: Transaction,
  actor: Actor,
  key: SftpKey,
  allows: (keys: readonly SftpKey[]) => boolean,
): Promise<boolean> {
  const { tenantId } = actor
  if (!allows(await list(transaction, tenantId))) return false
  await claimTenantName(transaction, tenantId)
  const { blob, ...rest } = key
  await transaction.sftpKey.create({ data: { ...rest, tenantId, publicKey: blob } })
  const details = { target: key.fingerprint, after: described(key) }
  await keepAudit(transaction, auditEntry(actor, 'SFTP_KEY_ADDED', details))
  return true
}

/** What the audit log says of a key, beside its fingerprint. */
function described({ id, type, label, addedAt, addedBy }: SftpKey) {
  return { id, type, label, addedAt: addedAt.toISOString(), addedBy }
}

async function list(transaction: Transaction, tenantId: string): Promise<SftpKey[]> {
  const rows = await transaction.sftpKey.findMany({ where: { tenantId }, orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] })
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
    const keys = await database.forTenant(username, (transaction) => list(transaction, username))
    return keys.filter((key) => (fingerprint ?? key.fingerprint) === key.fingerprint)
  }
  return withTypedErrors({
    keys: keysOf,
    lines: async (username, fingerprint) => (await keysOf(username, fingerprint)).map(authorizedKeysLine),
  })
}
