import { escapeIdentifier } from 'pg'
import { deletedColumn } from '../domain/entity.js'
import type { Extraction } from './types.js'

/**
 * The expression of `change_type`. `I`: the insert is not visible in the snapshot of the last file, or its time is not before the
 * window. Then no version of the row was in an earlier file. A row without a recorded insert is older than the column.
 */
export function changeType(extraction: Extraction, parameter: (value: unknown) => string): string {
  const { insertXidColumn = '', insertedAtColumn = '', columns } = extraction.entity
  const deleted = columns.some(({ name }) => name === deletedColumn)
    ? `WHEN ${escapeIdentifier(deletedColumn)} THEN 'D' `
    : ''
  if (extraction.mode === 'full') return deleted === '' ? `'I'` : `CASE ${deleted}ELSE 'I' END`
  const [xid, at] = [escapeIdentifier(insertXidColumn), escapeIdentifier(insertedAtColumn)]
  const from = `${parameter(extraction.from.toISOString())}::timestamptz`
  const last = `${parameter(extraction.snapshot)}::pg_snapshot`
  return `CASE ${deleted}WHEN ${at} >= ${from} OR NOT pg_visible_in_snapshot(${xid}, ${last}) THEN 'I' ELSE 'U' END`
}
