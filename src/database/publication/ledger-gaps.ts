import type { BrokenChain, LedgerDay, LedgerGapStore, LedgerPosition, WrongWatermark } from '../../domain/ledger-gap.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { settleLostRuns } from './settle-lost-runs.js'
import { settleOlderLedger } from './settle-older-ledger.js'
import { settleOlderServer } from './settle-older-server.js'
import { settleWatermarks, wrongWatermarksQuery } from './settle-watermarks.js'

export function createLedgerGapStore(database: Database): LedgerGapStore {
  const forTenant = <More extends unknown[], Result>(
    work: (transaction: Transaction, tenantId: string, ...more: More) => Promise<Result>,
  ) => {
    return (tenantId: string, ...more: More): Promise<Result> =>
      database.forTenant(tenantId, (transaction) => work(transaction, tenantId, ...more))
  }
  const wrongWatermarks = (tenantId: string) => database.readForTenant<WrongWatermark>(tenantId, wrongWatermarksQuery)
  return withTypedErrors<LedgerGapStore>({
    position: async (tenantId) => {
      const [row] = await database.readForTenant<LedgerPosition>(tenantId, positionQuery)
      return row ?? { revision: 0, written: 0, lastChange: 0 }
    },
    hasOldIndex: forTenant(hasOldIndex),
    days: forTenant(days),
    settleOlderLedger: forTenant(settleOlderLedger),
    settleLostRuns: forTenant(settleLostRuns),
    settleOlderServer: forTenant(settleOlderServer),
    wrongWatermarks,
    settleWatermarks: async (tenantId) => {
      // Nearly always there is none.
      const wrong = await wrongWatermarks(tenantId)
      return wrong.length === 0 ? undefined : forTenant(settleWatermarks)(tenantId)
    },
    brokenChains: async (tenantId) => {
      const rows = await database.readForTenant<{ entity: string }>(tenantId, brokenChainsQuery)
      return new Set(rows.map(({ entity }) => entity))
    },
    allBrokenChains: () =>
      database.forOperations(
        (transaction) => transaction.$queryRaw<BrokenChain[]>`
          SELECT tenant_id AS "tenantId", entity, found_at AS "foundAt", detail FROM broken_chains()`,
      ),
  })
}

// Each run asks these of its tenant, in one message each.
const positionQuery = 'SELECT revision, written, last_change::float8 AS "lastChange" FROM export_index'
const brokenChainsQuery = `
  SELECT b.entity FROM chain_break AS b
  WHERE NOT EXISTS (
    SELECT FROM delivery AS d
    WHERE d.tenant_id = b.tenant_id AND d.entity = b.entity AND d.sequence > b.sequence AND d.mode = 'FULL'
      AND d.published_at IS NOT NULL)`

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
