import type { RunScope, RunTrigger } from '../../domain/run.js'
import type { Transaction } from '../client.js'

/** A run when it is requested or begins. */
export interface NewRun {
  readonly id: string
  readonly tenantId: string
  readonly workflowId: string
  readonly trigger: RunTrigger
  readonly to: Date
  /** The date in its paths, as far as it is known before the run is planned. */
  readonly day?: Date
  readonly requestedBy: string | null
}

/** The runs of the transaction's tenant. */
export interface TenantRuns {
  /**
   * Records a run that is about to be started, and what it exports. Returns false if the tenant has a queued run already.
   */
  queue(run: NewRun, scope?: RunScope): Promise<boolean>
  /** Locks the run until the transaction ends, and returns whether it has not ended yet. */
  lockUnended(id: string): Promise<boolean>
}

export function tenantRuns(transaction: Transaction): TenantRuns {
  return {
    queue: async (run, scope = {}) => {
      const recorded = Object.keys(scope).length > 0 ? { scope: JSON.parse(JSON.stringify(scope)) as object } : {}
      const data = { ...run, ...recorded, status: 'QUEUED' as const, queuedAt: new Date() }
      // An insert that fails would end the transaction, so it skips what violates the unique index instead.
      const { count } = await transaction.run.createMany({ data, skipDuplicates: true })
      return count === 1
    },
    lockUnended: async (id) => {
      const found = await transaction.$queryRaw<unknown[]>`
        SELECT 1 FROM run WHERE id = ${id}::uuid AND finished_at IS NULL FOR NO KEY UPDATE`
      return found.length === 1
    },
  }
}
