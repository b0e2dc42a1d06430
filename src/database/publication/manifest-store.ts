import { isoDay } from '../../domain/delivery-path.js'
import type { DeliveredFile } from '../../domain/delivery.js'
import type { PendingManifest, WrittenManifest } from '../../domain/publication.js'
import type { ManifestStore } from '../../domain/publication-ports.js'
import type { Database, Transaction } from '../client.js'
import { deliveredFileFromRow, lostFiles, removalOf } from '../deliveries/delivery-rows.js'
import { withTypedErrors } from '../errors.js'

export function createManifestStore(database: Database): ManifestStore {
  return withTypedErrors<ManifestStore>({
    announceChange: (tenantId, at) =>
      database.forTenant(tenantId, (transaction) => announceChange(transaction, tenantId, at)),
    pending: async (tenantId) => {
      const rows = await database.forTenant(tenantId, (transaction) =>
        transaction.manifest.findMany({ where: { tenantId, pending: true, present: true }, orderBy: { day: 'asc' } }),
      )
      return rows.map(({ day, path, revision, changes, sha256, bytes }) => ({
        day,
        path,
        revision,
        changes,
        sha256,
        bytes: bytes === null ? null : Number(bytes),
      }))
    },
    files: (tenantId, day) => database.forTenant(tenantId, (transaction) => filesOfDay(transaction, tenantId, day)),
    publish: (tenantId, pending, written, place) =>
      database.forTenant(tenantId, (transaction) => publish(transaction, tenantId, pending, written, place)),
  })
}

/** Waits for a transaction that removes the day's files, as every change of the row does. */
export async function announceChange(
  transaction: Transaction,
  tenantId: string,
  at: Date,
): Promise<string | undefined> {
  const where = { tenantId, day: new Date(isoDay(at)) }
  const data = { changes: { increment: 1 } }
  const [manifest] = await transaction.manifest.updateManyAndReturn({ where, data })
  // No manifest was written, or it was removed with all files: nothing is out of date.
  if (!manifest?.present || manifest.revision === 0) return undefined
  await transaction.manifest.updateMany({ where, data: { pending: true } })
  return manifest.path
}

/** A stale attempt finds that the row has changed, once it has the lock, and gives its manifest no final name. */
async function publish(
  transaction: Transaction,
  tenantId: string,
  { day, changes, revision }: PendingManifest,
  { bytes, sha256, ...written }: WrittenManifest,
  place: () => Promise<void>,
): Promise<boolean> {
  const { count } = await transaction.manifest.updateMany({
    where: { tenantId, day, changes, revision, pending: true, present: true },
    data: { revision: written.revision, bytes, sha256, pending: false, publishedAt: new Date() },
  })
  if (count === 0) return false
  await place()
  return true
}

async function filesOfDay(transaction: Transaction, tenantId: string, day: Date): Promise<DeliveredFile[]> {
  const rows = await transaction.delivery.findMany({
    where: { tenantId, day, publishedAt: { not: null } },
    orderBy: [{ entity: 'asc' }, { revision: 'asc' }],
  })
  const manifest = await transaction.manifest.findUnique({ where: { tenantId_day: { tenantId, day } } })
  const latest = new Map(rows.map((row) => [row.entity, row]))
  const lost = await lostFiles(transaction, [...latest.values()])
  const there = [...latest.values()].filter((row) => removalOf(row, manifest) === null && !lost.has(row.id))
  return there.map(deliveredFileFromRow)
}
