import { isoDay } from '../domain/delivery-path.js'
import type { DeliveredFile } from '../domain/manifest.js'
import type { Database } from './client.js'
import { withTypedErrors } from './errors.js'
import { extentFromRow } from './run-rows.js'

/** A day whose manifest is to be written: for the first time, or again since its files changed. */
export interface PendingManifest {
  readonly day: Date
  readonly path: string
  /** The revision that it will have. */
  readonly revision: number
  /** How often the day's files had changed when this was read. */
  readonly changes: number
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
  /** Notes that the manifest is written. It stays pending where the day's files have changed since it was read. */
  recordPublished(tenantId: string, manifest: PendingManifest, file: { bytes: number; sha256: string }): Promise<void>
}

export function createManifestStore(database: Database): ManifestStore {
  return withTypedErrors({
    announceChange: async (tenantId, at) => {
      const [manifest] = await database.manifest.updateManyAndReturn({
        where: { tenantId, day: new Date(isoDay(at)), revision: { gt: 0 } },
        data: { pending: true, changes: { increment: 1 } },
      })
      return manifest?.path
    },
    pending: async (tenantId) => {
      const rows = await database.manifest.findMany({ where: { tenantId, pending: true }, orderBy: { day: 'asc' } })
      return rows.map(({ day, path, revision, changes }) => ({ day, path, revision: revision + 1, changes }))
    },
    files: (tenantId, day) => filesOfDay(database, tenantId, day),
    recordPublished: async (tenantId, { day, revision, changes }, { bytes, sha256 }) => {
      await database.manifest.updateMany({
        where: { tenantId, day, changes },
        data: { pending: false, revision, bytes, sha256, publishedAt: new Date() },
      })
    },
  })
}

async function filesOfDay(database: Database, tenantId: string, day: Date): Promise<DeliveredFile[]> {
  const rows = await database.delivery.findMany({
    where: { tenantId, day },
    orderBy: [{ entity: 'asc' }, { revision: 'asc' }],
  })
  const latest = new Map(rows.map((row) => [row.entity, row]))
  return [...latest.values()].map((row) => ({
    entity: row.entity,
    path: row.path,
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    sha256: row.sha256,
    extent: extentFromRow(row),
    to: row.to,
    revision: row.revision,
    columns: row.columns,
    publishedAt: row.publishedAt,
  }))
}
