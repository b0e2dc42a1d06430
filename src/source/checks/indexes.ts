import { type ClientBase, escapeIdentifier } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { SourceWarning } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

interface TableIndexes {
  /** The oid of the table. */
  readonly id: string
  readonly columns: readonly string[]
  readonly indexes: readonly Index[]
}

interface Index {
  /** In order; null for an expression. */
  readonly columns: readonly (string | null)[]
  readonly isUnique: boolean
  /** Of a partial index. */
  readonly predicate: string | null
}

/** The indexes that Postgres may use, of the tables with these oids. */
const question = `
  SELECT c.oid::text AS id,
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    ARRAY(
      SELECT json_build_object('isUnique', i.indisunique, 'predicate', pg_get_expr(i.indpred, i.indrelid), 'columns', ARRAY(
        SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key(number, position)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number
        WHERE key.position <= i.indnkeyatts ORDER BY key.position))
      FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
      WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisready AND i.indislive AND m.amname = 'btree') AS indexes
  FROM pg_class c WHERE c.oid = ANY ($1::oid[])`

/** The indexes that reads of the entity need and do not find. */
export async function indexFindings(
  client: ClientBase,
  entity: Entity,
  relations: readonly Relation[],
): Promise<SourceWarning[]> {
  const tables = relations.filter(
    ({ kind, isViewed, xidColumns }) => kind === 'r' && (!isViewed || xidColumns.length > 0),
  )
  const own = relations.filter(({ way, kind }) => way === 'own' && (kind === 'r' || kind === 'p'))
  const ids = [...new Set([...tables, ...own].map(({ id }) => id))]
  const { rows } = await client.query<TableIndexes>(question, [ids])
  const found = new Map(rows.map((row) => [row.id, row]))
  return [
    ...oncePerTable(tables).flatMap((table) => deltaFindings(entity, table, found.get(table.id))),
    ...own.flatMap((table) => keyFindings(entity, table, found.get(table.id))),
  ]
}

/** A view may reach a table in two ways; a thousand partitions lack the index of their parent. */
function oncePerTable(relations: readonly Relation[]): Relation[] {
  return [...new Map(relations.map((relation) => [relation.root ?? relation.label, relation])).values()]
}

function deltaFindings(entity: Entity, table: Relation, found: TableIndexes | undefined): SourceWarning[] {
  const { tenantColumn, updatedAtColumn, changeXidColumn } = entity
  if (!found) return []
  const unknown = [tenantColumn, updatedAtColumn, changeXidColumn].filter((name) => !found.columns.includes(name))
  // Its columns have other names than the view's, or the entity's own table lacks them, which is found elsewhere.
  if (unknown.length > 0) return table.isViewed ? [unclear(table, unknown)] : []
  return [updatedAtColumn, changeXidColumn]
    .filter((column) => !found.indexes.some((index) => serves(index, [tenantColumn, column])))
    .map((column) => missing(table, [tenantColumn, column]))
}

/** Whether a delta can use the index. Its condition implies that none of these columns is NULL. */
export function serves(
  { columns, predicate }: Pick<Index, 'columns' | 'predicate'>,
  wanted: readonly string[],
): boolean {
  const implied = wanted.flatMap((name) => [`(${name} IS NOT NULL)`, `(${escapeIdentifier(name)} IS NOT NULL)`])
  return wanted.every((name, at) => columns[at] === name) && (predicate === null || implied.includes(predicate))
}

function missing({ label, root, kind }: Relation, columns: readonly string[]): SourceWarning {
  const list = columns.map((name) => escapeIdentifier(name)).join(', ')
  // An index of a partitioned table cannot be made beside writes.
  const how = root === null && kind === 'r' ? 'CREATE INDEX CONCURRENTLY' : 'CREATE INDEX'
  return {
    severity: 'warn',
    code: 'SOURCE_INDEX_MISSING',
    table: root ?? label,
    cause: `no index begins with (${columns.join(', ')}), so each delta reads all rows of the table`,
    fix: `${how} ON ${root ?? label} (${list})`,
  }
}

function unclear({ label }: Relation, unknown: readonly string[]): SourceWarning {
  return {
    severity: 'warn',
    code: 'SOURCE_VIEW_UNCLEAR',
    table: label,
    cause: `it lacks a column with the name ${unknown.join(' and ')}, so its indexes cannot be checked`,
    fix: 'look at the plan of a delta (EXPLAIN) by hand',
  }
}

function keyFindings(entity: Entity, { label }: Relation, found: TableIndexes | undefined): SourceWarning[] {
  const key = new Set([entity.tenantColumn, ...entity.key])
  const isUnique = found?.indexes.some(
    (index) =>
      index.isUnique && index.predicate === null && index.columns.every((name) => name !== null && key.has(name)),
  )
  if (!found || isUnique === true) return []
  const list = [...key].map((name) => escapeIdentifier(name)).join(', ')
  return [
    {
      severity: 'warn',
      code: 'SOURCE_KEY_NOT_UNIQUE',
      table: label,
      cause: `no unique index keeps two rows of a tenant from having the same ${entity.key.join(', ')}`,
      fix: `CREATE UNIQUE INDEX ON ${label} (${list})`,
    },
  ]
}
