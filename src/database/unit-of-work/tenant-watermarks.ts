import type { Transaction } from '../client.js'

/** The watermarks of the transaction's tenant. */
export interface TenantWatermarks {
  /** Makes the next file of these entities (all, if none are named) a full load. An entity that was never published gets one anyway. */
  requestFullLoad(entities?: readonly string[]): Promise<void>
}

export function tenantWatermarks(transaction: Transaction, tenantId: string): TenantWatermarks {
  return {
    requestFullLoad: async (entities) => {
      const where = { tenantId, ...(entities && { entity: { in: [...entities] } }) }
      await transaction.watermark.updateMany({ where, data: { fullLoadRequested: true } })
    },
  }
}
