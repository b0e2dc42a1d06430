import { ExportError } from '../../domain/errors.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { RunEntityModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { EntityWindow } from '../../domain/publication.js'

/**
 * Locks the row, so that no other attempt takes the claim before the transaction ends.
 * @throws SUPERSEDED if another attempt has the claim.
 */
export async function lockClaimed(transaction: Transaction, window: EntityWindow, claimId: string): Promise<LockedRow> {
  const row = await lockRow(transaction, window)
  if (row.claim !== claimId) throw claimLost(window)
  return row
}

export interface LockedRow {
  readonly claim: string | null
  /** The delivery that the run was planned to follow. */
  readonly previousDeliveryId: string | null
  readonly hiddenPaths: readonly string[]
}

/** One statement locks and reads, so that a transaction that had to wait sees the latest state of the row. */
export async function lockRow(transaction: Transaction, window: EntityWindow): Promise<LockedRow> {
  const { runId, entity, to } = window
  const [row] = await transaction.$queryRaw<LockedRow[]>`
    SELECT claim, previous_delivery_id AS "previousDeliveryId", hidden_paths AS "hiddenPaths" FROM run_entity
    WHERE run_id = ${runId}::uuid AND entity = ${entity} AND "to" = ${to} FOR UPDATE`
  if (!row) throw superseded(window, 'it is not on record')
  return row
}

/** Changes the row for the claim's holder; the change locks it. @throws SUPERSEDED if another attempt has the claim. */
export async function updateClaimed(
  transaction: Transaction,
  window: EntityWindow,
  claim: string,
  data: Prisma.RunEntityUpdateManyMutationInput,
): Promise<RunEntityModel> {
  const { runId, entity, to } = window
  const [row] = await transaction.runEntity.updateManyAndReturn({ where: { runId, entity, to, claim }, data })
  if (!row) throw claimLost(window)
  return row
}

function claimLost(window: EntityWindow): ExportError {
  return superseded(window, 'a later attempt has begun, or the run has ended')
}

export function keyOf({ runId, entity, to }: EntityWindow) {
  return { runId_entity_to: { runId, entity, to } }
}

export function superseded(window: EntityWindow, why: string): ExportError {
  return new ExportError('SUPERSEDED', `${window.entity} of run ${window.runId} may no longer be published: ${why}`)
}
