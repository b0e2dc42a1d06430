import type { ColumnType } from '../domain/entity.js'
import type { DescribedColumn, TableDescription } from '../domain/table-description.js'
import { deletedColumn } from '../domain/entity.js'

export interface DraftOptions {
  /** Names of tenant columns. A table is described with the first one that it has. */
  readonly tenantColumns: readonly string[]
  readonly updatedAtColumn: string
  readonly changeXidColumn: string
}

export interface Draft {
  /** In the format of a catalog file. */
  readonly file: { readonly entities: readonly object[] }
  /** What was left out, and what an entity still lacks. */
  readonly notes: readonly string[]
}

/** Writes a catalog of tables: what an operator would write by hand, with comments as descriptions. */
export function draftCatalog(tables: readonly TableDescription[], options: DraftOptions): Draft {
  const notes: string[] = []
  const note = (table: TableDescription, text: string): void => void notes.push(`${table.schema}.${table.name} ${text}`)
  const deleted = new Set(
    tables.flatMap((table) => (table.recordsDeletions ? [`${table.schema}.${table.name}_deleted`] : [])),
  )
  const described = tables.filter(({ schema, name }) => !deleted.has(`${schema}.${name}`))
  const isTwice = repeatedNames(described)
  const entities = described.flatMap((table) => {
    const name = isTwice(table) ? nameOf(`${table.schema}_${table.name}`) : nameOf(table.name)
    const entity = entityOf(table, name, options, (text) => note(table, text))
    return entity ? [entity] : []
  })
  return { file: { entities }, notes }
}

/** What the format of a catalog can name without quotes. */
const plain = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

function repeatedNames(tables: readonly TableDescription[]): (table: TableDescription) => boolean {
  const count = (name: string): number => tables.filter((table) => withoutSpaces(nameOf(table.name)) === name).length
  return ({ name }) => count(withoutSpaces(nameOf(name))) > 1
}

const withoutSpaces = (name: string): string => name.replaceAll('_', '')

/** `OrderLine` becomes `order_line`. */
function nameOf(table: string): string {
  const words = table
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return (/^[a-z]/.test(words) ? words : `t_${words}`).slice(0, 63)
}

function entityOf(
  table: TableDescription,
  name: string,
  options: DraftOptions,
  note: (text: string) => void,
): object | undefined {
  const { schema, name: tableName, comment } = table
  const leaveOut = (why: string): undefined => {
    note(`is left out: ${why}`)
    return undefined
  }
  if (!plain.test(schema) || !plain.test(tableName)) {
    return leaveOut('a catalog cannot name it. Create a view with a name of letters, digits and _.')
  }
  const has = (column: string): boolean => table.columns.some((each) => each.name === column)
  const tenantColumn = options.tenantColumns.find(has)
  if (tenantColumn === undefined) return leaveOut(`it has no column ${options.tenantColumns.join(' or ')}.`)
  if (table.primaryKey.length === 0) return leaveOut('it has no primary key. Write its entity by hand.')
  const columns = fileColumns(table, options, note)
  const withinTenant = table.primaryKey.filter((column) => column !== tenantColumn)
  const key = withinTenant.length > 0 ? withinTenant : table.primaryKey
  const lost = key.filter((column) => !columns.some((each) => each.name === column))
  if (lost.length > 0) return leaveOut(`a catalog cannot name its key ${lost.join(', ')}.`)
  const missing = [options.updatedAtColumn, options.changeXidColumn].filter((column) => !has(column))
  if (missing.length > 0) note(`lacks ${missing.join(' and ')}: run \`source adopt\`.`)
  const { updatedAtColumn, changeXidColumn } = options
  return {
    name,
    displayName: name.replaceAll('_', ' '),
    description: sentence(comment) ?? `Rows of ${schema}.${tableName}.`,
    kind: 'snapshot',
    table: `${schema}.${tableName}`,
    ...(table.recordsDeletions && columns.some((column) => column.name === deletedColumn) && { tombstones: true }),
    tenantColumn,
    ...(updatedAtColumn !== 'updated_at' && { updatedAtColumn }),
    ...(changeXidColumn !== 'change_xid' && { changeXidColumn }),
    key,
    columns,
  }
}

interface FileColumn {
  readonly name: string
  readonly type: ColumnType | undefined
  readonly nullable?: true
  readonly sourceType?: string
  readonly description: string
}

function fileColumns(
  { columns, name: tableName }: TableDescription,
  { changeXidColumn }: DraftOptions,
  note: (text: string) => void,
): FileColumn[] {
  const usable = columns.filter(({ name }) => name !== changeXidColumn)
  for (const { name, type, sqlType } of usable) {
    if (!plain.test(name)) note(`loses the column ${name}: a catalog cannot name it.`)
    else if (type === undefined) note(`loses the column ${name}: the type ${sqlType} cannot be exported.`)
  }
  return usable
    .filter(({ name, type }) => plain.test(name) && type !== undefined)
    .map((column) => columnOf(column, tableName))
}

function columnOf({ name, type, sourceType, nullable, comment }: DescribedColumn, table: string): FileColumn {
  return {
    name,
    type,
    ...(nullable && { nullable: true as const }),
    ...(sourceType !== undefined && { sourceType }),
    description: sentence(comment) ?? `The column ${name} of ${table}.`,
  }
}

function sentence(comment: string | null): string | undefined {
  const text = comment?.trim().replaceAll(/\s+/g, ' ')
  return text === '' ? undefined : text
}
