import { escapeIdentifier } from 'pg'
import type { Column, ColumnType, Entity } from '../../domain/entity.js'
import type { SourceRefusal } from '../../domain/source-finding.js'
import type { Relation, TableColumn } from './relation.js'

/** The types of Postgres that a column of the catalog's type may have; of `string` see {@link texts}. */
const acceptedTypes: Record<Exclude<ColumnType, 'string'>, readonly string[]> = {
  integer: ['int2', 'int4', 'int8'],
  number: ['numeric', 'float4', 'float8', 'int2', 'int4', 'int8', 'money'],
  boolean: ['bool'],
  datetime: ['timestamptz'],
  timestamp: ['timestamp'],
  date: ['date'],
  time: ['time'],
  json: ['json', 'jsonb'],
}

/** The types of a `string` that the catalog need not name. `enum` stands for any enum. */
const texts = ['text', 'varchar', 'bpchar', 'char', 'name', 'uuid', 'citext', 'inet', 'cidr', 'macaddr', 'xml', 'enum']

/** How these print depends on settings that a read leaves alone (lc_monetary), or on names that it can't see. */
const unstable = /^_?(money|reg[a-z]+|aclitem)$/

/** Whether a type can be exported as text: it has no type of its own in the catalog, and one form under all settings. */
function hasTextForm(type: string): boolean {
  return !unstable.test(type) && !Object.values(acceptedTypes).some((types) => types.includes(type))
}

/** `numeric(12,2)` → `numeric`; `geometry(Point,4326)[]` → `geometry[]`. */
function withoutModifier(sqlType: string): string {
  return sqlType.replace(/\([^()"]*\)/, '')
}

/** How a catalog describes a column of this type. Undefined for a type that cannot be exported. */
export function catalogTypeOf({ type, sqlType }: TableColumn): { type: ColumnType; sourceType?: string } | undefined {
  const own = Object.entries(acceptedTypes).find(([, types]) => types.includes(type))?.[0]
  if (own !== undefined) return { type: own as ColumnType }
  if (!hasTextForm(type)) return undefined
  return texts.includes(type) ? { type: 'string' } : { type: 'string', sourceType: withoutModifier(sqlType) }
}

/** What rows can be read from; what may not be exported of them is found elsewhere. */
const kinds: ReadonlySet<string> = new Set<Relation['kind']>(['r', 'p', 'v', 'm', 'f'])

interface Problem {
  readonly cause: string
  readonly fix: string
}

/** Every way in which the entity's table differs from the catalog. */
export function columnFindings(entity: Entity, relations: readonly Relation[]): SourceRefusal[] {
  const table = `${entity.table.schema}.${entity.table.name}`
  const own = relations.find(({ way }) => way === 'own')
  return problems(entity, own).map((problem) => ({
    severity: 'refuse',
    code: 'SOURCE_SCHEMA_MISMATCH',
    everyFile: true,
    table: own?.label ?? table,
    ...problem,
  }))
}

function problems(entity: Entity, own: Relation | undefined): Problem[] {
  if (!own) return [{ cause: 'there is no such table', fix: 'create the table, or name another one in the catalog' }]
  if (!own.isReadable) {
    return [
      {
        cause: `${own.reader} may not read it as a whole`,
        fix: `GRANT USAGE ON SCHEMA ${own.schema} TO ${own.reader}; GRANT SELECT ON ${own.label} TO ${own.reader}`,
      },
    ]
  }
  if (!kinds.has(own.kind)) return [{ cause: 'it is neither a table nor a view', fix: 'name its table in the catalog' }]
  const columns = new Map(own.columns.map((column) => [column.name, column]))
  return [
    ...entity.columns.flatMap((column) =>
      column.derived ? insertProblems(entity, columns) : columnProblems(column, columns.get(column.name)),
    ),
    ...missingColumns([entity.tenantColumn, ...entity.key], entity, columns),
    ...tenantProblems(entity.tenantColumn, own, columns.get(entity.tenantColumn)),
    ...trackingProblems(entity.updatedAtColumn, 'timestamptz', own, columns.get(entity.updatedAtColumn)),
    ...trackingProblems(entity.changeXidColumn, 'xid8', own, columns.get(entity.changeXidColumn)),
  ]
}

const noColumn = (name: string): Problem => ({
  cause: `there is no column ${name}`,
  fix: 'add the column, or correct the catalog',
})

function columnProblems(column: Column, found: TableColumn | undefined): Problem[] {
  if (!found) return [noColumn(column.name)]
  const { name, type, sourceType } = column
  if (type !== 'string')
    return acceptedTypes[type].includes(found.type) ? [] : [mistyped(column, found, acceptedTypes[type])]
  if (!hasTextForm(found.type)) return [mistyped(column, found, texts)]
  const named = withoutModifier(found.sqlType)
  if (sourceType === named || (sourceType === undefined && texts.includes(found.type))) return []
  return [
    {
      cause:
        `column ${name} is of type ${named}, ` +
        (sourceType === undefined ? 'which is no text' : `but the catalog says that it is ${sourceType}`),
      fix: `let the catalog say "sourceType": "${named}" of the column, to export it as Postgres prints it`,
    },
  ]
}

function mistyped({ name, type }: Column, found: TableColumn, accepted: readonly string[]): Problem {
  return {
    cause: `column ${name} is of type ${found.type}, but as a ${type} it must be one of ${accepted.join(', ')}`,
    fix: 'change the type of the column, or correct the catalog',
  }
}

/** What the column `change_type` needs. */
function insertProblems(
  { insertXidColumn = 'insert_xid', insertedAtColumn = 'inserted_at' }: Entity,
  columns: ReadonlyMap<string, TableColumn>,
): Problem[] {
  const needed = [
    { name: insertXidColumn, type: 'xid8' },
    { name: insertedAtColumn, type: 'timestamptz' },
  ]
  return needed.flatMap(({ name, type }) => {
    const found = columns.get(name)
    if (found?.type === type) return []
    const cause = found ? `column ${name} is of type ${found.type}` : `there is no column ${name}`
    return [
      {
        cause: `${cause}, but change_type needs one of type ${type}`,
        fix: 'add the column and let the trigger set it, or set changeType of the file format to false',
      },
    ]
  })
}

/** Columns that are not in the file, but are needed to read it. */
function missingColumns(names: string[], entity: Entity, columns: Map<string, TableColumn>): Problem[] {
  const listed = new Set(entity.columns.map((column) => column.name))
  return [...new Set(names)].filter((name) => !listed.has(name) && !columns.has(name)).map(noColumn)
}

/** Postgres pads such a value with blanks, so no row would be the tenant's. */
function tenantProblems(name: string, { label }: Relation, found: TableColumn | undefined): Problem[] {
  if (found?.type !== 'bpchar') return []
  return [
    {
      cause: `the tenant column ${name} is of type char(n), which pads the id of the tenant with blanks`,
      fix: `ALTER TABLE ${label} ALTER COLUMN ${escapeIdentifier(name)} TYPE text`,
    },
  ]
}

/** The columns that the delta rule needs. Only a table can say NOT NULL; the rows of a view are counted instead. */
function trackingProblems(name: string, type: string, own: Relation, found: TableColumn | undefined): Problem[] {
  if (!found) return [{ ...noColumn(name), cause: `there is no column ${name}, which deltas need` }]
  const wrongType = {
    cause: `column ${name} is of type ${found.type}, but deltas need ${type}`,
    fix: `change the type of the column to ${type}`,
  }
  const nullable = {
    cause: `column ${name} may be NULL, but deltas need NOT NULL`,
    fix: `ALTER TABLE ${own.label} ALTER COLUMN ${escapeIdentifier(name)} SET NOT NULL`,
  }
  return [
    ...(found.type === type ? [] : [wrongType]),
    ...(found.notNull || !['r', 'p'].includes(own.kind) ? [] : [nullable]),
  ]
}
