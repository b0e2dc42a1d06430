import { type Catalog, type Column, columnsFingerprint, deletedColumn, type Entity } from './entity.js'

/** The columns of one entity that a tenant receives: only those of a list, or all except those of a list. */
export type ColumnFilter = { readonly include: readonly string[] } | { readonly exclude: readonly string[] }

/** Which columns a tenant receives. Without a selection, files have all columns of the catalog. */
export interface ColumnSelection {
  /** By internal name of the entity. An entity without a filter has all its columns. */
  readonly columns: Readonly<Record<string, ColumnFilter>>
  /** Columns with one of these tags are left out of all entities, also columns that are added to the catalog later. */
  readonly excludeTags: readonly string[]
}

/** A selection that has no effect is undefined, so that a registration without one stays as it is. */
export type OptionalSelection = ColumnSelection | null | undefined

/** The parts of a selection that a call names. A part that it leaves out is undefined. */
export type RequestedSelection = { readonly [Part in keyof ColumnSelection]: ColumnSelection[Part] | undefined }

/** The parts that are requested, and the others as `kept` has them. */
export function selectionOf(
  requested: RequestedSelection | undefined,
  kept: OptionalSelection,
): ColumnSelection | undefined {
  const columns = requested?.columns ?? kept?.columns ?? {}
  const excludeTags = requested?.excludeTags ?? kept?.excludeTags ?? []
  if (Object.keys(columns).length === 0 && excludeTags.length === 0) return undefined
  return { columns, excludeTags }
}

/** Whether two selections are written in the same way. What a call requests is in the order of the catalog. */
export function isSameSelection(one: OptionalSelection, other: OptionalSelection): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other))
}

/** Postgres stores the keys of `jsonb` in an order of its own. */
function inOrder(selection: OptionalSelection) {
  if (!selection) return null
  const columns = Object.entries(selection.columns).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return [columns, selection.excludeTags]
}

/** The tag of columns with personal data. A selection may exclude it before any column has it. */
export const personalDataTag = 'pii'

/** The columns that no selection leaves out: a loader needs them to merge a delta. In the order of the file. */
export function requiredColumns(entity: Entity): string[] {
  const required = new Set([...entity.key, deletedColumn, entity.updatedAtColumn])
  return entity.columns.flatMap(({ name }) => (required.has(name) ? [name] : []))
}

/** The tags of all columns, in order. */
export function columnTags({ entities }: Catalog): string[] {
  const tags = entities.flatMap(({ columns }) => columns.flatMap((column) => column.tags ?? []))
  return [...new Set([personalDataTag, ...tags])].toSorted()
}

export function filterOf(selection: OptionalSelection, entity: Pick<Entity, 'name'>): ColumnFilter | undefined {
  return selection && Object.hasOwn(selection.columns, entity.name) ? selection.columns[entity.name] : undefined
}

/** The entity with the columns that its files have, in the order of the catalog. */
export function deliveredEntity(entity: Entity, selection: OptionalSelection): Entity {
  if (!selection) return entity
  const required = new Set(requiredColumns(entity))
  const isListed = listedBy(filterOf(selection, entity))
  const columns = entity.columns.filter(
    (column) => required.has(column.name) || (isListed(column) && !isTagged(column, selection)),
  )
  return columns.length === entity.columns.length ? entity : { ...entity, columns }
}

function listedBy(filter: ColumnFilter | undefined): (column: Column) => boolean {
  if (!filter) return () => true
  if ('include' in filter) return ({ name }) => filter.include.includes(name)
  return ({ name }) => !filter.exclude.includes(name)
}

/** Whether the selection leaves the column out because of a tag. */
export function isTagged({ tags = [] }: Column, { excludeTags }: ColumnSelection): boolean {
  return tags.some((tag) => excludeTags.includes(tag))
}

/** The form of a file, and the columns that the catalog had then. See {@link columnsFingerprint}. */
export interface WrittenColumns {
  readonly columns: string
  /** Null if the file has all columns of the catalog. */
  readonly catalogColumns?: string | null
}

/** What a file with the columns of `delivered` records about them. */
export function writtenColumns(entity: Entity, delivered: Entity): WrittenColumns {
  const [columns, catalogColumns] = [columnsFingerprint(delivered), columnsFingerprint(entity)]
  return columns === catalogColumns ? { columns } : { columns, catalogColumns }
}

/**
 * Whether a delta with the columns of `delivered` can follow a file: since then, the catalog has only appended columns to those of
 * the file. Columns that the tenant selects or leaves out since then do not count, nor do
 * those that are not of the catalog.
 */
export function isContinued(before: WrittenColumns, entity: Entity, delivered: Entity): boolean {
  const inFile = namesOf(before.columns)
  const inCatalogThen = namesOf(before.catalogColumns ?? before.columns)
  const inCatalog = namesOf(columnsFingerprint(entity))
  const columns = columnsFingerprint(delivered)
  const isDelivered = namesOf(columns)
  const isLeftOut = (name: string): boolean => inCatalog.has(name) && !isDelivered.has(name)
  const isSelected = (name: string): boolean => inCatalogThen.has(name) && !inFile.has(name)
  const then = before.columns
    .split(',')
    .filter((column) => inCatalogThen.has(nameOf(column)) && !isLeftOut(nameOf(column)))
  const now = columns.split(',').filter((column) => inCatalog.has(nameOf(column)) && !isSelected(nameOf(column)))
  return then.every((column, index) => now[index] === column)
}

const nameOf = (column: string): string => column.split(':')[0] ?? ''
const namesOf = (columns: string): ReadonlySet<string> => new Set(columns.split(',').map(nameOf))
