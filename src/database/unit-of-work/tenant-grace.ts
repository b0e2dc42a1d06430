import type { Transaction } from '../client.js'

/** How long the files of the transaction's tenant may take before they are overdue. */
export interface TenantGrace {
  /** In minutes; null means the grace that the operator has configured for all tenants. */
  minutes(): Promise<number | null>
  setMinutes(minutes: number | null): Promise<void>
}

export function tenantGrace(transaction: Transaction, tenantId: string): TenantGrace {
  const where = { tenantId }
  return {
    minutes: async () => (await transaction.grace.findUnique({ where }))?.minutes ?? null,
    setMinutes: async (minutes) => {
      await transaction.grace.deleteMany({ where })
      if (minutes !== null) await transaction.grace.create({ data: { tenantId, minutes, changedAt: new Date() } })
    },
  }
}
