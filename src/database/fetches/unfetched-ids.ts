import type { UnfetchedPeriod } from '../../domain/fetch.js'
import type { Transaction } from '../client.js'

/** Postgres takes at most 32,767 values in a list. So many files are more than a tenant gets in 90 days. */
const mostIds = 20_000

/** The ids of the tenant's files that were not fetched, newest first. */
export async function unfetchedIds(
  transaction: Transaction,
  tenantId: string,
  { from, until }: UnfetchedPeriod,
): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM unfetched_delivery
    WHERE tenant_id = ${tenantId} AND published_at >= ${from} AND published_at < ${until}
    ORDER BY published_at DESC LIMIT ${mostIds}`
  return rows.map(({ id }) => id)
}
