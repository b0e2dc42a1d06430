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

/** A window that has ended meanwhile keeps its outcome. Failures with the same code in a row count as one wait. */
async function recordFailure(
  transaction: Transaction,
  { runId, entity, to }: EntityWindow,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE run_entity SET error_message = ${message}, error_code = ${code},
      failing_since = CASE WHEN error_code = ${code} THEN coalesce(failing_since, now()) ELSE now() END
    WHERE run_id = ${runId}::uuid AND entity = ${entity} AND "to" = ${to} AND status = 'RUNNING'`
}
