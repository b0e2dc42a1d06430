import { randomUUID } from 'node:crypto'
import type { DeliveryModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { EntityWindow, Intent } from '../../domain/publication.js'
import type { DiscardOutcome } from '../../domain/publication-ports.js'
import { intentFromRow, pathsOf, revisionsOf } from './intent-rows.js'
import { keyOf, lockClaimed, lockRows, superseded } from './locks.js'

/** The hidden paths stay on record, so that the next attempt removes their files. */
export async function discardIntent(
  transaction: Transaction,
  intent: Intent,
  replaced: readonly string[],
): Promise<DiscardOutcome> {
  await lockClaimed(transaction, [intent], intent.claimId)
  const { tenantId, entity } = intent
  const { count } = await transaction.delivery.deleteMany({ where: { id: intent.deliveryId, publishedAt: null } })
  const earlier = await revisionsOf(transaction, [intent])
  const lost = earlier.filter((each) => each.publishedAt && pathsOf(each).some((path) => replaced.includes(path)))
  if (count === 0) return 'already gone'
  if (lost.length === 0) return 'discarded'
  await transaction.lostFile.createMany({
    data: lost.map(({ id }) => ({ deliveryId: id, tenantId, lostAt: new Date() })),
    skipDuplicates: true,
  })
  await transaction.watermark.updateMany({ where: { tenantId, entity }, data: { fullLoadRequested: true } })
  return 'lost an earlier file'
}

export async function pendingIntents(transaction: Transaction, tenantId: string): Promise<Intent[]> {
  const rows = await transaction.delivery.findMany({
    where: { tenantId, publishedAt: null },
    orderBy: [{ to: 'asc' }, { entity: 'asc' }],
  })
  const intents = rows.map(async (row) => {
    const holder = await transaction.runEntity.findUnique({ where: keyOf(row) })
    return intentFromRow(row, holder?.claim ?? '', holder?.hiddenPaths ?? [], await revisionsOf(transaction, [row]))
  })
  return Promise.all(intents)
}

/** What an earlier attempt was about to publish in the same window, for the holder of the new claim. */
export async function intentOf(
  transaction: Transaction,
  window: EntityWindow & { readonly day: Date },
  claim: string,
): Promise<Intent | null> {
  const { runId, entity, to } = window
  const row = await transaction.delivery.findFirst({ where: { runId, entity, to, publishedAt: null } })
  if (!row) return null
  const { hiddenPaths } = await transaction.runEntity.findUniqueOrThrow({ where: keyOf(window) })
  return intentFromRow(row, claim, hiddenPaths, await revisionsOf(transaction, [window]))
}

/** Takes the right to complete or discard an intent, also when its run has ended. */
export async function takeOver(transaction: Transaction, intent: Intent): Promise<Intent | undefined> {
  if ((await transaction.runEntity.count({ where: keyOf(intent).runId_entity_to })) === 0) {
    await restoreClaim(transaction, intent)
  }
  await lockRows(transaction, [intent])
  const open = await transaction.delivery.count({ where: { id: intent.deliveryId, publishedAt: null } })
  if (open === 0) return undefined
  const claim = randomUUID()
  await transaction.runEntity.update({ where: keyOf(intent), data: { claim } })
  return { ...intent, claimId: claim }
}

/**
 * Makes the row with the claim of an intent again, with the delivery that the intent follows and without hidden files. The intent
 * can then be completed, if its files have their final names, or discarded.
 */
async function restoreClaim(transaction: Transaction, { deliveryId }: Intent): Promise<void> {
  const row = await transaction.delivery.findUniqueOrThrow({ where: { id: deliveryId } })
  const { runId, tenantId, entity, to, day, mode, fullLoadReason, from, baseSnapshot, previousSequence, attempts } = row
  const watermark = await transaction.watermark.findUnique({ where: { tenantId_entity: { tenantId, entity } } })
  const load = { mode, fullLoadReason, from, baseSnapshot, previousSequence }
  await transaction.runEntity.create({
    data: {
      ...{ runId, tenantId, entity, to, day, attempts, ...load },
      status: 'FAILED',
      previousDeliveryId: await followedBy(transaction, row, watermark?.deliveryId),
    },
  })
}

/** The watermark's delivery, if it is the one that the row follows. Else the watermark has moved, and the intent is discarded. */
async function followedBy(
  transaction: Transaction,
  { previousSequence: sequence, mode }: DeliveryModel,
  deliveryId: string | undefined,
): Promise<string | null> {
  if (deliveryId === undefined) return null
  const follows = await transaction.delivery.count({
    where: { id: deliveryId, ...(sequence !== null && { sequence }) },
  })
  return mode === 'FULL' || follows > 0 ? deliveryId : null
}

export async function requireClaim(transaction: Transaction, intent: Intent): Promise<void> {
  const row = await transaction.runEntity.findUnique({ where: keyOf(intent), select: { claim: true } })
  if (row?.claim !== intent.claimId) throw superseded(intent, 'another attempt has completed or discarded it')
}
