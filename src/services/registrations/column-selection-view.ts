import {
  type ColumnFilter,
  type ColumnSelection,
  deliveredEntity,
  filterOf,
  isTagged,
  type OptionalSelection,
  requiredColumns,
} from '../../domain/column-selection.js'
import type { Catalog, Entity } from '../../domain/entity.js'
import { activeEntities, type Registration } from '../../domain/registration.js'

/** The filter of one entity. One of both lists is null. */
export interface EntityColumnsView {
  readonly entity: Entity
  readonly include: readonly string[] | null
  readonly exclude: readonly string[] | null
}

/** A selection as a caller can submit it again. */
export interface ColumnSelectionView {
  readonly columns: readonly EntityColumnsView[]
  readonly excludeTags: readonly string[]
}

/** Names that the catalog no longer has are left out. */
export function columnSelectionView(catalog: Catalog, selection: OptionalSelection): ColumnSelectionView {
  const columns = catalog.entities.flatMap((entity) => {
    const filter = filterOf(selection, entity)
    return filter ? filterView(entity, filter) : []
  })
  return { columns, excludeTags: selection?.excludeTags ?? [] }
}

function filterView(entity: Entity, filter: ColumnFilter): EntityColumnsView[] {
  const known = (names: readonly string[]): string[] =>
    names.filter((name) => entity.columns.some((column) => column.name === name))
  if ('exclude' in filter) {
    const exclude = known(filter.exclude)
    return exclude.length > 0 ? [{ entity, include: null, exclude }] : []
  }
  // An empty list would mean all columns.
  const include = known(filter.include)
  return [{ entity, include: include.length > 0 ? include : requiredColumns(entity), exclude: null }]
}

export const noticeCodes = {
  COLUMNS_ADDED:
    'The next files of these entities have columns that the files before lack. Rows that do not change keep a missing value ' +
    'there until a full load. requestFullLoad brings all values.',
  COLUMNS_REQUIRED:
    'Columns with an excluded tag stay in the files, because loaders need them: the key, is_deleted and the time of the last ' +
    'change.',
  COLUMNS_EXCLUDED_BY_TAG: 'Columns of an include list have an excluded tag, so they are left out.',
} as const
export type NoticeCode = keyof typeof noticeCodes

/** What a caller may not expect of a change that is accepted. */
export interface Notice {
  readonly code: NoticeCode
  readonly message: string
  readonly entities: readonly Entity[]
}

/** At most this many columns are named in one message. */
const mostNamed = 20

/** What to say about the selection of `after`, which replaces `before`. */
export function selectionNotices(catalog: Catalog, before: Registration | undefined, after: Registration): Notice[] {
  const active = activeEntities(after, catalog)
  const selection = after.columnSelection
  return [
    notice('COLUMNS_ADDED', active, (entity) => addedColumns(entity, before, after)),
    ...(selection
      ? [
          notice('COLUMNS_REQUIRED', active, (entity) => taggedRequired(entity, selection)),
          notice('COLUMNS_EXCLUDED_BY_TAG', active, (entity) => includedTagged(entity, selection)),
        ]
      : []),
  ].filter(({ entities }) => entities.length > 0)
}

function notice(code: NoticeCode, active: readonly Entity[], columnsOf: (entity: Entity) => readonly string[]): Notice {
  const found = active
    .map((entity) => ({ entity, columns: columnsOf(entity) }))
    .filter(({ columns }) => columns.length > 0)
  const names = found.flatMap(({ entity, columns }) => columns.map((name) => `${entity.name}.${name}`))
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  const message = `${noticeCodes[code]} The columns: ${names.slice(0, mostNamed).join(', ')}${more}.`
  return { code, message, entities: found.map(({ entity }) => entity) }
}

/** Of an entity that may have files. */
function addedColumns(entity: Entity, before: Registration | undefined, after: Registration): string[] {
  const isKnown = before?.entities.some(({ name }) => name === entity.name)
  if (!before || !isKnown || !before.columnSelection) return []
  const had = new Set(deliveredEntity(entity, before.columnSelection).columns.map(({ name }) => name))
  return deliveredEntity(entity, after.columnSelection).columns.flatMap(({ name }) => (had.has(name) ? [] : [name]))
}

function taggedRequired(entity: Entity, selection: ColumnSelection): string[] {
  const tagged = new Set(entity.columns.filter((column) => isTagged(column, selection)).map(({ name }) => name))
  return requiredColumns(entity).filter((name) => tagged.has(name))
}

function includedTagged(entity: Entity, selection: ColumnSelection): string[] {
  const filter = filterOf(selection, entity)
  if (!filter || !('include' in filter)) return []
  const delivered = deliveredEntity(entity, selection).columns.map(({ name }) => name)
  return filter.include.filter(
    (name) => !delivered.includes(name) && entity.columns.some((column) => column.name === name),
  )
}
