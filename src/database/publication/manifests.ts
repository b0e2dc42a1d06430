import type { Delivery } from '../../domain/delivery.js'
import type { PendingManifest, WrittenManifest } from '../../domain/publication.js'
import type { Transaction } from '../client.js'
import { deliveryFromRow, lostFiles, removalOf } from '../deliveries/delivery-rows.js'

export async function pendingManifests(transaction: Transaction, tenantId: string): Promise<PendingManifest[]> {
  const rows = await transaction.manifest.findMany({
    where: { tenantId, pending: true, present: true },
    orderBy: { day: 'asc' },
  })
  return rows.map(({ day, path, revision, changes, sha256, bytes, signedBy }) => ({
    day,
    path,
    revision,
    changes,
    sha256,
    bytes: bytes === null ? null : Number(bytes),
    signedBy,
  }))
}

/** Waits for a transaction that removes the day's files, as every change of the row does. */
export async function announceChange(
  transaction: Transaction,
  tenantId: string,
  day: Date,
): Promise<string | undefined> {
  const where = { tenantId, day }
  const data = { changes: { increment: 1 } }
  const [manifest] = await transaction.manifest.updateManyAndReturn({ where, data })
  // No manifest was written, or it was removed with all files of the day.
  if (!manifest?.present || manifest.revision === 0) return undefined
  await transaction.manifest.updateMany({ where, data: { pending: true } })
  return manifest.path
}

/**
 * After a stale attempt has the lock, it finds that the row has changed. Then it does not rename its manifest. The index does not
 * list the manifest yet.
 */
export async function recordManifest(
  transaction: Transaction,
  tenantId: string,
  { day, changes, revision }: PendingManifest,
  { bytes, sha256, signedBy, ...written }: WrittenManifest,
  rename: () => Promise<void>,
): Promise<boolean> {
  const { count } = await transaction.manifest.updateMany({
    where: { tenantId, day, changes, revision, pending: true, present: true },
    data: {
      ...{ revision: written.revision, bytes, sha256, signedBy },
      ...{ pending: false, indexed: false, publishedAt: new Date() },
    },
  })
  if (count === 0) return false
  await rename()
  return true
}

export async function filesOfDay(transaction: Transaction, tenantId: string, day: Date): Promise<Delivery[]> {
  const rows = await transaction.delivery.findMany({
    where: { tenantId, day, publishedAt: { not: null } },
    orderBy: [{ entity: 'asc' }, { revision: 'asc' }],
  })
  const manifest = await transaction.manifest.findUnique({ where: { tenantId_day: { tenantId, day } } })
  const latest = new Map(rows.map((row) => [row.entity, row]))
  const lost = await lostFiles(transaction, [...latest.values()])
  const stored = [...latest.values()].filter((row) => removalOf(row, manifest) === null && !lost.has(row.id))
  return stored.map((row) => deliveryFromRow(row, null))
}
