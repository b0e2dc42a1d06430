import { ExportError } from '../domain/errors.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import type { EntityOfRun } from './delivery-store.js'

/** Locks the row, so that nobody takes the claim before the transaction ends. @throws SUPERSEDED where somebody has. */
export async function lockClaimed(
  transaction: Transaction,
  part: EntityOfRun,
  claimId: string,
): Promise<RunEntityModel> {
  const row = await lockRow(transaction, part)
  if (row.claim !== claimId) throw superseded(part, 'a later attempt has begun, or the run has ended')
  return row
}

export async function lockRow(transaction: Transaction, part: EntityOfRun): Promise<RunEntityModel> {
  const { runId, entity, to } = part
  await transaction.$queryRaw`
    SELECT 1 FROM run_entity WHERE run_id = ${runId}::uuid AND entity = ${entity} AND "to" = ${to} FOR UPDATE`
  const row = await transaction.runEntity.findUnique({ where: keyOf(part) })
  if (!row) throw superseded(part, 'it is not on record')
  return row
}

export function keyOf({ runId, entity, to }: EntityOfRun) {
  return { runId_entity_to: { runId, entity, to } }
}

export function superseded(part: EntityOfRun, why: string): ExportError {
  return new ExportError('SUPERSEDED', `${part.entity} of run ${part.runId} may no longer be published: ${why}`)
}
