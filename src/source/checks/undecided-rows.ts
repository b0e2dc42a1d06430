import { type ClientBase, escapeIdentifier, escapeLiteral, type QueryResult } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

interface Counted {
  /** Without a time. */
  readonly timeless: string
  /** Without a transaction. */
  readonly unnamed: string
  /** At the time `infinity`, which is in no window. */
  readonly endless: string
  /** Dated more than a day ahead of the source's clock. */
  readonly ahead: string
}

export interface Counting {
  /** All tenants where it is left out. */
  readonly tenantId?: string
  /** Statements that go before the count, in the same message. */
  readonly before?: string
}

/**
 * Counts the rows that the condition of a window cannot decide. With the indexes that a delta needs, Postgres looks at no
 * other rows of the tenant.
 */
export async function countUndecided(
  client: ClientBase,
  entity: Entity,
  { tenantId, before = '' }: Counting,
): Promise<Counted> {
  const time = escapeIdentifier(entity.updatedAtColumn)
  const xid = escapeIdentifier(entity.changeXidColumn)
  const tenant =
    tenantId === undefined ? '' : `${escapeIdentifier(entity.tenantColumn)} = ${escapeLiteral(tenantId)} AND`
  const table = `${escapeIdentifier(entity.table.schema)}.${escapeIdentifier(entity.table.name)}`
  const results: unknown = await client.query(`${before}
    SELECT count(*) FILTER (WHERE ${time} IS NULL) AS timeless, count(*) FILTER (WHERE ${xid} IS NULL) AS unnamed,
      count(*) FILTER (WHERE ${time} = 'infinity') AS endless,
      count(*) FILTER (WHERE ${time} < 'infinity' AND ${time} > ${tomorrow}) AS ahead
    FROM ${table} WHERE ${tenant} (${time} IS NULL OR ${xid} IS NULL OR ${time} > ${tomorrow})`)
  const [counted] = ([results].flat() as QueryResult<Counted>[]).at(-1)?.rows ?? []
  if (!counted) throw new Error('a count gave no row')
  return counted
}

/** A clock that is wrong by hours is no reason for a warning: such rows come with the next files. */
const tomorrow = `now() + interval '1 day'`

export function undecidedFindings(entity: Entity, relations: readonly Relation[], counted: Counted): SourceFinding[] {
  const own = relations.find(({ way }) => way === 'own')
  const table = own?.label ?? `${entity.table.schema}.${entity.table.name}`
  const refuse = { severity: 'refuse', code: 'SOURCE_ROWS_UNDECIDED', everyFile: true, table } as const
  const lost = [
    { count: counted.timeless, what: `have no ${entity.updatedAtColumn} (NULL)`, fix: notNull(entity, relations) },
    { count: counted.unnamed, what: `have no ${entity.changeXidColumn} (NULL)`, fix: notNull(entity, relations) },
    { count: counted.endless, what: `have infinity as ${entity.updatedAtColumn}`, fix: dated(entity, relations) },
  ].filter(({ count }) => Number(count) > 0)
  return [
    ...lost.map(({ count, what, fix }) => ({
      ...refuse,
      cause: `${count} rows ${what}, so no file would have them`,
      fix,
    })),
    ...(Number(counted.ahead) > 0 ? [aheadFinding(entity, table, counted.ahead)] : []),
  ]
}

function aheadFinding({ updatedAtColumn }: Entity, table: string, count: string): SourceFinding {
  return {
    severity: 'warn',
    code: 'SOURCE_ROWS_AHEAD',
    table,
    cause: `${count} rows are dated more than a day in the future (${updatedAtColumn}). Files have them only from that time on`,
    fix: `set ${updatedAtColumn} of these rows to clock_timestamp()`,
  }
}

/** The table to write to: what is below a view, where there is one table alone. */
function writable(entity: Entity, relations: readonly Relation[]): string {
  const tables = new Set(
    relations.filter(({ kind }) => kind === 'r' || kind === 'p').map(({ root, label }) => root ?? label),
  )
  const [table] = tables
  return tables.size === 1 && table !== undefined
    ? table
    : `the tables below ${entity.table.schema}.${entity.table.name}`
}

function notNull(entity: Entity, relations: readonly Relation[]): string {
  const [time, xid] = [escapeIdentifier(entity.updatedAtColumn), escapeIdentifier(entity.changeXidColumn)]
  const table = writable(entity, relations)
  return (
    `UPDATE ${table} SET ${time} = clock_timestamp(), ${xid} = pg_current_xact_id() WHERE ${time} IS NULL OR ${xid} IS NULL; ` +
    `ALTER TABLE ${table} ALTER COLUMN ${time} SET NOT NULL, ALTER COLUMN ${xid} SET NOT NULL`
  )
}

function dated(entity: Entity, relations: readonly Relation[]): string {
  const time = escapeIdentifier(entity.updatedAtColumn)
  return `UPDATE ${writable(entity, relations)} SET ${time} = clock_timestamp() WHERE ${time} = 'infinity'`
}
