import type { EntityWindow } from '../../domain/publication.js'
import type { PublicationStore } from '../../domain/publication-ports.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { recordHiddenPaths, takeClaim } from './claims.js'
import { discardIntent, intend, pendingIntents, record, requireClaim, takeOver } from './intents.js'
import { announceChange, filesOfDay, pendingManifests, recordManifest } from './manifests.js'

export function createPublicationStore(database: Database): PublicationStore {
  /** Calls `work` in a transaction of the tenant that its first argument is or names. */
  const transactional =
    <Of extends string | { readonly tenantId: string }, More extends unknown[], Result>(
      work: (transaction: Transaction, of: Of, ...more: More) => Promise<Result>,
    ) =>
    (of: Of, ...more: More): Promise<Result> => {
      const tenantId = typeof of === 'string' ? of : of.tenantId
      return database.forTenant(tenantId, (transaction) => work(transaction, of, ...more))
    }
  return withTypedErrors<PublicationStore>({
    claim: transactional(takeClaim),
    recordHiddenPaths: transactional(recordHiddenPaths),
    recordFailure: transactional(recordFailure),
    intend: transactional(intend),
    record: transactional(record),
    requireClaim: transactional(requireClaim),
    discard: transactional(discardIntent),
    pendingIntents: transactional(pendingIntents),
    takeOver: transactional(takeOver),
    announceChange: transactional(announceChange),
    pendingManifests: transactional(pendingManifests),
    filesOfDay: transactional(filesOfDay),
    recordManifest: transactional(recordManifest),
  })
}

/** A window that has ended meanwhile keeps its outcome. */
async function recordFailure(
  transaction: Transaction,
  { runId, entity, to }: EntityWindow,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const where = { runId, entity, to, status: 'RUNNING' as const }
  await transaction.runEntity.updateMany({ where, data: { errorCode: code, errorMessage: message } })
}
