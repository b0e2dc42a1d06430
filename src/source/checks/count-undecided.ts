import { type ClientBase, escapeIdentifier, escapeLiteral, type QueryResult } from 'pg'
import type { Entity } from '../../domain/entity.js'
import { qualifiedTable } from '../qualified-table.js'

/** Rows that the condition of a window cannot decide, as Postgres counts them. */
export interface UndecidedRows {
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
  readonly entity: Entity
  /** All tenants where it is left out. */
  readonly tenantId?: string
  /** Statements that go before the count, in the same message. */
  readonly before?: string
}

/** Counts the rows that the condition of a window cannot decide, of several entities in one message. */
export async function countUndecided(client: ClientBase, counts: readonly Counting[]): Promise<UndecidedRows[]> {
  if (counts.length === 0) return []
  const questions = counts.map(({ entity, tenantId, before = '' }) => `${before} ${undecidedQuery(entity, tenantId)}`)
  const results: unknown = await client.query(questions.join(';'))
  const counted = ([results].flat() as QueryResult<UndecidedRows>[]).flatMap(({ rows: [row] }) => row ?? [])
  if (counted.length !== counts.length) throw new Error('a count gave no row')
  return counted
}

/** With the indexes that a delta needs, Postgres looks at no other rows of the tenant. */
export function undecidedQuery(entity: Entity, tenantId: string | undefined): string {
  const [time, xid] = [escapeIdentifier(entity.updatedAtColumn), escapeIdentifier(entity.changeXidColumn)]
  const tenant = escapeIdentifier(entity.tenantColumn)
  const ofTenant = tenantId === undefined ? '' : `${tenant} = ${escapeLiteral(tenantId)} AND`
  return `
    SELECT count(*) FILTER (WHERE ${time} IS NULL) AS timeless, count(*) FILTER (WHERE ${xid} IS NULL) AS unnamed,
      count(*) FILTER (WHERE ${time} = 'infinity') AS endless,
      count(*) FILTER (WHERE ${time} < 'infinity' AND ${time} > ${tomorrow}) AS ahead
    FROM ${qualifiedTable(entity)} WHERE ${ofTenant} (${time} IS NULL OR ${xid} IS NULL OR ${time} > ${tomorrow})`
}

/** A clock that is wrong by hours is no reason for a warning: such rows come with the next files. */
const tomorrow = `now() + interval '1 day'`
