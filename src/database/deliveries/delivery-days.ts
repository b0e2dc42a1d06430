import { isoDay } from '../../domain/delivery-path.js'
import type { DayRecord } from '../../domain/export-day.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'

/** The days from `from` to `to`, both included; of one entity (internal name), or of all. */
export interface DayRange {
  readonly from: Date
  readonly to: Date
  readonly entity?: string | null | undefined
}

interface Row {
  readonly day: Date
  readonly entity: string | null
  readonly rows: bigint | null
  readonly bytes: bigint | null
  readonly mode: string | null
  readonly redelivered: boolean | null
  readonly removed: boolean
  readonly publishedAt: Date | null
  readonly failedAt: Date | null
}

/** What was published and what failed, by day and entity. A redelivery that failed leaves the file of the day as it is. */
export async function dayRecords(transaction: Transaction, tenantId: string, range: DayRange): Promise<DayRecord[]> {
  const [from, to] = [isoDay(range.from), isoDay(range.to)]
  const ofEntity = range.entity == null ? Prisma.empty : Prisma.sql`AND entity = ${range.entity}`
  // Of one type with the column: Postgres uses no index for other comparisons below row-level security.
  // The day is at most a few days away from the UTC date of the window's end.
  const [start, end] = [daysAfter(from, -3), daysAfter(to, 4)]
  const day = Prisma.sql`coalesce(day, "to"::date)`
  const failedThen = Prisma.sql`status = 'FAILED' AND "to" >= ${start} AND "to" < ${end}
        AND ${day} BETWEEN ${from}::date AND ${to}::date`
  const rows = await transaction.$queryRaw<Row[]>`
    WITH latest AS (
      SELECT DISTINCT ON (day, entity) day, entity, rows, bytes, mode, redelivered, published_at
      FROM delivery
      WHERE tenant_id = ${tenantId} AND day BETWEEN ${from}::date AND ${to}::date AND published_at IS NOT NULL ${ofEntity}
      ORDER BY day, entity, revision DESC
    ), failed AS (
      SELECT ${day} AS day, entity, max(coalesce(finished_at, "to")) AS failed_at FROM run_entity
      WHERE tenant_id = ${tenantId} AND ${failedThen} AND redelivers IS NULL ${ofEntity}
      GROUP BY 1, 2
      UNION ALL
      SELECT ${day}, NULL, max(coalesce(finished_at, "to")) FROM run
      WHERE tenant_id = ${tenantId} AND ${failedThen} AND trigger <> 'REDELIVERY'
        AND NOT EXISTS (SELECT FROM run_entity WHERE run_id = run.id)
      GROUP BY 1
    )
    SELECT coalesce(l.day, f.day) AS day, coalesce(l.entity, f.entity) AS entity, l.rows, l.bytes, l.mode::text, l.redelivered,
      m.removed_at IS NOT NULL AND coalesce(l.published_at <= m.removed_through, false) AS removed,
      l.published_at AS "publishedAt", f.failed_at AS "failedAt"
    FROM latest l
      FULL JOIN failed f ON f.day = l.day AND f.entity = l.entity
      LEFT JOIN manifest m ON m.tenant_id = ${tenantId} AND m.day = l.day
    ORDER BY 1, 2`
  return rows.map(dayRecord)
}

function daysAfter(day: string, days: number): Date {
  return new Date(new Date(day).getTime() + days * 86_400_000)
}

function dayRecord({ day, entity, failedAt, publishedAt, ...row }: Row): DayRecord {
  const file = publishedAt && {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    isFullLoad: row.mode === 'FULL',
    isRedelivered: row.redelivered === true,
    isRemoved: row.removed,
    publishedAt,
  }
  return { day, entity, file, failedAt }
}
