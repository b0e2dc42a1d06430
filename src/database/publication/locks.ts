import { ExportError } from '../../domain/errors.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'
import type { EntityWindow } from '../../domain/publication.js'

/**
 * Locks the rows of windows that were claimed together, so that no other attempt takes a claim before the transaction ends.
 * Returns the rows by entity.
 * @throws SUPERSEDED if another attempt has one of the claims.
 */
export async function lockClaimed(
  transaction: Transaction,
  windows: readonly EntityWindow[],
  claimId: string,
): Promise<ReadonlyMap<string, LockedRow>> {
  const rows = await lockRows(transaction, windows)
  for (const window of windows) if (rows.get(window.entity)?.claim !== claimId) throw claimLost(window)
  return rows
}

export interface LockedRow {
  readonly claim: string | null
  /** The delivery that the run was planned to follow. */
  readonly previousDeliveryId: string | null
  readonly hiddenPaths: readonly string[]
}

/** One statement locks and reads, so that a transaction that had to wait sees the latest state of the rows. */
export async function lockRows(
  transaction: Transaction,
  windows: readonly EntityWindow[],
): Promise<ReadonlyMap<string, LockedRow>> {
  const [{ runId, to } = noWindow()] = windows
  const entities = windows.map(({ entity }) => entity)
  const rows = await transaction.$queryRaw<(LockedRow & { readonly entity: string })[]>`
    SELECT entity, claim, previous_delivery_id AS "previousDeliveryId", hidden_paths AS "hiddenPaths" FROM run_entity
    WHERE run_id = ${runId}::uuid AND entity = ANY(${entities}) AND "to" = ${to} ORDER BY entity FOR UPDATE`
  const byEntity = new Map(rows.map((row) => [row.entity, row]))
  for (const window of windows) if (!byEntity.has(window.entity)) throw superseded(window, 'it is not on record')
  return byEntity
}

/** Changes the rows for the claim's holder; the change locks them. @throws SUPERSEDED if another attempt has one of the claims. */
export async function updateClaimed(
  transaction: Transaction,
  windows: readonly EntityWindow[],
  claim: string,
  data: Prisma.RunEntityUpdateManyMutationInput,
): Promise<void> {
  const { count } = await transaction.runEntity.updateMany({ where: { ...togetherOf(windows), claim }, data })
  if (count !== windows.length) throw claimLost(windows[0] ?? noWindow())
}

/** The rows of windows of several entities in one run, which all have the same end. */
export function togetherOf(windows: readonly EntityWindow[]) {
  const [{ runId, to } = noWindow()] = windows
  if (windows.some((each) => each.runId !== runId || each.to.getTime() !== to.getTime())) {
    throw new Error('windows of several runs, or with several ends, are not published together')
  }
  return { runId, to, entity: { in: windows.map(({ entity }) => entity) } }
}

function noWindow(): never {
  throw new Error('there are no windows')
}

export function claimLost(window: EntityWindow): ExportError {
  return superseded(window, 'a later attempt has begun, or the run has ended')
}

export function keyOf({ runId, entity, to }: EntityWindow) {
  return { runId_entity_to: { runId, entity, to } }
}

export function superseded(window: EntityWindow, why: string): ExportError {
  return new ExportError('SUPERSEDED', `${window.entity} of run ${window.runId} may no longer be published: ${why}`)
}
