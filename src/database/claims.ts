import { randomUUID } from 'node:crypto'
import type { FileFormat } from '../domain/file-format.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import type { Claim, EntityOfRun, Published } from './delivery-store.js'
import { fileFormatFromJson } from './format-rows.js'
import { intentOf } from './intents.js'
import { keyOf, lockClaimed, lockRow, superseded } from './locks.js'
import { pastWindow } from './past-windows.js'
import { extentFromRow } from './run-rows.js'

/** Takes the right to publish one entity of a run from any earlier attempt. */
export async function claim(
  transaction: Transaction,
  part: EntityOfRun,
  attempt: number,
): Promise<{ claim: Claim } | { published: Published }> {
  const row = await lockRow(transaction, part)
  if (row.status === 'PUBLISHED') return { published: publishedFromRow(row) }
  if (row.status !== 'PENDING' && row.status !== 'RUNNING') throw superseded(part, `it has ended as ${row.status}`)
  const id = randomUUID()
  await transaction.runEntity.update({
    where: keyOf(part),
    data: { claim: id, attempts: attempt, status: 'RUNNING', startedAt: row.startedAt ?? new Date() },
  })
  return {
    claim: {
      ...part,
      id,
      attempt,
      extent: extentFromRow(row),
      base: await baseOf(transaction, row),
      redelivers: row.redelivers === null ? null : await pastWindow(transaction, row.redelivers),
      leftovers: await leftovers(transaction, part),
      format: await formatOf(transaction, part),
      intent: await intentOf(transaction, part, id),
    },
  }
}

/** The file that a delta follows, or the first form of a window that is delivered again, tells of the source. */
async function baseOf(transaction: Transaction, row: RunEntityModel): Promise<Claim['base']> {
  const id = row.redelivers ?? (row.mode === 'DELTA' ? row.previousDeliveryId : null)
  if (id === null) return null
  const select = { systemIdentifier: true, timeline: true } as const
  return transaction.delivery.findUnique({ where: { id }, select })
}

/** A run that was planned before there were formats has the default. */
async function formatOf(transaction: Transaction, { runId: id }: EntityOfRun): Promise<FileFormat> {
  const run = await transaction.run.findUnique({ where: { id }, select: { fileFormat: true } })
  return fileFormatFromJson(run?.fileFormat)
}

/** Those of other runs and of this part of the run; other windows of the run may be under way at this moment. */
async function leftovers(transaction: Transaction, { tenantId, entity, runId, to }: EntityOfRun): Promise<string[]> {
  // In the words of the partial index, which Prisma's own are not.
  const rows = await transaction.$queryRaw<{ path: string }[]>`
    SELECT unnest(hidden_paths) AS path FROM run_entity
    WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}'
      AND (run_id <> ${runId}::uuid OR "to" = ${to})`
  return rows.map(({ path }) => path)
}

export async function noteParts(transaction: Transaction, held: Claim, hidden: readonly string[]): Promise<void> {
  await lockClaimed(transaction, held, held.id)
  const { tenantId, entity, leftovers: gone } = held
  if (gone.length > 0) {
    await transaction.$executeRaw`
      UPDATE run_entity SET hidden_paths = ARRAY(SELECT path FROM unnest(hidden_paths) AS path WHERE path <> ALL (${gone}))
      WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}' AND hidden_paths && ${gone}`
  }
  await transaction.runEntity.update({ where: keyOf(held), data: { hiddenPaths: [...hidden] } })
}

function publishedFromRow(row: RunEntityModel): Published {
  return {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    path: row.path ?? '',
    revision: row.revision ?? 0,
  }
}
