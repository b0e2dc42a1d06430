import type { ComparedDay, SettledGap, StoredState } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'
import { lostFiles, removalOf } from '../deliveries/delivery-rows.js'
import { tenantFiles } from '../unit-of-work/tenant-files.js'
import { breakChains, loseFiles, noNumbers, numbersInLedger, recordGap } from './chain-breaks.js'

/** Records which files of the ledger the server no longer has, so that manifests and index no longer name them. */
export async function settleOlderServer(
  transaction: Transaction,
  tenantId: string,
  { index, days }: StoredState,
): Promise<SettledGap> {
  const broken = new Set<string>()
  for (const day of days) {
    for (const entity of await compareDay(transaction, tenantId, day)) broken.add(entity)
  }
  const ledger = await numbersInLedger(transaction, tenantId)
  // The ledger knows every revision that was used.
  const used = [...broken].map((entity) => [entity, { ...(ledger.get(entity) ?? noNumbers), revision: 0 }] as const)
  await breakChains(transaction, tenantId, new Map(used))
  const { written } = await transaction.exportIndex.findUniqueOrThrow({ where: { tenantId } })
  // The index is due from now on: its revision is higher than the one that is written.
  await transaction.exportIndex.update({
    where: { tenantId },
    data: { written: index.revision, bytes: index.bytes, sha256: index.sha256, contracts: {} },
  })
  const how = `the index has revision ${index.revision}, but revision ${written} was written last`
  return recordGap(transaction, {
    ...{ tenantId, witness: 'OLDER_INDEX', how },
    ...{ entities: [...broken].toSorted(), days: days.length },
  })
}

/** Returns the entities that lack their file of the day. */
async function compareDay(
  transaction: Transaction,
  tenantId: string,
  { day, manifest }: ComparedDay,
): Promise<readonly string[]> {
  const where = { tenantId, day }
  const known = await transaction.manifest.findUnique({ where: { tenantId_day: where } })
  if (!known) return []
  if (!known.present) {
    // Its files were removed after the backup, and are back. Retention removes them again.
    if (manifest) await transaction.manifest.updateMany({ where, data: { present: true, indexed: false } })
    return []
  }
  const { stored, lost } = await filesOf(transaction, tenantId, { day, manifest, known })
  await loseFiles(
    transaction,
    tenantId,
    lost.map(({ id }) => id),
  )
  if (stored === 0) await tenantFiles(transaction, tenantId).recordRemoval(day)
  else {
    const data = { pending: true, indexed: false, changes: { increment: 1 } }
    await transaction.manifest.updateMany({ where, data })
  }
  return lost.map(({ entity }) => entity)
}

interface KnownDay extends Pick<ComparedDay, 'day' | 'manifest'> {
  readonly known: { readonly removedAt: Date | null; readonly removedThrough: Date | null }
}

/** Of each entity, the latest revision of the day. */
async function filesOf(transaction: Transaction, tenantId: string, { day, manifest, known }: KnownDay) {
  const rows = await transaction.delivery.findMany({
    where: { tenantId, day, publishedAt: { not: null } },
    orderBy: { revision: 'asc' },
  })
  const latest = [...new Map(rows.map((row) => [row.entity, row])).values()]
  const gone = await lostFiles(transaction, latest)
  const expected = latest.filter((row) => !gone.has(row.id) && removalOf(row, known) === null)
  const lost = expected.filter(
    ({ entity, revision }) => !manifest?.files.some((file) => file.entity === entity && file.revision === revision),
  )
  return { stored: expected.length - lost.length, lost }
}
