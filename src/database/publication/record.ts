import { manifestPath } from '../../domain/delivery-path.js'
import type { Intent, Published } from '../../domain/publication.js'
import type { DeliveryModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { keepLateFiles } from '../run-end-events.js'
import { claimLost, superseded } from './locks.js'

/** The files have their final names: the intents become deliveries, and the watermarks move. */
export async function recordAll(transaction: Transaction, intents: readonly Intent[]): Promise<Published[]> {
  const [first] = intents
  if (!first) return []
  const now = new Date()
  const { planned, isRunEnded } = await endWindows(transaction, intents, first, now)
  const deliveries = await transaction.delivery.updateManyAndReturn({
    where: { id: { in: intents.map(({ deliveryId }) => deliveryId) } },
    data: { publishedAt: now },
  })
  if (deliveries.length !== intents.length) throw superseded(first, 'an intent is no longer on record')
  await moveWatermarks(
    transaction,
    deliveries.filter(({ redelivered }) => !redelivered),
    planned,
  )
  await markManifestPending(transaction, first)
  // The end of the run has not reported them.
  if (isRunEnded) await keepLateFiles(transaction, intents)
  return intents.map(({ rows, bytes, path, revision }) => ({ rows, bytes, path, revision }))
}

/** The deliveries that the run was planned to follow, by entity. */
type Planned = ReadonlyMap<string, string | null>

/** The change locks the rows. @throws SUPERSEDED if another attempt has one of the claims */
async function endWindows(
  transaction: Transaction,
  intents: readonly Intent[],
  first: Intent,
  now: Date,
): Promise<{ readonly planned: Planned; readonly isRunEnded: boolean }> {
  const ends = intents.map(({ entity, path, rows, bytes, sha256, revision }) => ({
    ...{ entity, path, rows, bytes },
    ...{ sha256, revision },
  }))
  const rows = await transaction.$queryRaw<EndedWindow[]>`
    UPDATE run_entity AS r SET status = 'PUBLISHED', claim = NULL, hidden_paths = '{}', path = e.path, rows = e.rows,
      bytes = e.bytes, sha256 = e.sha256, revision = e.revision, error_code = NULL, error_message = NULL,
      finished_at = ${now}
    FROM jsonb_to_recordset(${JSON.stringify(ends)}::jsonb)
      AS e(entity text, path text, rows bigint, bytes bigint, sha256 text, revision int)
    WHERE r.run_id = ${first.runId}::uuid AND r."to" = ${first.to} AND r.entity = e.entity
      AND r.claim = ${first.claimId}::uuid
    RETURNING r.entity, r.previous_delivery_id AS "previousDeliveryId",
      (SELECT finished_at IS NOT NULL FROM run WHERE id = r.run_id) AS "isRunEnded"`
  if (rows.length !== intents.length) throw claimLost(first)
  const planned = new Map(rows.map(({ entity, previousDeliveryId }) => [entity, previousDeliveryId]))
  return { planned, isRunEnded: rows.some(({ isRunEnded }) => isRunEnded) }
}

interface EndedWindow {
  readonly entity: string
  readonly previousDeliveryId: string | null
  /** A run that ends later waits for this transaction, and finds its files. */
  readonly isRunEnded: boolean
}

/** Compare-and-set: each watermark must still point at the delivery that the run was planned with. */
async function moveWatermarks(
  transaction: Transaction,
  deliveries: readonly DeliveryModel[],
  plannedBy: Planned,
): Promise<void> {
  const moves = deliveries.map((delivery) => ({
    delivery,
    planned: plannedBy.get(delivery.entity) ?? null,
  }))
  await beginWatermarks(
    transaction,
    moves.filter(({ planned }) => planned === null).map(({ delivery }) => delivery),
  )
  await advanceWatermarks(
    transaction,
    moves.flatMap(({ delivery, planned }) => (planned === null ? [] : [{ delivery, planned }])),
  )
}

async function beginWatermarks(transaction: Transaction, deliveries: readonly DeliveryModel[]): Promise<void> {
  const [first] = deliveries
  if (!first) return
  const { count } = await transaction.watermark.createMany({
    data: deliveries.map(({ id, tenantId, entity, to }) => ({
      ...{ tenantId, entity, to, deliveryId: id },
      updatedAt: new Date(),
    })),
    skipDuplicates: true,
  })
  if (count !== deliveries.length) throw superseded(first, 'the entity has been published by another run')
}

async function advanceWatermarks(
  transaction: Transaction,
  moves: readonly { readonly delivery: DeliveryModel; readonly planned: string }[],
): Promise<void> {
  const [first] = moves
  if (!first) return
  const { tenantId, to } = first.delivery
  const next = moves.map(({ delivery: { entity, id, mode }, planned }) => ({ entity, id, planned, mode }))
  const count = await transaction.$executeRaw`
    UPDATE watermark AS w SET "to" = ${to}, delivery_id = n.id, updated_at = ${new Date()},
      full_load_requested = w.full_load_requested AND n.mode <> 'FULL'
    FROM jsonb_to_recordset(${JSON.stringify(next)}::jsonb) AS n(entity text, id uuid, planned uuid, mode text)
    WHERE w.tenant_id = ${tenantId} AND w.entity = n.entity AND w.delivery_id = n.planned`
  if (count !== moves.length) throw superseded(first.delivery, 'the watermark has been moved by another run')
}

async function markManifestPending(transaction: Transaction, { tenantId, day }: Intent): Promise<void> {
  await transaction.manifest.upsert({
    where: { tenantId_day: { tenantId, day } },
    create: { tenantId, day, path: manifestPath(tenantId, day), pending: true },
    update: { pending: true, changes: { increment: 1 }, present: true },
  })
}
