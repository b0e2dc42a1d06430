import type { WrittenFile } from '../../domain/delivery.js'
import type { Claim, EntityWindow, Intent } from '../../domain/publication.js'
import type { PublicationStore } from '../../domain/publication-ports.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { recordHiddenPaths, takeClaims } from './claims.js'
import { deliveriesById, recordIndex, reserveIndex } from './export-index.js'
import { intendAll } from './intend.js'
import { discardIntent, pendingIntents, requireClaim, takeOver } from './intents.js'
import { announceChange, filesOfDay, pendingManifests, recordManifest } from './manifests.js'
import { recordAll } from './record.js'

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
  /** The same for several of one tenant. */
  const together =
    <Each, More extends unknown[], Result>(
      ofEach: (each: Each) => { readonly tenantId: string },
      work: (transaction: Transaction, all: readonly Each[], ...more: More) => Promise<Result>,
    ) =>
    (all: readonly Each[], ...more: More): Promise<Result> => {
      const [first] = all
      if (first === undefined) throw new Error('there is nothing to do together')
      return database.forTenant(ofEach(first).tenantId, (transaction) => work(transaction, all, ...more))
    }
  const claimAll = together((window: EntityWindow) => window, takeClaims)
  return withTypedErrors<PublicationStore>({
    claim: async (window, attempt, hiddenName) => only(await claimAll([window], attempt, hiddenName)),
    claimAll,
    recordHiddenPaths: transactional(recordHiddenPaths),
    recordFailure: transactional(recordFailure),
    intendAll: together(({ claim }: { claim: Claim; file: WrittenFile }) => claim, intendAll),
    recordAll: together((intent: Intent) => intent, recordAll),
    requireClaim: transactional(requireClaim),
    discard: transactional(discardIntent),
    pendingIntents: transactional(pendingIntents),
    takeOver: transactional(takeOver),
    announceChange: transactional(announceChange),
    pendingManifests: transactional(pendingManifests),
    filesOfDay: transactional(filesOfDay),
    recordManifest: transactional(recordManifest),
    reserveIndex: transactional(reserveIndex),
    deliveriesById: transactional(deliveriesById),
    recordIndex: transactional(recordIndex),
  })
}

function only<T>([one]: readonly T[]): T {
  if (one === undefined) throw new Error('one call has no answer')
  return one
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
