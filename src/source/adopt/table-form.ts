import type { ClientBase } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { Relation } from '../checks/relation.js'
import { readRelations } from '../checks/relations.js'

/** A column of the table itself, with what another table needs to have the same column. */
export interface DeclaredColumn {
  readonly name: string
  /** As SQL declares it, with its collation if that is not the default of the type. */
  readonly declaration: string
  readonly notNull: boolean
}

export interface NamedIndex {
  readonly tableId: string
  readonly name: string
  /** `schema.name`, quoted where SQL needs it. */
  readonly label: string
  readonly isValid: boolean
  readonly isUnique: boolean
  /** In order; null for an expression. */
  readonly columns: readonly (string | null)[]
  readonly predicate: string | null
  /** The index of the partitioned table that it is a part of. */
  readonly parent: string | null
}

interface CheckConstraint {
  readonly name: string
  readonly isValidated: boolean
}

interface NamedTable {
  readonly id: string
  /** Without quotes. */
  readonly name: string
  /** The oid of the table directly above it; null for a table at the top. */
  readonly parent: string | null
  readonly isPartition: boolean
}

/** All that decides what a table lacks. */
export interface TableForm {
  readonly own: Relation
  /** The table, and the partitions or heirs below it. */
  readonly relations: readonly Relation[]
  /** By the oid of the table. */
  readonly tables: ReadonlyMap<string, NamedTable>
  /** In the order of the table. */
  readonly columns: readonly DeclaredColumn[]
  /** The columns of the primary key, in order; empty without one. */
  readonly primaryKey: readonly string[]
  readonly indexes: readonly NamedIndex[]
  readonly checks: readonly CheckConstraint[]
}

/** Reads the form of the entity's table from the catalogs of Postgres. Undefined if there is no such table. */
export async function readTableForm(client: ClientBase, entity: Entity): Promise<TableForm | undefined> {
  const relations = await readRelations(client, entity)
  const own = relations.find(({ way }) => way === 'own')
  if (!own) return undefined
  const ids = [...new Set(relations.map(({ id }) => id))]
  const { rows: columns } = await client.query<DeclaredColumn & { readonly keyAt: number | null }>(columnsQuery, [
    own.id,
  ])
  const { rows: indexes } = await client.query<NamedIndex>(indexesQuery, [ids])
  const { rows: checks } = await client.query<CheckConstraint>(checksQuery, [own.id])
  const { rows: tables } = await client.query<NamedTable>(tablesQuery, [ids])
  const primaryKey = columns
    .filter(({ keyAt }) => keyAt !== null)
    .toSorted((a, b) => (a.keyAt ?? 0) - (b.keyAt ?? 0))
    .map(({ name }) => name)
  return {
    own,
    relations: [...new Map(relations.map((relation) => [relation.id, relation])).values()],
    tables: new Map(tables.map((table) => [table.id, table])),
    columns,
    primaryKey,
    indexes,
    checks,
  }
}

const columnsQuery = `
  SELECT a.attname::text AS name, a.attnotnull OR t.typnotnull AS "notNull",
    format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation
      THEN format(' COLLATE %I.%I', cn.nspname, l.collname) ELSE '' END AS declaration,
    k.position::int AS "keyAt"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace
  LEFT JOIN pg_constraint c ON c.conrelid = a.attrelid AND c.contype = 'p'
  LEFT JOIN LATERAL (SELECT position FROM unnest(c.conkey) WITH ORDINALITY AS key(number, position)
    WHERE number = a.attnum) k ON true
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

const indexesQuery = `
  SELECT i.indrelid::text AS "tableId", c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS label,
    i.indisvalid AND i.indisready AND i.indislive AS "isValid", i.indisunique AS "isUnique",
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key(number, position)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number
      WHERE key.position <= i.indnkeyatts ORDER BY key.position) AS columns,
    (SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = c.oid) AS parent
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_am m ON m.oid = c.relam WHERE i.indrelid = ANY ($1::oid[]) AND m.amname = 'btree'`

const checksQuery = `
  SELECT conname::text AS name, convalidated AS "isValidated" FROM pg_constraint
  WHERE conrelid = $1::oid AND contype = 'c'`

const tablesQuery = `
  SELECT c.oid::text AS id, c.relname::text AS name, c.relispartition AS "isPartition",
    (SELECT min(h.inhparent::text) FROM pg_inherits h WHERE h.inhrelid = c.oid) AS parent
  FROM pg_class c WHERE c.oid = ANY ($1::oid[])`
