import { randomUUID } from 'node:crypto'
import { ExportError, type ExportErrorCode } from '../domain/errors.js'
import { isoDay, manifestPath } from '../domain/delivery-path.js'
import type { Extent, Watermark } from '../domain/window.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import { withTypedErrors } from './errors.js'
import { type Database, type Transaction, transactionLimits } from './client.js'
import { extentFromRow, extentToRow } from './run-rows.js'

/** Where a tenant's entity stands, with the delivery that its watermark points at. */
export interface StoredWatermark extends Watermark {
  readonly deliveryId: string
}

/** Which part of which run. */
export interface EntityOfRun {
  readonly runId: string
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
}

/** The right of one attempt to publish, until a later attempt takes it or the run ends. */
export interface Claim extends EntityOfRun {
  readonly id: string
  readonly extent: Extent
  /** Hidden files of earlier attempts and runs that may still lie on the server. */
  readonly leftovers: readonly string[]
}

/** A file that is uploaded and checked, ready to take its final name. */
export interface FinishedFile {
  readonly path: string
  readonly to: Date
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  readonly snapshot: string
  readonly systemIdentifier: string
  readonly columns: string
}

export interface Published {
  readonly rows: number
  readonly bytes: number
  readonly path: string
  readonly revision: number
}

export interface DeliveryStore {
  /** The watermarks of a tenant by internal name. */
  watermarks(tenantId: string): Promise<Map<string, StoredWatermark>>
  /** Makes the next file of these entities a full load. Entities never published get one anyway. */
  requestFullLoad(tenantId: string, entities: readonly string[]): Promise<void>
  /**
   * Takes the right to publish from any earlier attempt; where the run has published the entity already, tells so.
   * @throws ExportError SUPERSEDED where the run has ended.
   */
  claim(part: EntityOfRun, attempt: number): Promise<{ claim: Claim } | { published: Published }>
  /** Notes the hidden file that the claim's holder is about to write, after the leftovers were removed. */
  noteParts(claim: Claim, partPath: string | null): Promise<void>
  noteFailure(claim: EntityOfRun, error: { code: ExportErrorCode; message: string }): Promise<void>
  /**
   * Publishes: with the claim held fast, calls `rename`, which gives the file its final name, and records the delivery
   * and the watermark in one transaction. If that fails after the rename, the next attempt covers the same window again.
   * @throws ExportError SUPERSEDED where the claim or the watermark has passed to somebody else.
   */
  publish(claim: Claim, file: FinishedFile, rename: () => Promise<void>): Promise<Published>
}

export function createDeliveryStore(database: Database): DeliveryStore {
  return withTypedErrors({
    watermarks: (tenantId) => watermarks(database, tenantId),
    requestFullLoad: async (tenantId, entities) => {
      await database.watermark.updateMany({
        where: { tenantId, entity: { in: [...entities] } },
        data: { fullLoadRequested: true },
      })
    },
    claim: (part, attempt) =>
      database.$transaction((transaction) => claim(transaction, part, attempt), transactionLimits),
    noteParts: (held, partPath) =>
      database.$transaction((transaction) => noteParts(transaction, held, partPath), transactionLimits),
    noteFailure: async ({ runId, entity }, { code, message }) => {
      await database.runEntity.updateMany({
        where: { runId, entity, status: 'RUNNING' },
        data: { errorCode: code, errorMessage: message },
      })
    },
    publish: (held, file, rename) =>
      database.$transaction((transaction) => publish(transaction, held, file, rename), transactionLimits),
  })
}

async function watermarks(database: Database, tenantId: string): Promise<Map<string, StoredWatermark>> {
  const rows = await database.watermark.findMany({ where: { tenantId }, include: { delivery: true } })
  return new Map(
    rows.map(({ delivery, ...row }) => [
      row.entity,
      {
        to: row.to,
        fullLoadRequested: row.fullLoadRequested,
        deliveryId: row.deliveryId,
        extent: extentFromRow(delivery),
        snapshot: delivery.snapshot,
        systemIdentifier: delivery.systemIdentifier,
        timeline: null,
        columns: delivery.columns,
      },
    ]),
  )
}

async function claim(
  transaction: Transaction,
  part: EntityOfRun,
  attempt: number,
): Promise<{ claim: Claim } | { published: Published }> {
  const row = await lockRow(transaction, part)
  if (row.status === 'PUBLISHED') return { published: publishedFromRow(row) }
  if (row.status !== 'PENDING' && row.status !== 'RUNNING') throw superseded(part, `it has ended as ${row.status}`)
  const id = randomUUID()
  await transaction.runEntity.update({
    where: { runId_entity: { runId: part.runId, entity: part.entity } },
    data: { claim: id, attempts: attempt, status: 'RUNNING', startedAt: row.startedAt ?? new Date() },
  })
  const parts = await transaction.runEntity.findMany({
    where: { tenantId: part.tenantId, entity: part.entity, partPath: { not: null } },
    select: { partPath: true },
  })
  const leftovers = parts.flatMap(({ partPath }) => (partPath === null ? [] : [partPath]))
  return { claim: { ...part, id, extent: extentFromRow(row), leftovers } }
}

async function noteParts(transaction: Transaction, held: Claim, partPath: string | null): Promise<void> {
  const row = await lockRow(transaction, held)
  if (row.claim !== held.id) throw superseded(held, 'a later attempt has begun')
  const { runId, tenantId, entity } = held
  await transaction.runEntity.updateMany({
    where: { tenantId, entity, partPath: { in: [...held.leftovers] } },
    data: { partPath: null },
  })
  await transaction.runEntity.update({ where: { runId_entity: { runId, entity } }, data: { partPath } })
}

async function publish(
  transaction: Transaction,
  held: Claim,
  file: FinishedFile,
  rename: () => Promise<void>,
): Promise<Published> {
  const row = await lockRow(transaction, held)
  if (row.claim !== held.id) throw superseded(held, 'a later attempt has begun, or the run has ended')
  const deliveryId = randomUUID()
  const revision = await recordDelivery(transaction, deliveryId, held, file)
  await moveWatermark(transaction, deliveryId, row.previousDeliveryId, held, file)
  await markManifestPending(transaction, held.tenantId, file.to)
  const { path, rows, bytes, sha256 } = file
  await transaction.runEntity.update({
    where: { runId_entity: { runId: held.runId, entity: held.entity } },
    data: {
      status: 'PUBLISHED',
      claim: null,
      partPath: null,
      path,
      rows,
      bytes,
      sha256,
      revision,
      errorCode: null,
      errorMessage: null,
      finishedAt: new Date(),
    },
  })
  // Last, so that everything that can refuse has been asked; the row lock keeps any other attempt waiting meanwhile.
  await rename()
  return { rows, bytes, path, revision }
}

async function recordDelivery(
  transaction: Transaction,
  id: string,
  { runId, tenantId, entity, extent }: Claim,
  { path, to, rows, bytes, sha256, snapshot, systemIdentifier, columns }: FinishedFile,
): Promise<number> {
  const day = new Date(isoDay(to))
  const earlier = await transaction.delivery.aggregate({ where: { tenantId, entity, day }, _max: { revision: true } })
  const revision = (earlier._max.revision ?? 0) + 1
  const file = { path, to, rows, bytes, sha256, snapshot, systemIdentifier, columns }
  await transaction.delivery.create({
    data: { id, runId, tenantId, entity, day, revision, ...file, ...extentToRow(extent), publishedAt: new Date() },
  })
  return revision
}

/** Compare-and-set: the watermark must still point at what the run was planned from. */
async function moveWatermark(
  transaction: Transaction,
  deliveryId: string,
  previousDeliveryId: string | null,
  held: Claim,
  { to }: FinishedFile,
): Promise<void> {
  const { tenantId, entity } = held
  const now = new Date()
  if (previousDeliveryId === null) {
    const { count } = await transaction.watermark.createMany({
      data: { tenantId, entity, to, deliveryId, updatedAt: now },
      skipDuplicates: true,
    })
    if (count !== 1) throw superseded(held, 'the entity has been published by another run')
    return
  }
  const { count } = await transaction.watermark.updateMany({
    where: { tenantId, entity, deliveryId: previousDeliveryId },
    data: { to, deliveryId, updatedAt: now, ...(held.extent.mode === 'FULL' && { fullLoadRequested: false }) },
  })
  if (count !== 1) throw superseded(held, 'the watermark has been moved by another run')
}

async function markManifestPending(transaction: Transaction, tenantId: string, to: Date): Promise<void> {
  const day = new Date(isoDay(to))
  await transaction.manifest.upsert({
    where: { tenantId_day: { tenantId, day } },
    create: { tenantId, day, path: manifestPath(tenantId, to), pending: true },
    update: { pending: true, changes: { increment: 1 } },
  })
}

async function lockRow(transaction: Transaction, part: EntityOfRun): Promise<RunEntityModel> {
  const { runId, entity } = part
  await transaction.$queryRaw`
    SELECT 1 FROM run_entity WHERE run_id = ${runId}::uuid AND entity = ${entity} FOR UPDATE`
  const row = await transaction.runEntity.findUnique({ where: { runId_entity: { runId, entity } } })
  if (!row) throw superseded(part, 'it is not on record')
  return row
}

function publishedFromRow(row: RunEntityModel): Published {
  return {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    path: row.path ?? '',
    revision: row.revision ?? 0,
  }
}

function superseded(part: EntityOfRun, why: string): ExportError {
  return new ExportError('SUPERSEDED', `${part.entity} of run ${part.runId} may no longer be published: ${why}`)
}
