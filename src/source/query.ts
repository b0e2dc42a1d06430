import { escapeIdentifier } from 'pg'
import type { Entity } from '../domain/entity.js'
import type { Extraction } from './types.js'

export interface Query {
  readonly text: string
  readonly values: unknown[]
}

export function qualifiedTable({ table }: Entity): string {
  return `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`
}

/**
 * The rows of one file. A full load has all that changed before `to`. A delta has what changed in the window, and what
 * changed before it but was not yet visible in the snapshot of the last file: transactions open at the time. Behind the
 * columns of the file each row tells whose it is.
 */
export function extractionQuery(extraction: Extraction): Query {
  const { entity, tenantId, to } = extraction
  const names = [...entity.columns.map(({ name }) => name), entity.tenantColumn]
  const columns = names.map((name) => escapeIdentifier(name)).join(', ')
  const updatedAt = escapeIdentifier(entity.updatedAtColumn)
  const changeXid = escapeIdentifier(entity.changeXidColumn)
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
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
  return { text: `SELECT ${columns} FROM ${qualifiedTable(entity)} WHERE ${conditions.join(' AND ')}`, values }
}
