import {
  type ColumnFilter,
  columnTags,
  type RequestedSelection,
  requiredColumns,
} from '../../domain/column-selection.js'
import type { Catalog, Entity } from '../../domain/entity.js'
import { normalizeName, resolveNames } from '../../domain/registration.js'
import { ok, type Outcome } from '../outcome.js'
import { type UserError, userError } from '../user-error.js'
import { suggestNames } from './suggest-entities.js'
import { didYouMeanText, namesShown, quoted, unknownEntities } from './unknown-names.js'

/** The columns of one entity: only those in `include`, or all except those in `exclude`. */
export interface EntityColumnsInput {
  /** A display name, an internal name or a GraphQL name. */
  readonly entity: string
  readonly include?: readonly string[] | null | undefined
  readonly exclude?: readonly string[] | null | undefined
}

/** Which columns are delivered. A field that is left out or null takes its default: all columns. */
export interface ColumnSelectionInput {
  readonly columns?: readonly EntityColumnsInput[] | null | undefined
  readonly excludeTags?: readonly string[] | null | undefined
}

/** No catalog has more entities, no entity more columns, and no name more characters. */
const most = { entities: 1000, names: 2000, name: 200, errors: 20 } as const

/** The selection that an input requests, or every error in it, at most {@link most}. Names are in the order of the catalog. */
export function requestedSelection(catalog: Catalog, input: ColumnSelectionInput): Outcome<RequestedSelection> {
  const columns = requestedColumns(catalog, input.columns ?? undefined)
  const excludeTags = requestedTags(catalog, input.excludeTags ?? undefined)
  if (columns.ok && excludeTags.ok) return ok({ columns: columns.value, excludeTags: excludeTags.value })
  const userErrors = [columns, excludeTags].flatMap((each) => (each.ok ? [] : each.userErrors))
  return { ok: false, userErrors: userErrors.slice(0, most.errors) }
}

function requestedColumns(
  catalog: Catalog,
  given: readonly EntityColumnsInput[] | undefined,
): Outcome<RequestedSelection['columns']> {
  if (!given) return ok(undefined)
  if (given.length > most.entities) return failed(tooMany('columns', most.entities, ['input', 'columns']))
  const filters = new Map<Entity, ColumnFilter>()
  const userErrors: UserError[] = []
  for (const [index, each] of given.entries()) {
    if (userErrors.length >= most.errors) break
    const path = ['input', 'columns', String(index)]
    const read = readFilter(catalog, each, path)
    if (!read.ok) userErrors.push(...read.userErrors)
    else if (filters.has(read.value.entity)) userErrors.push(repeated(read.value.entity, path))
    else filters.set(read.value.entity, read.value.filter)
  }
  if (userErrors.length > 0) return { ok: false, userErrors }
  const inOrder = catalog.entities.flatMap((entity) => {
    const filter = filters.get(entity)
    return filter ? [[entity.name, filter] as const] : []
  })
  return ok(Object.fromEntries(inOrder))
}

interface FoundFilter {
  readonly entity: Entity
  readonly filter: ColumnFilter
}

function readFilter(
  catalog: Catalog,
  { entity: name, include, exclude }: EntityColumnsInput,
  path: readonly string[],
): Outcome<FoundFilter> {
  const entity = entityOf(catalog, name)
  const kind = include ? 'include' : 'exclude'
  const names = include ?? exclude ?? []
  const errors: UserError[] = [
    ...(entity ? [] : [unknownEntities(catalog, [name], [...path, 'entity'])]),
    ...(include && exclude ? [notOne(name, 'both', path)] : []),
    ...(!include && !exclude ? [notOne(name, 'neither', path)] : []),
    ...((include || exclude) && names.length === 0 ? [empty(name, kind, [...path, kind])] : []),
    ...(names.length > most.names ? [tooMany(kind, most.names, [...path, kind])] : []),
    ...(entity && names.length <= most.names ? columnErrors(entity, names, kind, [...path, kind]) : []),
  ]
  if (!entity || errors.length > 0) return { ok: false, userErrors: errors }
  return ok({ entity, filter: filterOf(entity, names, kind) })
}

function entityOf(catalog: Catalog, given: string): Entity | undefined {
  return given.length > most.name ? undefined : resolveNames(catalog, [normalizeName(given)]).entities[0]
}

function filterOf({ columns }: Entity, names: readonly string[], kind: 'include' | 'exclude'): ColumnFilter {
  const given = new Set(names)
  const inOrder = columns.flatMap(({ name }) => (given.has(name) ? [name] : []))
  return kind === 'include' ? { include: inOrder } : { exclude: inOrder }
}

function columnErrors(
  entity: Entity,
  names: readonly string[],
  kind: 'include' | 'exclude',
  path: readonly string[],
): UserError[] {
  const known = entity.columns.map(({ name }) => name)
  const unknown = [...new Set(names)].filter((name) => !known.includes(name))
  const required = kind === 'exclude' ? requiredColumns(entity).filter((name) => names.includes(name)) : []
  return [
    ...(unknown.length > 0 ? [unknownColumns(entity, known, unknown, path)] : []),
    ...(required.length > 0 ? [requiredExcluded(entity, required, path)] : []),
  ]
}

function unknownColumns(
  { displayName }: Entity,
  known: readonly string[],
  unknown: readonly string[],
  path: readonly string[],
): UserError {
  const { shown, text } = namesShown(unknown)
  const didYouMean = suggestNames(known, shown)
  const message =
    `${quoted(displayName)} has no ${unknown.length === 1 ? 'column' : 'columns'} ${text}.` +
    `${didYouMeanText(didYouMean)} Nothing was changed.`
  return userError('UNKNOWN_COLUMNS', message, path, { allowedValues: known, didYouMean })
}

function requiredExcluded({ displayName }: Entity, names: readonly string[], path: readonly string[]): UserError {
  const message =
    `${names.join(', ')} of ${quoted(displayName)} cannot be left out: loaders need the key, is_deleted and the time of the ` +
    'last change. Remove them from exclude. Nothing was changed.'
  return userError('REQUIRED_COLUMNS', message, path)
}

function requestedTags(catalog: Catalog, given: readonly string[] | undefined): Outcome<string[] | undefined> {
  if (!given) return ok(undefined)
  const path = ['input', 'excludeTags']
  if (given.length > most.names) return failed(tooMany('excludeTags', most.names, path))
  const known = columnTags(catalog)
  const tags = [...new Set(given.map((tag) => tag.trim().toLowerCase()))]
  const unknown = tags.filter((tag) => !known.includes(tag))
  if (unknown.length === 0) return ok(tags.toSorted())
  const { shown, text } = namesShown(unknown)
  const didYouMean = suggestNames(known, shown)
  const message = `No column has the tag ${text}.${didYouMeanText(didYouMean)} Nothing was changed.`
  return failed(userError('UNKNOWN_TAGS', message, path, { allowedValues: known, didYouMean }))
}

function repeated({ displayName }: Entity, path: readonly string[]): UserError {
  const message = `columns names ${quoted(displayName)} more than once. Name it once. Nothing was changed.`
  return userError('INVALID_COLUMNS', message, [...path, 'entity'])
}

function notOne(entity: string, has: 'both' | 'neither', path: readonly string[]): UserError {
  const message =
    `The columns of ${quoted(entity)} have ${has === 'both' ? 'both include and exclude' : 'neither include nor exclude'}. ` +
    'Give one of the two. Nothing was changed.'
  return userError('INVALID_COLUMNS', message, path)
}

function empty(entity: string, kind: string, path: readonly string[]): UserError {
  const message =
    `${kind} of ${quoted(entity)} is empty. Name at least one column, or leave the entity out of columns to receive all its ` +
    'columns. Nothing was changed.'
  return userError('INVALID_COLUMNS', message, path)
}

function tooMany(field: string, number: number, path: readonly string[]): UserError {
  return userError('INVALID_COLUMNS', `${field} has more than ${number} items. Nothing was changed.`, path)
}

function failed(error: UserError): Outcome<never> {
  return { ok: false, userErrors: [error] }
}
