import { hasLostRuns, type LastRun, type SettledGap, step } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'
import { tenantFiles } from '../unit-of-work/tenant-files.js'
import {
  breakChains,
  discardIntents,
  lockIndex,
  noNumbers,
  numbersAbove,
  numbersInLedger,
  raiseManifests,
  recordGap,
  skipEventNumbers,
} from './chain-breaks.js'

/** What is on the server is not known, so nothing that a lost run may have changed is listed any more. */
export async function settleLostRuns(
  transaction: Transaction,
  tenantId: string,
  last: LastRun,
): Promise<SettledGap | undefined> {
  const before = await lockIndex(transaction, tenantId)
  if (!hasLostRuns(before, last)) return undefined
  // Each run that has published a file has reserved a revision of the index.
  const lostRuns = Math.max(0, last.position.revision - before.revision)
  const ledger = await numbersInLedger(transaction, tenantId)
  await discardIntents(transaction, tenantId)
  const entities = [...new Set([...ledger.keys(), ...last.entities])].toSorted()
  const broken = entities.map((entity) => [entity, numbersAbove(ledger.get(entity) ?? noNumbers, lostRuns)] as const)
  await breakChains(transaction, tenantId, new Map(broken))
  const days = await removeLastDay(transaction, tenantId, lostRuns)
  await raiseManifests(transaction, tenantId, step.revision + lostRuns)
  await raiseIndex(transaction, tenantId, last)
  await skipEventNumbers(transaction, tenantId)
  const how = `a run in Temporal ended with revision ${last.position.revision} of the index, the ledger has ${before.revision}`
  return recordGap(transaction, { tenantId, witness: 'LATER_RUN', how, entities, days })
}

/** A lost run of the same day may have replaced its files. The full loads have their rows. Returns the number of days. */
async function removeLastDay(transaction: Transaction, tenantId: string, lostRuns: number): Promise<number> {
  const last = await transaction.manifest.findFirst({
    where: { tenantId, revision: { gt: 0 } },
    orderBy: { day: 'desc' },
  })
  if (!last) return 0
  await tenantFiles(transaction, tenantId).recordRemoval(last.day)
  await transaction.manifest.update({
    where: { tenantId_day: { tenantId, day: last.day } },
    data: { revision: { increment: step.revision + lostRuns } },
  })
  return 1
}

/** The index is due from now on. The contracts on the server are not known either. */
async function raiseIndex(transaction: Transaction, tenantId: string, { position }: LastRun): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO export_index AS i (tenant_id, revision, written, last_change, reserved_at)
    VALUES (${tenantId}, ${position.revision + step.revision}::int, 0, ${position.lastChange + step.change}::bigint, now())
    ON CONFLICT (tenant_id) DO UPDATE SET
      revision = greatest(i.revision + ${step.revision}::int, excluded.revision),
      last_change = greatest(i.last_change + ${step.change}::bigint, excluded.last_change), contracts = '{}', reserved_at = now()`
}
