import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** What was delivered in a time: every published file, also earlier revisions and redelivered files. */
export interface DeliveredTotals {
  readonly files: number
  readonly rows: number
  readonly bytes: number
}

/** Numbers of tenants, for the platform's operators. A tenant without any is absent. */
export interface TenantTotalsStore {
  /** What was delivered in the last `days` days, by the database's clock. */
  delivered(days: number): Promise<ReadonlyMap<string, DeliveredTotals>>
  /** How many open incidents affect a tenant now. */
  openIncidents(): Promise<ReadonlyMap<string, number>>
}

export function createTenantTotalsStore(database: Database): TenantTotalsStore {
  return withTypedErrors({
    delivered: async (days) => {
      const rows = await database.forOperations(
        (transaction) => transaction.$queryRaw<{ tenantId: string; files: bigint; rows: bigint; bytes: bigint }[]>`
          SELECT tenant_id AS "tenantId", files, rows, bytes FROM delivered_totals(now() - make_interval(days => ${days}))`,
      )
      return new Map(
        rows.map((row) => [
          row.tenantId,
          { files: Number(row.files), rows: Number(row.rows), bytes: Number(row.bytes) },
        ]),
      )
    },
    openIncidents: async () => {
      const rows = await database.forOperations(
        (transaction) => transaction.$queryRaw<{ tenantId: string; count: number }[]>`
          SELECT a.tenant_id AS "tenantId", count(DISTINCT i.id)::integer AS count
          FROM incident i JOIN incident_affected a ON a.incident_id = i.id
          WHERE i.resolved_at IS NULL AND a.ended_at IS NULL AND a.tenant_id IS NOT NULL GROUP BY a.tenant_id`,
      )
      return new Map(rows.map(({ tenantId, count }) => [tenantId, count]))
    },
  })
}
