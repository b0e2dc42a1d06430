import type { ClientBase } from 'pg'
import type { Column, ColumnType, Entity } from '../domain/entity.js'

/** What Postgres types a column of the catalog's type may have. `enum` stands for any enum. */
const acceptedTypes: Record<ColumnType, readonly string[]> = {
  string: ['text', 'varchar', 'bpchar', 'char', 'name', 'uuid', 'citext', 'inet', 'cidr', 'macaddr', 'xml', 'enum'],
  integer: ['int2', 'int4', 'int8'],
  number: ['numeric', 'float4', 'float8', 'int2', 'int4', 'int8'],
  boolean: ['bool'],
  datetime: ['timestamptz'],
  date: ['date'],
  json: ['json', 'jsonb'],
}

interface Table {
  /** `pg_class.relkind` */
  kind: string
  /** As a whole: the right to read single columns does not suffice to lock it against changes of its form. */
  readable: boolean
  columns: TableColumn[]
}

interface TableColumn {
  name: string
  /** The name of the type, of a domain's base type, or `enum`. */
  type: string
  notNull: boolean
}

/** Every way in which the entity's table differs from the catalog. */
export async function tableProblems(client: ClientBase, entity: Entity): Promise<string[]> {
  const table = await findTable(client, entity)
  const label = `${entity.table.schema}.${entity.table.name}`
  if (!table) return [`there is no table ${label}`]
  if (!table.readable) return [`${label} may not be read, as a whole, by the source's user`]
  if (!['r', 'p', 'v'].includes(table.kind)) return [`${label} is neither a table nor a view`]
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  const isView = table.kind === 'v'
  return [
    ...entity.columns.flatMap((column) => columnProblems(column, columns.get(column.name))),
    ...missing([entity.tenantColumn, ...entity.key], entity, columns),
    ...tenantProblems(entity.tenantColumn, columns.get(entity.tenantColumn)),
    ...trackingProblems(entity.updatedAtColumn, 'timestamptz', columns.get(entity.updatedAtColumn), isView),
    ...trackingProblems(entity.changeXidColumn, 'xid8', columns.get(entity.changeXidColumn), isView),
  ].map((problem) => `${label}: ${problem}`)
}

async function findTable(client: ClientBase, entity: Entity): Promise<Table | undefined> {
  const { rows } = await client.query<Table>(
    `SELECT c.relkind::text AS kind,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       ARRAY(
         SELECT json_build_object(
           'name', a.attname,
           'notNull', a.attnotnull OR t.typnotnull,
           'type', CASE WHEN b.typtype = 'e' THEN 'enum' ELSE b.typname::text END)
         FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [entity.table.schema, entity.table.name],
  )
  return rows[0]
}

function columnProblems(column: Column, found: TableColumn | undefined): string[] {
  if (!found) return [`there is no column ${column.name}`]
  const accepted = acceptedTypes[column.type]
  if (accepted.includes(found.type)) return []
  return [
    `column ${column.name} is of type ${found.type}, but as a ${column.type} it must be one of ${accepted.join(', ')}`,
  ]
}

/** Columns that are no fields of the file, but are needed to read it. */
function missing(names: string[], entity: Entity, columns: Map<string, TableColumn>): string[] {
  const listed = new Set(entity.columns.map((column) => column.name))
  return [...new Set(names)]
    .filter((name) => !listed.has(name) && !columns.has(name))
    .map((name) => `there is no column ${name}`)
}

/** Postgres pads such a value with blanks, so that no row would be the tenant's that was asked for. */
function tenantProblems(name: string, found: TableColumn | undefined): string[] {
  if (found?.type !== 'bpchar') return []
  return [
    `the tenant column ${name} is of type char(n), which pads the tenant's id with blanks: make it text or varchar`,
  ]
}

/** The columns that the delta rule stands on. A view can't say NOT NULL; its tables have to. */
function trackingProblems(name: string, type: string, found: TableColumn | undefined, isView: boolean): string[] {
  if (!found) return [`there is no column ${name}, which deltas need`]
  const problems: string[] = []
  if (found.type !== type) problems.push(`column ${name} is of type ${found.type}, but deltas need ${type}`)
  if (!found.notNull && !isView) problems.push(`column ${name} may be NULL, but deltas need NOT NULL`)
  return problems
}
