import type { EntityWindow } from '../../domain/publication.js'
import type { PublicationStore } from '../../domain/publication-ports.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { claim, noteHiddenFiles } from './claims.js'
import { drop, intend, record, requireHeld, takeOver, unsettled } from './intents.js'

export function createPublicationStore(database: Database): PublicationStore {
  /** Calls `work` in a transaction of the tenant that its first argument names. */
  const transactional =
    <Of extends { readonly tenantId: string }, More extends unknown[], Result>(
      work: (transaction: Transaction, of: Of, ...more: More) => Promise<Result>,
    ) =>
    (of: Of, ...more: More): Promise<Result> =>
      database.forTenant(of.tenantId, (transaction) => work(transaction, of, ...more))
  return withTypedErrors<PublicationStore>({
    claim: transactional(claim),
    noteHiddenFiles: transactional(noteHiddenFiles),
    noteFailure: transactional(noteFailure),
    intend: transactional(intend),
    record: transactional(record),
    requireHeld: transactional(requireHeld),
    drop: transactional(drop),
    unsettled: (tenantId) => database.forTenant(tenantId, (transaction) => unsettled(transaction, tenantId)),
    takeOver: transactional(takeOver),
  })
}

/** Of a window that has ended meanwhile, what it ended with stays. */
async function noteFailure(
  transaction: Transaction,
  { runId, entity, to }: EntityWindow,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const where = { runId, entity, to, status: 'RUNNING' as const }
  await transaction.runEntity.updateMany({ where, data: { errorCode: code, errorMessage: message } })
}
