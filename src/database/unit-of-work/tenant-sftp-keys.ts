import type { SftpKey, SshKeyType } from '../../domain/sftp-key.js'
import type { SftpKeyModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { claimTenantName } from '../tenant-names.js'

/** The SFTP keys of the transaction's tenant. */
export interface TenantSftpKeys {
  /** In the order in which they were added. */
  list(): Promise<SftpKey[]>
  /** Claims the tenant's name, and adds the key. @throws InvalidTenantError */
  add(key: SftpKey): Promise<void>
  /** Returns the removed key, or undefined if the tenant has no key of that id. */
  remove(id: string): Promise<SftpKey | undefined>
  /** Returns the number of removed keys. */
  removeAll(): Promise<number>
}

export function tenantSftpKeys(transaction: Transaction, tenantId: string): TenantSftpKeys {
  return {
    list: () => listSftpKeys(transaction, tenantId),
    add: async ({ blob, ...key }) => {
      await claimTenantName(transaction, tenantId)
      await transaction.sftpKey.create({ data: { ...key, tenantId, publicKey: blob } })
    },
    remove: async (id) => {
      const row = await transaction.sftpKey.findFirst({ where: { tenantId, id } })
      const { count } = await transaction.sftpKey.deleteMany({ where: { tenantId, id } })
      return row && count > 0 ? keyFromRow(row) : undefined
    },
    removeAll: async () => (await transaction.sftpKey.deleteMany({ where: { tenantId } })).count,
  }
}

export async function listSftpKeys(transaction: Transaction, tenantId: string): Promise<SftpKey[]> {
  const rows = await transaction.sftpKey.findMany({ where: { tenantId }, orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] })
  return rows.map(keyFromRow)
}

function keyFromRow(row: SftpKeyModel): SftpKey {
  const { id, fingerprint, label, addedAt, addedBy } = row
  return { id, fingerprint, label, addedAt, addedBy, type: row.type as SshKeyType, blob: row.publicKey }
}
