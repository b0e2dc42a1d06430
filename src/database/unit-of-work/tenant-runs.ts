import type { RunTrigger } from '../../domain/run.js'
import type { Transaction } from '../client.js'

/** A run when it is requested or begins. */
export interface NewRun {
  readonly id: string
  readonly tenantId: string
  readonly workflowId: string
  readonly trigger: RunTrigger
  readonly to: Date
  readonly requestedBy: string | null
}

/** The runs of the transaction's tenant. */
export interface TenantRuns {
  /** Records a run that is about to be started. Returns false if the tenant has a queued run already. */
  queue(run: NewRun): Promise<boolean>
}

export function tenantRuns(transaction: Transaction): TenantRuns {
  return {
    queue: async (run) => {
      const data = { ...run, status: 'QUEUED' as const, queuedAt: new Date() }
      // An insert that fails would end the transaction, so it skips what violates the unique index instead.
      const { count } = await transaction.run.createMany({ data, skipDuplicates: true })
      return count === 1
    },
  }
}
