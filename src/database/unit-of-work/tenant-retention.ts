import type { Transaction } from '../client.js'

/** The retention time that the transaction's tenant has of its own. */
export interface TenantRetention {
  /** In days; 0 keeps files indefinitely; null means the time that the operator has configured for all tenants. */
  days(): Promise<number | null>
  setDays(days: number | null): Promise<void>
}

export function tenantRetention(transaction: Transaction, tenantId: string): TenantRetention {
  return {
    days: () => retentionDays(transaction, tenantId),
    setDays: async (days) => {
      await transaction.retention.deleteMany({ where: { tenantId } })
      if (days !== null) await transaction.retention.create({ data: { tenantId, days, changedAt: new Date() } })
    },
  }
}

export async function retentionDays(transaction: Transaction, tenantId: string): Promise<number | null> {
  return (await transaction.retention.findUnique({ where: { tenantId } }))?.days ?? null
}
