import { isoDay } from '../../domain/delivery-path.js'
import type { Transaction } from '../client.js'
import { onDay } from '../run-rows.js'

/** The delivered files of the transaction's tenant, as the ledger knows them. The ledger itself is kept indefinitely. */
export interface TenantFiles {
  /**
   * Locks a day until the transaction ends, so that no run publishes to it. Returns false if a run is about to publish to it:
   * then its files must stay.
   */
  lockDay(day: Date): Promise<boolean>
  /** Records that the files of a day, or of all days, are removed. Files that are published later are stored again. */
  recordRemoval(day?: Date): Promise<void>
  /** Records that the server has lost all files, the index and the contracts. The next index lists the days as removed. */
  recordLoss(): Promise<void>
  /** Records that the index and the contracts are removed. The next index lists only days that are written after that. */
  forgetIndex(): Promise<void>
}

export function tenantFiles(transaction: Transaction, tenantId: string): TenantFiles {
  return {
    lockDay: (day) => lockDay(transaction, tenantId, day),
    recordRemoval: (day) => recordRemoval(transaction, tenantId, day ?? null),
    recordLoss: () => recordLoss(transaction, tenantId),
    forgetIndex: () => forgetIndex(transaction, tenantId),
  }
}

/** A run that publishes to the day changes the row of its manifest first, and so waits for the end of this transaction. */
async function lockDay(transaction: Transaction, tenantId: string, day: Date): Promise<boolean> {
  await transaction.$executeRaw`
    SELECT 1 FROM manifest WHERE tenant_id = ${tenantId} AND day = ${isoDay(day)}::date FOR UPDATE`
  const writing = await transaction.runEntity.count({
    where: { tenantId, ...onDay(day), status: { in: ['PENDING', 'RUNNING'] }, run: { finishedAt: null } },
  })
  return writing === 0
}

/** It compares the ledger's own times, so that clocks of other machines do not matter. */
async function recordRemoval(transaction: Transaction, tenantId: string, day: Date | null): Promise<void> {
  await transaction.$executeRaw`
    UPDATE manifest SET removed_at = now(), present = false, pending = false, indexed = false, changes = changes + 1,
      removed_through = (
        SELECT max(published_at) FROM delivery
        WHERE delivery.tenant_id = manifest.tenant_id AND delivery.day = manifest.day)
    WHERE tenant_id = ${tenantId} AND present AND (${day && isoDay(day)}::date IS NULL OR day = ${day && isoDay(day)}::date)`
}

/** An index that is being written is fenced: it still lists the files. */
async function recordLoss(transaction: Transaction, tenantId: string): Promise<void> {
  await recordRemoval(transaction, tenantId, null)
  await transaction.exportIndex.updateMany({
    where: { tenantId },
    data: { revision: { increment: 1 }, contracts: {}, signedBy: null },
  })
}

/** Numbers that were given stay used up. A revision that is being written is fenced. */
async function forgetIndex(transaction: Transaction, tenantId: string): Promise<void> {
  await transaction.manifest.updateMany({ where: { tenantId }, data: { indexed: true, change: 0, signedBy: null } })
  await transaction.$executeRaw`
    UPDATE export_index SET revision = revision + 1, written = revision + 1, bytes = NULL, sha256 = NULL, signed_by = NULL,
      contracts = '{}', written_at = NULL
    WHERE tenant_id = ${tenantId}`
}
