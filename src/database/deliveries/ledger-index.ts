import type { StoredContracts } from '../../domain/export-index.js'
import type { Transaction } from '../client.js'

/** The index of a tenant as the ledger knows it. It was written at least once, or it must be written. */
export interface LedgerIndex {
  /** Whether another index must be written, because days have changed or because the last one was not recorded. */
  readonly isPending: boolean
  /** Of the index that was reserved last. */
  readonly revision: number
  /** Of the index that was written last; null before the first. */
  readonly bytes: number | null
  readonly sha256: string | null
  readonly signedBy: string | null
  /** The contracts that are stored on the server, by internal name. */
  readonly contracts: StoredContracts
  /** The manifests that are stored on the server, by day. */
  readonly days: readonly LedgerIndexDay[]
}

export interface LedgerIndexDay {
  readonly day: Date
  readonly revision: number
  readonly change: number
  readonly bytes: number | null
  readonly sha256: string | null
}

export async function ledgerIndex(transaction: Transaction, tenantId: string): Promise<LedgerIndex | undefined> {
  const index = await transaction.exportIndex.findUnique({ where: { tenantId } })
  if (!index) return undefined
  const rows = await transaction.manifest.findMany({
    where: { tenantId, revision: { gt: 0 }, OR: [{ present: true }, { indexed: false }] },
    orderBy: { day: 'asc' },
  })
  const isPending = index.written < index.revision || rows.some(({ indexed }) => !indexed)
  // It was removed with all files of the tenant.
  if (!isPending && index.bytes === null) return undefined
  return {
    isPending,
    revision: index.revision,
    bytes: numberOf(index.bytes),
    sha256: index.sha256,
    signedBy: index.signedBy,
    contracts: index.contracts as unknown as StoredContracts,
    days: rows
      .filter(({ present }) => present)
      .map(({ day, revision, change, bytes, sha256 }) => ({
        ...{ day, revision, sha256 },
        change: Number(change),
        bytes: numberOf(bytes),
      })),
  }
}

function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
