import { escapeIdentifier } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import type { UndecidedRows } from './count-undecided.js'
import type { Relation } from './relation.js'

/** What the rows that no window takes mean for a file. Those that are dated in the future may wait until then. */
export function undecidedFindings(
  entity: Entity,
  relations: readonly Relation[],
  { timeless, unnamed, endless, ahead }: UndecidedRows,
): SourceFinding[] {
  const own = relations.find(({ way }) => way === 'own')
  const table = own?.label ?? `${entity.table.schema}.${entity.table.name}`
  const { updatedAtColumn: time, changeXidColumn: xid } = entity
  const lost = [
    { count: timeless, what: `no ${time} (NULL)`, fix: notNull(entity, relations) },
    { count: unnamed, what: `no ${xid} (NULL)`, fix: notNull(entity, relations) },
    { count: endless, what: `infinity as ${time}`, fix: dated(entity, relations) },
  ].filter(({ count }) => Number(count) > 0)
  const refusals = lost.map(({ count, what, fix }): SourceFinding => {
    const cause = `${rows(count, 'has', 'have')} ${what}, so no file would have them`
    return { severity: 'refuse', code: 'SOURCE_ROWS_UNDECIDED', everyFile: true, table, cause, fix }
  })
  return [...refusals, ...(Number(ahead) > 0 ? [aheadFinding(entity, table, ahead)] : [])]
}

const rows = (count: string, one: string, many: string): string =>
  count === '1' ? `1 row ${one}` : `${count} rows ${many}`

function aheadFinding({ updatedAtColumn: time }: Entity, table: string, count: string): SourceFinding {
  return {
    severity: 'warn',
    code: 'SOURCE_ROWS_AHEAD',
    table,
    cause: `${rows(count, 'is', 'are')} dated more than a day in the future (${time}). Files have them only from that time on`,
    fix: `set ${time} of these rows to clock_timestamp()`,
  }
}

/** The table to write to: the one below a view, if there is one alone that has the columns by their names. */
function tableToWrite({ table: { schema, name }, changeXidColumn }: Entity, relations: readonly Relation[]): string {
  const tables = relations.filter(({ kind }) => kind === 'r' || kind === 'p')
  const [label, ...others] = new Set(tables.map((table) => table.root ?? table.label))
  const hasColumn = tables.every(({ xidColumns }) => xidColumns.includes(changeXidColumn))
  return label !== undefined && others.length === 0 && hasColumn ? label : `the tables below ${schema}.${name}`
}

function notNull(entity: Entity, relations: readonly Relation[]): string {
  const [time, xid] = [escapeIdentifier(entity.updatedAtColumn), escapeIdentifier(entity.changeXidColumn)]
  const table = tableToWrite(entity, relations)
  const values = `${time} = coalesce(${time}, clock_timestamp()), ${xid} = pg_current_xact_id()`
  return (
    `UPDATE ${table} SET ${values} WHERE ${time} IS NULL OR ${xid} IS NULL; ` +
    `ALTER TABLE ${table} ALTER COLUMN ${time} SET NOT NULL, ALTER COLUMN ${xid} SET NOT NULL`
  )
}

function dated(entity: Entity, relations: readonly Relation[]): string {
  const time = escapeIdentifier(entity.updatedAtColumn)
  return `UPDATE ${tableToWrite(entity, relations)} SET ${time} = clock_timestamp() WHERE ${time} = 'infinity'`
}
