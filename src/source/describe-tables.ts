import pg from 'pg'
import type { TableDescription } from '../domain/table-description.js'
import { catalogTypeOf } from './checks/columns.js'
import { sourceError } from './errors.js'

export interface TableSelection {
  /** All schemas that are not of Postgres itself, if empty. */
  readonly schemas: readonly string[]
  /** `schema.table`; all tables of the schemas, if empty. */
  readonly tables: readonly string[]
}

interface Row extends Omit<TableDescription, 'columns'> {
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly sqlType: string
    readonly notNull: boolean
    readonly comment: string | null
  }[]
}

const connectMs = 10_000

/** The tables that the login may know of, without partitions and views. @throws ExportError if the source does not answer */
export async function describeTables(url: string, { schemas, tables }: TableSelection): Promise<TableDescription[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tidemark-catalog',
    connectionTimeoutMillis: connectMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SET search_path = pg_catalog')
    const { rows } = await client.query<Row>(question, [schemas, tables])
    return rows.map((row) => ({ ...row, columns: row.columns.map(described) }))
  } catch (error) {
    throw sourceError('Reading the tables of the source', error)
  } finally {
    void client.end()
  }
}

function described({
  name,
  type,
  sqlType,
  notNull,
  comment,
}: Row['columns'][number]): TableDescription['columns'][number] {
  const known = catalogTypeOf({ name, type, sqlType, notNull })
  return { name, sqlType, nullable: !notNull, comment, ...(known ?? { type: undefined }) }
}

const columns = `
  SELECT json_build_object('name', a.attname, 'notNull', a.attnotnull OR t.typnotnull,
    'comment', col_description(a.attrelid, a.attnum),
    'type', CASE WHEN base.typtype = 'e' THEN 'enum' ELSE base.typname::text END,
    'sqlType', CASE WHEN t.typtype = 'd' THEN format_type(base.oid, t.typtypmod) ELSE format_type(t.oid, a.atttypmod) END)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

const question = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, obj_description(c.oid, 'pg_class') AS comment,
    ARRAY(${columns}) AS columns,
    ARRAY(SELECT a.attname::text FROM pg_constraint k, unnest(k.conkey) WITH ORDINALITY AS key(number, position)
      JOIN pg_attribute a ON a.attnum = key.number
      WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attrelid = c.oid ORDER BY key.position) AS "primaryKey",
    EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'tidemark_record_delete')
      AS "recordsDeletions"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND ($1::text[] = '{}' OR n.nspname = ANY ($1)) AND ($2::text[] = '{}' OR n.nspname || '.' || c.relname = ANY ($2))
  ORDER BY n.nspname, c.relname`
