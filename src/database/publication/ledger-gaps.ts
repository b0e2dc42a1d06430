import type { BrokenChain, LedgerDay, LedgerGapStore, LedgerPosition } from '../../domain/ledger-gap.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { settleOlderLedger } from './settle-older-ledger.js'
import { settleOlderServer } from './settle-older-server.js'
import { settleWatermarks, wrongWatermarks } from './settle-watermarks.js'

export function createLedgerGapStore(database: Database): LedgerGapStore {
  const forTenant = <More extends unknown[], Result>(
    work: (transaction: Transaction, tenantId: string, ...more: More) => Promise<Result>,
  ) => {
    return (tenantId: string, ...more: More): Promise<Result> =>
      database.forTenant(tenantId, (transaction) => work(transaction, tenantId, ...more))
  }
  return withTypedErrors<LedgerGapStore>({
    position: forTenant(position),
    hasOldIndex: forTenant(hasOldIndex),
    days: forTenant(days),
    settleOlderLedger: forTenant(settleOlderLedger),
    settleOlderServer: forTenant(settleOlderServer),
    wrongWatermarks: forTenant(wrongWatermarks),
    settleWatermarks: forTenant(settleWatermarks),
    brokenChains: forTenant(brokenChains),
    allBrokenChains: () =>
      database.forOperations(
        (transaction) => transaction.$queryRaw<BrokenChain[]>`
          SELECT tenant_id AS "tenantId", entity, found_at AS "foundAt", detail FROM broken_chains()`,
      ),
  })
}

async function position(transaction: Transaction, tenantId: string): Promise<LedgerPosition> {
  const [row] = await transaction.$queryRaw<LedgerPosition[]>`
    SELECT revision, written, last_change::float8 AS "lastChange"
    FROM export_index WHERE tenant_id = ${tenantId}`
  return row ?? { revision: 0, written: 0, lastChange: 0 }
}

/** The conditions of the function `tenants_with_old_index`. */
async function hasOldIndex(transaction: Transaction, tenantId: string): Promise<boolean> {
  const [row] = await transaction.$queryRaw<{ isOld: boolean }[]>`
    SELECT EXISTS (SELECT FROM export_index WHERE tenant_id = ${tenantId} AND written < revision)
      OR EXISTS (SELECT FROM manifest WHERE tenant_id = ${tenantId} AND revision > 0 AND NOT indexed)
      AND (EXISTS (SELECT FROM export_index WHERE tenant_id = ${tenantId})
        OR EXISTS (SELECT FROM manifest WHERE tenant_id = ${tenantId} AND revision > 0 AND present)) AS "isOld"`
  return row?.isOld ?? false
}

async function days(transaction: Transaction, tenantId: string): Promise<LedgerDay[]> {
  const rows = await transaction.manifest.findMany({
    where: { tenantId, revision: { gt: 0 } },
    select: { day: true, revision: true, sha256: true, present: true },
  })
  return rows.map(({ present, ...row }) => ({ ...row, isPresent: present }))
}

async function brokenChains(transaction: Transaction, tenantId: string): Promise<ReadonlySet<string>> {
  const rows = await transaction.$queryRaw<{ entity: string }[]>`
    SELECT b.entity FROM chain_break AS b
    WHERE b.tenant_id = ${tenantId} AND NOT EXISTS (
      SELECT FROM delivery AS d
      WHERE d.tenant_id = b.tenant_id AND d.entity = b.entity AND d.sequence > b.sequence AND d.mode = 'FULL'
        AND d.published_at IS NOT NULL)`
  return new Set(rows.map(({ entity }) => entity))
}
