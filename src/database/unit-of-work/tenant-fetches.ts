import type { Transaction } from '../client.js'

/** What the transaction's tenant has fetched, as SFTP servers reported it. */
export interface TenantFetches {
  /** Removes all of it: the addresses and keys of clients, and when they read what. */
  removeAll(): Promise<void>
}

export function tenantFetches(transaction: Transaction, tenantId: string): TenantFetches {
  return {
    removeAll: async () => {
      await transaction.fileFetch.deleteMany({ where: { tenantId } })
      await transaction.fetchedPart.deleteMany({ where: { tenantId } })
      await transaction.sftpKeyUse.deleteMany({ where: { tenantId } })
    },
  }
}
