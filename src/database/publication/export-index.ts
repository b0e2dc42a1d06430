import type { Delivery } from '../../domain/delivery.js'
import {
  type IndexedDay,
  type IndexedEntity,
  removedDaysListed,
  type ReservedIndex,
  type WrittenIndex,
} from '../../domain/export-index.js'
import type { Transaction } from '../client.js'
import { deliveryFromRow } from '../deliveries/delivery-rows.js'

/** Times as Postgres prints them in JSON. */
type InJson<T> = { readonly [Name in keyof T]: T[Name] extends Date | null ? string | Extract<T[Name], null> : T[Name] }

type ReservedRow = Omit<ReservedIndex, 'days' | 'entities'> & {
  readonly days: readonly InJson<IndexedDay>[]
  readonly entities: readonly InJson<IndexedEntity>[]
}

/** The function in the database does it in one round trip: see prisma/migrations/20261128190000_export_index. */
export async function reserveIndex(transaction: Transaction, tenantId: string): Promise<ReservedIndex | undefined> {
  const [row] = await transaction.$queryRaw<{ reserved: ReservedRow | null }[]>`
    SELECT reserve_export_index(${tenantId}, ${removedDaysListed}::int) AS reserved`
  if (!row?.reserved) return undefined
  const { days, entities, ...reserved } = row.reserved
  return {
    ...reserved,
    days: days.map(({ day, publishedAt, ...each }) => ({
      ...each,
      day: new Date(day),
      publishedAt: publishedAt === null ? null : new Date(publishedAt),
    })),
    entities: entities.map(({ day, ...each }) => ({ ...each, day: new Date(day) })),
  }
}

export async function deliveriesById(
  transaction: Transaction,
  tenantId: string,
  ids: readonly string[],
): Promise<Delivery[]> {
  const rows = await transaction.delivery.findMany({
    where: { tenantId, id: { in: [...ids] }, publishedAt: { not: null } },
  })
  return rows.map((row) => deliveryFromRow(row, null))
}

/** A stale attempt finds that a later revision is reserved. Then it does not rename its index. */
export async function recordIndex(
  transaction: Transaction,
  tenantId: string,
  revision: number,
  { bytes, sha256, signedBy, contracts }: WrittenIndex,
  rename: () => Promise<void>,
): Promise<boolean> {
  const { count } = await transaction.exportIndex.updateMany({
    where: { tenantId, revision },
    data: {
      ...{ bytes, sha256, signedBy, written: revision, writtenAt: new Date() },
      contracts: Object.fromEntries(Object.entries(contracts).map(([entity, contract]) => [entity, { ...contract }])),
    },
  })
  if (count === 0) return false
  await rename()
  return true
}
