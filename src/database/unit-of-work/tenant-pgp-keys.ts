import type { PgpKey } from '../../domain/pgp-key.js'
import type { PgpKeyModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { claimTenantName } from '../tenant-names.js'

/** The PGP keys of the transaction's tenant. */
export interface TenantPgpKeys {
  /** In the order in which they were added. */
  list(): Promise<PgpKey[]>
  /** Claims the tenant's name, and adds the key. @throws InvalidTenantError */
  add(key: PgpKey): Promise<void>
  remove(fingerprint: string): Promise<void>
  /** Returns the number of removed keys. */
  removeAll(): Promise<number>
}

export function tenantPgpKeys(transaction: Transaction, tenantId: string): TenantPgpKeys {
  return {
    list: () => listPgpKeys(transaction, tenantId),
    add: async ({ armored, ...key }) => {
      await claimTenantName(transaction, tenantId)
      await transaction.pgpKey.create({ data: { ...key, tenantId, publicKey: armored } })
    },
    remove: async (fingerprint) => {
      await transaction.pgpKey.deleteMany({ where: { tenantId, fingerprint } })
    },
    removeAll: async () => (await transaction.pgpKey.deleteMany({ where: { tenantId } })).count,
  }
}

export async function listPgpKeys(transaction: Transaction, tenantId: string): Promise<PgpKey[]> {
  const orderBy = [{ addedAt: 'asc' as const }, { fingerprint: 'asc' as const }]
  const rows = await transaction.pgpKey.findMany({ where: { tenantId }, orderBy })
  return rows.map(keyFromRow)
}

function keyFromRow(row: PgpKeyModel): PgpKey {
  const { fingerprint, label, userId, algorithm, publicKey, createdAt, expiresAt, addedAt, addedBy } = row
  return { fingerprint, label, userId, algorithm, armored: publicKey, createdAt, expiresAt, addedAt, addedBy }
}
