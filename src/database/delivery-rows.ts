import type { DeliveredFile } from '../domain/delivery.js'
import type { DeliveryModel, ManifestModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import { fileFormatFromJson, partsFromJson } from './format-rows.js'
import { extentFromRow } from './run-rows.js'

/** When a file was removed; null if it was not, or if it was written after the removal. */
export function removalOf({ publishedAt }: Pick<DeliveryModel, 'publishedAt'>, day: RemovalMark | null): Date | null {
  const isGone = day?.removedThrough && publishedAt && publishedAt <= day.removedThrough
  return isGone ? day.removedAt : null
}

/** Until which publication time the files of a day were removed, and when. */
export type RemovalMark = Pick<ManifestModel, 'removedAt' | 'removedThrough'>

/** Of these deliveries those whose files are no longer stored as they were published. */
export async function lostFiles(
  transaction: Transaction,
  deliveries: readonly Pick<DeliveryModel, 'id'>[],
): Promise<ReadonlySet<string>> {
  if (deliveries.length === 0) return new Set()
  const rows = await transaction.lostFile.findMany({ where: { deliveryId: { in: deliveries.map(({ id }) => id) } } })
  return new Set(rows.map(({ deliveryId }) => deliveryId))
}

/** The file of a delivery. @throws if the row is an intent */
export function deliveredFileFromRow(row: DeliveryModel): DeliveredFile {
  if (!row.publishedAt) throw new Error(`delivery ${row.id} is not published`)
  return {
    entity: row.entity,
    path: row.path,
    rows: Number(row.rows),
    sourceRows: Number(row.sourceRows),
    bytes: Number(row.bytes),
    sha256: row.sha256,
    format: fileFormatFromJson(row.format),
    parts: partsFromJson(row.parts),
    extent: extentFromRow(row),
    to: row.to,
    revision: row.revision,
    sequence: row.sequence,
    schemaVersion: row.schemaVersion,
    redelivered: row.redelivered,
    attempts: row.attempts,
    columns: row.columns,
    irregular: row.irregular,
    sourceTypes: row.sourceTypes as Record<string, string> | null,
    publishedAt: row.publishedAt,
  }
}
