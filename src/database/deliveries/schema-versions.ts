import type { Delivery } from '../../domain/delivery.js'
import type { SchemaVersion } from '../../domain/schema-changes.js'
import type { Transaction } from '../client.js'
import { deliveryFromRow } from './delivery-rows.js'

export async function lastDelivery(
  transaction: Transaction,
  tenantId: string,
  entity: string,
): Promise<Delivery | undefined> {
  const row = await transaction.delivery.findFirst({
    where: { tenantId, entity, publishedAt: { not: null } },
    orderBy: [{ sequence: 'desc' }, { revision: 'desc' }],
  })
  return row ? deliveryFromRow(row, null) : undefined
}

/** A redelivery can have other columns than the files after it, so it is not part of the order of versions. */
export function schemaVersions(transaction: Transaction, tenantId: string, entity: string): Promise<SchemaVersion[]> {
  return transaction.$queryRaw<SchemaVersion[]>`
    SELECT DISTINCT ON (schema_version) schema_version AS "schemaVersion", columns, sequence, revision, day, path,
      published_at AS "publishedAt"
    FROM delivery
    WHERE tenant_id = ${tenantId} AND entity = ${entity} AND published_at IS NOT NULL AND NOT redelivered
    ORDER BY schema_version, sequence, revision`
}
