import { randomUUID } from 'node:crypto'
import type { RunEntityModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import type { Claim, EntityOfRun, Published } from './delivery-store.js'
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

/** Those of other runs and of this part of the run; other windows of the run may be under way at this moment. */
async function leftovers(transaction: Transaction, { tenantId, entity, runId, to }: EntityOfRun): Promise<string[]> {
  const parts = await transaction.runEntity.findMany({
    where: { tenantId, entity, partPath: { not: null }, OR: [{ runId: { not: runId } }, { to }] },
    select: { partPath: true },
  })
  return parts.flatMap(({ partPath }) => (partPath === null ? [] : [partPath]))
}

export async function noteParts(transaction: Transaction, held: Claim, partPath: string | null): Promise<void> {
  await lockClaimed(transaction, held, held.id)
  const { tenantId, entity } = held
  await transaction.runEntity.updateMany({
    where: { tenantId, entity, partPath: { in: [...held.leftovers] } },
    data: { partPath: null },
  })
  await transaction.runEntity.update({ where: keyOf(held), data: { partPath } })
}

function publishedFromRow(row: RunEntityModel): Published {
  return {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    path: row.path ?? '',
    revision: row.revision ?? 0,
  }
}
