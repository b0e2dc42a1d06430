import type { DeliveryModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import type { PastWindow } from '../domain/publication.js'
import { extentFromRow } from './run-rows.js'

/** The published windows that overlap [from, to), in order. Of a day's revisions it takes the latest, which is on the server. */
export async function pastWindows(
  transaction: Transaction,
  tenantId: string,
  { entities, from, to }: { entities: readonly string[]; from: Date; to: Date },
): Promise<PastWindow[]> {
  const rows = await transaction.delivery.findMany({
    where: {
      tenantId,
      entity: { in: [...entities] },
      publishedAt: { not: null },
      to: { gt: from },
      OR: [{ from: null }, { from: { lt: to } }],
    },
    orderBy: [{ to: 'asc' }, { entity: 'asc' }, { revision: 'asc' }],
  })
  const latest = new Map(rows.map((row) => [`${row.entity} ${row.day.getTime()}`, row]))
  return [...latest.values()].map(windowFromRow)
}

export async function pastWindow(transaction: Transaction, deliveryId: string): Promise<PastWindow> {
  return windowFromRow(await transaction.delivery.findUniqueOrThrow({ where: { id: deliveryId } }))
}

function windowFromRow(row: DeliveryModel): PastWindow {
  const { id, entity, to, sequence, snapshot } = row
  return { deliveryId: id, entity, to, extent: extentFromRow(row), sequence, snapshot }
}
