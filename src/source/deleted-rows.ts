import { escapeIdentifier } from 'pg'
import { type Column, deletedColumn, type Entity } from '../domain/entity.js'
import { tombstoneColumns, tombstonesOf } from '../domain/tombstones.js'
import { qualifiedTable } from './qualified-table.js'
import type { Extraction } from './types.js'

/**
 * The part of a delta's query that adds the rows of deleted records, by the same conditions. It is empty for a full load,
 * which replaces a consumer's copy as a whole, and for an entity without a table of deleted rows.
 */
export function deletedRows(extraction: Extraction, conditions: readonly string[]): string {
  const { entity } = extraction
  const deleted = tombstonesOf(entity)
  if (extraction.mode === 'full' || !deleted) return ''
  const filled = tombstoneColumns(entity)
  const selected = entity.columns.map((column) => value(column, filled))
  const columns = [...selected, escapeIdentifier(entity.tenantColumn)].join(', ')
  return (
    ` UNION ALL SELECT ${columns} FROM ${qualifiedTable(deleted)} AS deleted` +
    ` WHERE ${conditions.join(' AND ')} AND NOT EXISTS (${aliveRow(extraction)})`
  )
}

function value({ name, derived }: Column, filled: ReadonlySet<string>): string {
  if (derived === 'changeType') return `'D'`
  if (name === deletedColumn) return 'true'
  return filled.has(name) ? escapeIdentifier(name) : 'NULL'
}

/**
 * A row with the same key that was inserted again. It comes with this delta or with a later one, like every row that has changed
 * again since the end of the window.
 */
function aliveRow({ entity }: Extraction): string {
  const same = rowColumns(entity).map((name) => {
    const column = escapeIdentifier(name)
    return `alive.${column} = deleted.${column}`
  })
  return `SELECT FROM ${qualifiedTable(entity)} AS alive WHERE ${same.join(' AND ')}`
}

function rowColumns({ tenantColumn, key }: Entity): string[] {
  return [...new Set([tenantColumn, ...key])]
}
