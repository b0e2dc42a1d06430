import type { Delivery } from '../../domain/delivery.js'
import type { PastWindow } from '../../domain/publication.js'
import type { DeliveryModel, ManifestModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { fileEncryptionFromJson } from '../encryption-rows.js'
import { fileFormatFromJson, partsFromJson } from '../format-rows.js'
import { loadFromRow } from '../run-rows.js'

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

/** Nothing if the file has all columns of the catalog. */
export function catalogColumnsOf({ catalogColumns }: Pick<DeliveryModel, 'catalogColumns'>) {
  return catalogColumns === null ? {} : { catalogColumns }
}

/** @throws if the row is an intent. */
export function deliveryFromRow(row: DeliveryModel, removedAt: Date | null): Delivery {
  if (!row.publishedAt) throw new Error(`delivery ${row.id} is not published`)
  return {
    id: row.id,
    runId: row.runId,
    tenantId: row.tenantId,
    entity: row.entity,
    path: row.path,
    rows: Number(row.rows),
    sourceRows: Number(row.sourceRows),
    bytes: Number(row.bytes),
    sha256: row.sha256,
    format: fileFormatFromJson(row.format),
    ...fileEncryptionFromJson(row.encryption),
    parts: partsFromJson(row.parts),
    load: loadFromRow(row),
    to: row.to,
    day: row.day,
    revision: row.revision,
    sequence: row.sequence,
    schemaVersion: row.schemaVersion,
    redelivered: row.redelivered,
    attempts: row.attempts,
    columns: row.columns,
    ...catalogColumnsOf(row),
    irregular: row.irregular,
    sourceTypes: row.sourceTypes as Record<string, string> | null,
    snapshot: row.snapshot,
    systemIdentifier: row.systemIdentifier,
    timeline: row.timeline,
    publishedAt: row.publishedAt,
    removedAt,
  }
}

export async function pastWindow(transaction: Transaction, deliveryId: string): Promise<PastWindow> {
  return pastWindowFromRow(await transaction.delivery.findUniqueOrThrow({ where: { id: deliveryId } }))
}

export function pastWindowFromRow(row: DeliveryModel): PastWindow {
  const { id, entity, to, day, sequence, snapshot } = row
  return { id, entity, to, day, load: loadFromRow(row), sequence, snapshot }
}
