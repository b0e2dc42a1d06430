import { randomUUID } from 'node:crypto'
import { isoDay, manifestPath } from '../../domain/delivery-path.js'
import { type FilePart, filesOf, type WrittenFile } from '../../domain/delivery.js'
import type { DeliveryModel, RunEntityModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { Claim, EntityWindow, Intent, Published } from '../../domain/publication.js'
import type { DiscardOutcome } from '../../domain/publication-ports.js'
import { partsFromJson } from '../format-rows.js'
import { keyOf, lockClaimed, lockRow, superseded, updateClaimed } from './locks.js'
import { announceChange } from './manifests.js'
import { loadToRow } from '../run-rows.js'

/**
 * Records what is about to be published, before the file gets its final name. The last statement waits for a transaction that
 * removes the day's files or publishes its manifest.
 */
export async function intend(
  transaction: Transaction,
  held: Claim,
  file: WrittenFile,
): Promise<Intent & { readonly manifest: string | undefined }> {
  const row = await lockClaimed(transaction, held, held.id)
  const { runId, tenantId, entity, to, load, redelivers, attempt } = held
  if (!redelivers) await requirePlannedWatermark(transaction, held, row)
  const { path, format, parts, irregular, sourceTypes, ...content } = file
  const earlier = await earlierRevisions(transaction, held)
  const day = new Date(isoDay(to))
  const delivery = await transaction.delivery.create({
    data: {
      id: randomUUID(),
      runId,
      tenantId,
      entity,
      day,
      to,
      path,
      format: { ...format },
      ...(parts && { parts: parts.map((each) => ({ ...each })) }),
      irregular: [...irregular],
      ...(sourceTypes && { sourceTypes }),
      ...loadToRow(load),
      ...content,
      ...(await placeInLedger(transaction, held, file.columns, earlier)),
      redelivered: redelivers !== null,
      attempts: attempt,
      intendedAt: new Date(),
    },
  })
  const manifest = await announceChange(transaction, tenantId, to)
  return { ...intentFromRow(delivery, held.id, row.hiddenPaths, earlier), manifest }
}

/** Before anything is renamed, the watermark must still be the one that the run was planned with, and must not go back. */
async function requirePlannedWatermark(
  transaction: Transaction,
  held: Claim,
  planned: { readonly previousDeliveryId: string | null },
): Promise<void> {
  const { tenantId, entity, to } = held
  const watermark = await transaction.watermark.findUnique({ where: { tenantId_entity: { tenantId, entity } } })
  if ((watermark?.deliveryId ?? null) !== planned.previousDeliveryId) {
    throw superseded(held, 'the watermark has been moved by another run')
  }
  if (watermark && to < watermark.to) throw superseded(held, 'the entity is published up to a later time')
}

/** Revision, sequence and schema version: each follows what the ledger has of the entity. */
async function placeInLedger(
  transaction: Transaction,
  { tenantId, entity, redelivers }: Claim,
  columns: string,
  earlier: readonly Revision[],
): Promise<{ revision: number; sequence: number; schemaVersion: number }> {
  const last = await transaction.delivery.findFirst({
    where: { tenantId, entity },
    orderBy: [{ sequence: 'desc' }, { revision: 'desc' }],
  })
  return {
    revision: 1 + Math.max(0, ...earlier.map(({ revision }) => revision)),
    sequence: redelivers?.sequence ?? (last?.sequence ?? 0) + 1,
    schemaVersion: last ? last.schemaVersion + (last.columns === columns ? 0 : 1) : 1,
  }
}

type Revision = Pick<DeliveryModel, 'id' | 'revision' | 'path' | 'parts' | 'rows' | 'bytes' | 'sha256' | 'publishedAt'>

/** All revisions that the ledger has of the entity and the day. */
function earlierRevisions(transaction: Transaction, { tenantId, entity, to }: EntityWindow): Promise<Revision[]> {
  return transaction.delivery.findMany({
    where: { tenantId, entity, day: new Date(isoDay(to)) },
    select: {
      id: true,
      revision: true,
      path: true,
      parts: true,
      rows: true,
      bytes: true,
      sha256: true,
      publishedAt: true,
    },
  })
}

/** The files have their final names: the intent becomes a delivery, and the watermark moves. */
export async function record(transaction: Transaction, intent: Intent): Promise<Published> {
  const now = new Date()
  const { path, rows, bytes, sha256, revision } = intent
  const row = await updateClaimed(transaction, intent, intent.claimId, {
    status: 'PUBLISHED',
    claim: null,
    hiddenPaths: [],
    path,
    rows,
    bytes,
    sha256,
    revision,
    errorCode: null,
    errorMessage: null,
    finishedAt: now,
  })
  const delivery = await transaction.delivery.update({ where: { id: intent.deliveryId }, data: { publishedAt: now } })
  if (!delivery.redelivered) await moveWatermark(transaction, delivery, row)
  await markManifestPending(transaction, intent)
  return { rows, bytes, path, revision }
}

/** Compare-and-set: the watermark must still point at the delivery that the run was planned with. */
async function moveWatermark(
  transaction: Transaction,
  { id: deliveryId, tenantId, entity, to, mode }: DeliveryModel,
  planned: RunEntityModel,
): Promise<void> {
  const now = new Date()
  if (planned.previousDeliveryId === null) {
    const { count } = await transaction.watermark.createMany({
      data: { tenantId, entity, to, deliveryId, updatedAt: now },
      skipDuplicates: true,
    })
    if (count !== 1) throw superseded(planned, 'the entity has been published by another run')
    return
  }
  const { count } = await transaction.watermark.updateMany({
    where: { tenantId, entity, deliveryId: planned.previousDeliveryId },
    data: { to, deliveryId, updatedAt: now, ...(mode === 'FULL' && { fullLoadRequested: false }) },
  })
  if (count !== 1) throw superseded(planned, 'the watermark has been moved by another run')
}

async function markManifestPending(transaction: Transaction, { tenantId, to }: EntityWindow): Promise<void> {
  const day = new Date(isoDay(to))
  await transaction.manifest.upsert({
    where: { tenantId_day: { tenantId, day } },
    create: { tenantId, day, path: manifestPath(tenantId, to), pending: true },
    update: { pending: true, changes: { increment: 1 }, present: true },
  })
}

/** The hidden paths stay on record, so that the next attempt removes their files. */
export async function discardIntent(
  transaction: Transaction,
  intent: Intent,
  replaced: readonly string[],
): Promise<DiscardOutcome> {
  await lockClaimed(transaction, intent, intent.claimId)
  const { tenantId, entity } = intent
  const { count } = await transaction.delivery.deleteMany({ where: { id: intent.deliveryId, publishedAt: null } })
  const earlier = await earlierRevisions(transaction, intent)
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
    const { claim, hiddenPaths } = await transaction.runEntity.findUniqueOrThrow({ where: keyOf(row) })
    return intentFromRow(row, claim ?? '', hiddenPaths, await earlierRevisions(transaction, row))
  })
  return Promise.all(intents)
}

/** What an earlier attempt was about to publish in the same window, for the holder of the new claim. */
export async function intentOf(transaction: Transaction, window: EntityWindow, claim: string): Promise<Intent | null> {
  const { runId, entity, to } = window
  const row = await transaction.delivery.findFirst({ where: { runId, entity, to, publishedAt: null } })
  if (!row) return null
  const { hiddenPaths } = await transaction.runEntity.findUniqueOrThrow({ where: keyOf(window) })
  return intentFromRow(row, claim, hiddenPaths, await earlierRevisions(transaction, window))
}

/** Takes the right to complete or discard an intent, also when its run has ended. */
export async function takeOver(transaction: Transaction, intent: Intent): Promise<Intent | undefined> {
  await lockRow(transaction, intent)
  const open = await transaction.delivery.count({ where: { id: intent.deliveryId, publishedAt: null } })
  if (open === 0) return undefined
  const claim = randomUUID()
  await transaction.runEntity.update({ where: keyOf(intent), data: { claim } })
  return { ...intent, claimId: claim }
}

export async function requireClaim(transaction: Transaction, intent: Intent): Promise<void> {
  const row = await transaction.runEntity.findUnique({ where: keyOf(intent), select: { claim: true } })
  if (row?.claim !== intent.claimId) throw superseded(intent, 'another attempt has completed or discarded it')
}

function intentFromRow(
  row: DeliveryModel,
  claimId: string,
  hiddenPaths: readonly string[],
  ofDay: readonly Revision[],
): Intent {
  const { id, runId, tenantId, entity, to, path, revision } = row
  const numbers = { rows: Number(row.rows), bytes: Number(row.bytes), sha256: row.sha256, revision }
  const before = ofDay.filter((each) => each.id !== id)
  const files = filesOfRow(row).map((file, index) => ({
    ...file,
    // An earlier release could remove the path from the record before the intent was completed or discarded.
    hiddenPath: hiddenPaths[index] ?? null,
    isSizeAmbiguous: before.flatMap(filesOfRow).some((earlier) => hasSameSize(earlier, file)),
  }))
  const paths = new Set(files.map((file) => file.path))
  const obsoletePaths = [...new Set(before.flatMap(pathsOf))].filter((each) => !paths.has(each))
  return { deliveryId: id, runId, tenantId, entity, to, claimId, path, files, obsoletePaths, ...numbers }
}

/** The files of a row of the ledger. The hidden paths are on record in the same order. */
function filesOfRow({ path, parts, rows, bytes, sha256 }: Revision): readonly FilePart[] {
  return filesOf({ path, rows: Number(rows), bytes: Number(bytes), sha256, parts: partsFromJson(parts) })
}

/** Two contents of the same size under the same path. */
function hasSameSize(one: FilePart, other: FilePart): boolean {
  return one.path === other.path && one.bytes === other.bytes && one.sha256 !== other.sha256
}

function pathsOf(revision: Revision): string[] {
  return filesOfRow(revision).map(({ path }) => path)
}
