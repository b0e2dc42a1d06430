import { escapeIdentifier } from 'pg'
import type { Extraction } from './types.js'

export interface Query {
  readonly text: string
  readonly values: unknown[]
}

/**
 * The rows of one file. A full load has all that changed before `to`. A delta has what changed in the window, and
 * what changed before it but was not yet visible in the snapshot of the last file: transactions open at the time.
 */
export function extractionQuery(extraction: Extraction): Query {
  const { entity, tenantId, to } = extraction
  const updatedAt = escapeIdentifier(entity.updatedAtColumn)
  const changeXid = escapeIdentifier(entity.changeXidColumn)
  const columns = entity.columns.map((column) => escapeIdentifier(column.name)).join(', ')
  const all =
    `SELECT ${columns} FROM ${escapeIdentifier(entity.table.schema)}.${escapeIdentifier(entity.table.name)}` +
    ` WHERE ${escapeIdentifier(entity.tenantColumn)} = $1 AND ${updatedAt} < $2::timestamptz`
  const values = [tenantId, to.toISOString()]
  if (extraction.mode === 'full') return { text: all, values }
  return {
    text:
      `${all} AND (${updatedAt} >= $3::timestamptz OR (${changeXid} >= pg_snapshot_xmin($4::pg_snapshot)` +
      ` AND NOT pg_visible_in_snapshot(${changeXid}, $4::pg_snapshot)))`,
    values: [...values, extraction.from.toISOString(), extraction.snapshot],
  }
}
