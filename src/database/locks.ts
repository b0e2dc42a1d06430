import { ExportError } from '../domain/errors.js'
import type { Prisma } from '../generated/prisma/client.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import type { EntityOfRun } from './delivery-store.js'

/**
 * Locks the row, so that nobody takes the claim before the transaction ends. Gives the delivery that the run was planned
 * to follow. @throws SUPERSEDED where somebody has the claim.
 */
export async function lockClaimed(
  transaction: Transaction,
  part: EntityOfRun,
  claimId: string,
): Promise<{ previousDeliveryId: string | null }> {
  const { claim, ...row } = await lockRow(transaction, part)
  if (claim !== claimId) throw leftBehind(part)
  return row
}

/** Read in the statement that locks: whoever had to wait sees the row as the one before has left it. */
export async function lockRow(
  transaction: Transaction,
  part: EntityOfRun,
): Promise<{ claim: string | null; previousDeliveryId: string | null }> {
  const { runId, entity, to } = part
  const [row] = await transaction.$queryRaw<{ claim: string | null; previousDeliveryId: string | null }[]>`
    SELECT claim, previous_delivery_id AS "previousDeliveryId" FROM run_entity
    WHERE run_id = ${runId}::uuid AND entity = ${entity} AND "to" = ${to} FOR UPDATE`
  if (!row) throw superseded(part, 'it is not on record')
  return row
}

/** What the claim's holder changes; the change locks the row. @throws SUPERSEDED where somebody has taken the claim. */
export async function updateClaimed(
  transaction: Transaction,
  part: EntityOfRun,
  claim: string,
  data: Prisma.RunEntityUpdateManyMutationInput,
): Promise<RunEntityModel> {
  const { runId, entity, to } = part
  const [row] = await transaction.runEntity.updateManyAndReturn({ where: { runId, entity, to, claim }, data })
  if (!row) throw leftBehind(part)
  return row
}

function leftBehind(part: EntityOfRun): ExportError {
  return superseded(part, 'a later attempt has begun, or the run has ended')
}

export function keyOf({ runId, entity, to }: EntityOfRun) {
  return { runId_entity_to: { runId, entity, to } }
}

export function superseded(part: EntityOfRun, why: string): ExportError {
  return new ExportError('SUPERSEDED', `${part.entity} of run ${part.runId} may no longer be published: ${why}`)
}
