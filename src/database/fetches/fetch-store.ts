import type { FetchedPart, FetchReports, FileFetch, UnfetchedFiles, UnfetchedPeriod } from '../../domain/fetch.js'
import type { FileFetchModel } from '../../generated/prisma/models.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { type PageRequest, pageQuery } from '../pages.js'

/** Reads what tenants have fetched. */
export interface FetchStore {
  /** Undefined if no SFTP server has ever reported fetches. */
  reports(): Promise<FetchReports | undefined>
  /** The file parts of these deliveries of which bytes were read, by the id of the delivery. */
  parts(tenantId: string, deliveryIds: readonly string[]): Promise<ReadonlyMap<string, readonly FetchedPart[]>>
  /** The fetches of a delivery, newest first. */
  page(tenantId: string, deliveryId: string, page: PageRequest): Promise<readonly FileFetch[]>
  /** The tenant's files that were not fetched; undefined if there are none, or if the tenant does not fetch over SFTP. */
  unfetched(tenantId: string, period: UnfetchedPeriod): Promise<UnfetchedFiles | undefined>
  /** The same for all tenants. A tenant without such files is absent. */
  unfetchedByTenant(period: UnfetchedPeriod): Promise<ReadonlyMap<string, UnfetchedFiles>>
  /** When the tenant's keys were last used, by fingerprint. A key that was never used is absent. */
  keyUses(tenantId: string): Promise<ReadonlyMap<string, Date>>
}

export function createFetchStore(database: Database): FetchStore {
  return withTypedErrors<FetchStore>({
    reports: () => database.forOperations(reports),
    parts: (tenantId, ids) => database.forTenant(tenantId, (transaction) => parts(transaction, tenantId, ids)),
    page: (tenantId, deliveryId, page) =>
      database.forTenant(tenantId, (transaction) => pageOfFetches(transaction, tenantId, deliveryId, page)),
    unfetched: (tenantId, period) =>
      database.forTenant(tenantId, (transaction) => unfetched(transaction, tenantId, period)),
    unfetchedByTenant: (period) => database.forOperations((transaction) => unfetchedByTenant(transaction, period)),
    keyUses: async (tenantId) => {
      const uses = await database.forTenant(tenantId, (transaction) =>
        transaction.sftpKeyUse.findMany({ where: { tenantId } }),
      )
      return new Map(uses.map(({ fingerprint, lastUsedAt }) => [fingerprint, lastUsedAt]))
    },
  })
}

/** With several kinds of servers, what is known is what the kind that began last knows. A kind that is no longer used does not count. */
async function reports(transaction: Transaction): Promise<FetchReports | undefined> {
  const [row] = await transaction.$queryRaw<{ since: Date | null; until: Date | null }[]>`
    SELECT max(since) AS since, min(seen_at) AS until FROM fetch_source
    WHERE seen_at > (SELECT max(seen_at) FROM fetch_source) - interval '1 day'`
  return row?.since && row.until ? { since: row.since, until: row.until } : undefined
}

async function parts(
  transaction: Transaction,
  tenantId: string,
  deliveryIds: readonly string[],
): Promise<Map<string, FetchedPart[]>> {
  const rows = await transaction.fetchedPart.findMany({ where: { tenantId, deliveryId: { in: [...deliveryIds] } } })
  const byDelivery = new Map<string, FetchedPart[]>()
  for (const { deliveryId, fetches, wholeAt } of rows) {
    byDelivery.set(deliveryId, [...(byDelivery.get(deliveryId) ?? []), { fetches, wholeAt }])
  }
  return byDelivery
}

async function pageOfFetches(
  transaction: Transaction,
  tenantId: string,
  deliveryId: string,
  page: PageRequest,
): Promise<FileFetch[]> {
  const { where, ...order } = pageQuery('endedAt', page)
  const rows = await transaction.fileFetch.findMany({ where: { tenantId, deliveryId, AND: where }, ...order })
  const fetches = rows.map(fetchFromRow)
  return page.backwards ? fetches.toReversed() : fetches
}

function fetchFromRow({ tenantId: _tenantId, bytesRead, ...row }: FileFetchModel): FileFetch {
  return { ...row, bytesRead: Number(bytesRead) }
}

interface CountedFiles {
  readonly files: bigint
  readonly oldest: Date | null
}

async function unfetched(
  transaction: Transaction,
  tenantId: string,
  { from, until }: UnfetchedPeriod,
): Promise<UnfetchedFiles | undefined> {
  const [row] = await transaction.$queryRaw<CountedFiles[]>`
    SELECT count(*) AS files, min(published_at) AS oldest FROM unfetched_delivery
    WHERE tenant_id = ${tenantId} AND published_at >= ${from} AND published_at < ${until}
      AND (EXISTS (SELECT FROM sftp_key WHERE tenant_id = ${tenantId})
        OR EXISTS (SELECT FROM fetched_part WHERE tenant_id = ${tenantId}))`
  return row?.oldest ? { files: Number(row.files), oldest: row.oldest } : undefined
}

async function unfetchedByTenant(
  transaction: Transaction,
  { from, until }: UnfetchedPeriod,
): Promise<Map<string, UnfetchedFiles>> {
  const rows = await transaction.$queryRaw<(CountedFiles & { readonly tenantId: string })[]>`
    SELECT tenant_id AS "tenantId", files, oldest
    FROM unfetched_totals(${from}::timestamptz, ${until}::timestamptz)`
  return new Map(
    rows.flatMap(({ tenantId, files, oldest }) => (oldest ? [[tenantId, { files: Number(files), oldest }]] : [])),
  )
}
