import { escapeIdentifier } from 'pg'
import type { Column, ColumnType } from '../domain/entity.js'
import { changeType } from './change-type.js'
import { deletedRows } from './deleted-rows.js'
import { qualifiedTable } from './qualified-table.js'
import type { Extraction } from './types.js'

/** The types of a table's columns by name, as SQL writes them. */
export type SourceTypes = Readonly<Record<string, string>>

export interface Query {
  readonly text: string
  readonly values: unknown[]
}

/**
 * The rows of one file. A full load has all that changed before `to`. A delta has what changed in the window, and what
 * changed before it but was not yet visible in the snapshot of the last file: transactions open at the time. Behind the
 * columns of the file each row tells whose it is.
 */
export function extractionQuery(extraction: Extraction, types: SourceTypes): Query {
  const { entity, tenantId, to } = extraction
  const values: unknown[] = []
  const updatedAt = escapeIdentifier(entity.updatedAtColumn)
  const changeXid = escapeIdentifier(entity.changeXidColumn)
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const selected = entity.columns.map((column) =>
    column.derived === 'changeType' ? changeType(extraction, parameter) : expression(column, types[column.name]),
  )
  const columns = [...selected, escapeIdentifier(entity.tenantColumn)].join(', ')
  const conditions = [
    `${escapeIdentifier(entity.tenantColumn)} = ${parameter(tenantId)}`,
    `${updatedAt} < ${parameter(to.toISOString())}::timestamptz`,
  ]
  if (extraction.mode === 'delta') {
    const from = `${parameter(extraction.from.toISOString())}::timestamptz`
    const last = `${parameter(extraction.snapshot)}::pg_snapshot`
    conditions.push(
      `(${updatedAt} >= ${from} OR (${changeXid} >= pg_snapshot_xmin(${last})` +
        ` AND NOT pg_visible_in_snapshot(${changeXid}, ${last})))`,
    )
  }
  if (extraction.visibleIn !== undefined) {
    conditions.push(`pg_visible_in_snapshot(${changeXid}, ${parameter(extraction.visibleIn)}::pg_snapshot)`)
  }
  const own = `SELECT ${columns} FROM ${qualifiedTable(entity)} WHERE ${conditions.join(' AND ')}`
  const deleted = deletedRows(extraction, conditions)
  const limit = extraction.mostRows === undefined ? '' : ` LIMIT ${extraction.mostRows + 1}`
  return { text: `${own}${deleted}${limit}`, values }
}

/** The expression of a column in the file. The text of money depends on a setting, so it is read as a number. */
function expression({ name, type, irregular }: Column, sourceType: string | undefined): string {
  const column = escapeIdentifier(name)
  // It has no irregular values.
  if (sourceType === 'money') return `${column}::numeric`
  const regular = irregular === 'null' ? regularOnly[type]?.(column) : undefined
  return regular === undefined ? column : `CASE WHEN ${regular} THEN ${column} END`
}

/** The condition for values that the type in the file also has. */
const regularOnly: Partial<Record<ColumnType, (column: string) => string>> = {
  number: (column) => `${column}::text ~ '^-?[0-9]'`,
  datetime: (column) => `${column} >= '0001-01-01Z' AND ${column} < '10000-01-01Z'`,
  timestamp: (column) => `${column} >= '0001-01-01' AND ${column} < '10000-01-01'`,
  date: (column) => `${column} >= '0001-01-01' AND ${column} < '10000-01-01'`,
  time: (column) => `${column} < '24:00'`,
}
