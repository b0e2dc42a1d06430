import { isoDay } from '../domain/delivery-path.js'
import type { DeliveredFile } from '../domain/manifest.js'
import type { Database, Transaction } from './client.js'
import { deliveredFileFromRow, lostFiles, removalOf } from './delivery-rows.js'
import { withTypedErrors } from './errors.js'

/** A day whose manifest is to be written: for the first time, or again since its files may have changed. */
export interface PendingManifest {
  readonly day: Date
  readonly path: string
  /** Of the manifest that was published last; 0 where none was. */
  readonly revision: number
  /** How often the day's files had changed when this was read. */
  readonly changes: number
  /** Of the manifest that was published last. */
  readonly sha256: string | null
  readonly bytes: number | null
}

/** A manifest as it was written. */
export interface WrittenManifest {
  readonly revision: number
  readonly bytes: number
  readonly sha256: string
}

export interface ManifestStore {
  /**
   * Notes that the files of a day are about to change, so that the manifest is written again whatever happens next.
   * Gives the path of the manifest that is published now, which must be withdrawn first; undefined if there is none.
   */
  announceChange(tenantId: string, at: Date): Promise<string | undefined>
  /** The days of a tenant that lack an up-to-date manifest, oldest first. */
  pending(tenantId: string): Promise<PendingManifest[]>
  /** The files that lie in a day's folder: of each entity the latest revision. */
  files(tenantId: string, day: Date): Promise<DeliveredFile[]>
  /**
   * Calls `place`, which gives the manifest its final name, and notes it as published: unless the day's files have
   * changed, or another manifest was published, since `pending` was read. One call at a time for each day. Gives
   * whether it was published.
   */
  publish(
    tenantId: string,
    pending: PendingManifest,
    written: WrittenManifest,
    place: () => Promise<void>,
  ): Promise<boolean>
}

export function createManifestStore(database: Database): ManifestStore {
  return withTypedErrors({
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

/** Waits, as for every change of the row, for whoever is about to remove the day's files. */
export async function announceChange(
  transaction: Transaction,
  tenantId: string,
  at: Date,
): Promise<string | undefined> {
  const where = { tenantId, day: new Date(isoDay(at)) }
  const data = { changes: { increment: 1 } }
  const [manifest] = await transaction.manifest.updateManyAndReturn({ where, data })
  // None was written, or it was removed with all files: until there is one again nothing is out of date.
  if (!manifest?.present || manifest.revision === 0) return undefined
  await transaction.manifest.updateMany({ where, data: { pending: true } })
  return manifest.path
}

/** Whoever was left behind finds, once it has the lock, that others went on, and gives its manifest no final name. */
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
