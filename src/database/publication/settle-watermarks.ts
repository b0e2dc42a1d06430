import type { SettledGap, WrongWatermark } from '../../domain/ledger-gap.js'
import type { Transaction } from '../client.js'
import { breakChains, noNumbers, numbersInLedger, recordGap } from './chain-breaks.js'

/**
 * A wrong watermark would block its entity, or hide rows. The last published file decides, and a full load follows. What the
 * watermark said is kept with the gap.
 */
export async function settleWatermarks(transaction: Transaction, tenantId: string): Promise<SettledGap | undefined> {
  const wrong = await transaction.$queryRawUnsafe<WrongWatermark[]>(wrongWatermarksQuery)
  if (wrong.length === 0) return undefined
  const entities = wrong.map(({ entity }) => entity)
  // All are removed before any is written: two of them may have each other's deliveries.
  await transaction.watermark.deleteMany({ where: { tenantId, entity: { in: entities } } })
  await restore(transaction, tenantId, entities)
  const numbers = await numbersInLedger(transaction, tenantId)
  const broken = new Map(entities.map((entity) => [entity, numbers.get(entity) ?? noNumbers]))
  await breakChains(transaction, tenantId, broken)
  const how = wrong.map(
    ({ entity, to, deliveryId }) => `the watermark of ${entity} said ${to.toISOString()}, delivery ${deliveryId}`,
  )
  return recordGap(transaction, { tenantId, witness: 'WRONG_WATERMARK', how: how.join('; '), entities, days: 0 })
}

/** Of the tenant of the transaction. */
export const wrongWatermarksQuery = `
  SELECT w.entity, w."to", w.delivery_id::text AS "deliveryId" FROM watermark AS w
  WHERE NOT EXISTS (
    SELECT FROM delivery AS d
    WHERE d.id = w.delivery_id AND d.tenant_id = w.tenant_id AND d.entity = w.entity AND d."to" = w."to"
      AND d.published_at IS NOT NULL)
  ORDER BY w.entity`

async function restore(transaction: Transaction, tenantId: string, entities: readonly string[]): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO watermark (tenant_id, entity, "to", delivery_id, updated_at)
    SELECT DISTINCT ON (entity) tenant_id, entity, "to", id, now() FROM delivery
    WHERE tenant_id = ${tenantId} AND entity = ANY(${[...entities]}::text[])
      AND published_at IS NOT NULL AND NOT redelivered
    ORDER BY entity, sequence DESC, revision DESC`
}
