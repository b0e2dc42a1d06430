import { isContinued } from '../domain/column-selection.js'
import { type Catalog, type Column, columnsFingerprint, type Entity, enumName } from '../domain/entity.js'

export interface EntityDiff {
  /** Internal name. */
  readonly entity: string
  readonly displayName: string
  readonly change: 'added' | 'removed' | 'changed'
  /** `yes`: the next file of each tenant is a full load. `request`: an operator must request it. */
  readonly fullLoad: 'yes' | 'no' | 'request'
  /** What tenants see, one sentence each. */
  readonly details: readonly string[]
}

/** What tenants will see after a change of the catalog, by the rules by which runs are planned. */
export function diffCatalogs(before: Catalog, after: Catalog): EntityDiff[] {
  const old = new Map(before.entities.map((entity) => [entity.name, entity]))
  const now = new Set(after.entities.map(({ name }) => name))
  return [
    ...after.entities.flatMap((entity) => {
      const known = old.get(entity.name)
      return known ? changed(known, entity) : [added(entity)]
    }),
    ...before.entities.filter(({ name }) => !now.has(name)).map(removed),
  ]
}

function added({ name, displayName }: Entity): EntityDiff {
  const details = ['Tenants with EXPORT_ALL receive it with their next run.']
  return { entity: name, displayName, change: 'added', fullLoad: 'yes', details }
}

function removed({ name, displayName }: Entity): EntityDiff {
  const details = ['Tenants receive no further files of it.']
  return { entity: name, displayName, change: 'removed', fullLoad: 'no', details }
}

function changed(before: Entity, after: Entity): EntityDiff[] {
  const source = sourceDetails(before, after)
  const details = [...columnDetails(before, after), ...source, ...dictionaryDetails(before, after)]
  if (details.length === 0) return []
  const isFull = !isContinued({ columns: columnsFingerprint(before) }, after, after)
  const recordsDeletions = after.tombstones !== undefined && before.tombstones === undefined
  const fullLoad = isFull ? 'yes' : source.length > 0 || recordsDeletions ? 'request' : 'no'
  return [{ entity: after.name, displayName: after.displayName, change: 'changed', fullLoad, details }]
}

function columnDetails(before: Entity, after: Entity): string[] {
  const [old, now] = [namesOf(before), namesOf(after)]
  const kept = now.filter((name) => old.includes(name))
  const last = Math.max(-1, ...kept.map((name) => now.indexOf(name)))
  const fresh = now.filter((name) => !old.includes(name))
  return [
    ...sentence(
      'Dropped columns',
      old.filter((name) => !now.includes(name)),
    ),
    ...sentence(
      'Appended columns',
      fresh.filter((name) => now.indexOf(name) > last),
    ),
    ...sentence(
      'Inserted columns',
      fresh.filter((name) => now.indexOf(name) < last),
    ),
    ...sentence(
      'Moved columns',
      moved(
        old.filter((name) => now.includes(name)),
        kept,
      ),
    ),
    ...sentence('Retyped columns', retyped(before, after)),
  ]
}

const namesOf = ({ columns }: Entity): string[] => columns.map(({ name }) => name)

const sentence = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${title}: ${names.join(', ')}.`]

function moved(old: readonly string[], now: readonly string[]): string[] {
  return now.filter((name, at) => old[at] !== name)
}

function retyped(before: Entity, after: Entity): string[] {
  return pairs(before, after).flatMap(([old, now]) =>
    typeOf(old) === typeOf(now) ? [] : [`${now.name} (${typeOf(old)} to ${typeOf(now)})`],
  )
}

const typeOf = ({ type, sourceType }: Column): string => (sourceType === undefined ? type : `${type} ${sourceType}`)

function pairs(before: Entity, after: Entity): [Column, Column][] {
  const old = new Map(before.columns.map((column) => [column.name, column]))
  return after.columns.flatMap((column): [Column, Column][] => {
    const known = old.get(column.name)
    return known ? [[known, column]] : []
  })
}

/** Deltas continue, although the rows may be others: no rule of the planner looks at these. */
function sourceDetails(before: Entity, after: Entity): string[] {
  const tableOf = ({ table }: Entity): string => `${table.schema}.${table.name}`
  const facts = [
    ['table', tableOf(before), tableOf(after)],
    ['tenant column', before.tenantColumn, after.tenantColumn],
    ['key', before.key.join(', '), after.key.join(', ')],
    ['column of the time', before.updatedAtColumn, after.updatedAtColumn],
    ['column of the transaction', before.changeXidColumn, after.changeXidColumn],
  ] as const
  return facts.flatMap(([what, old, now]) => (old === now ? [] : [`The ${what} changes from ${old} to ${now}.`]))
}

function dictionaryDetails(before: Entity, after: Entity): string[] {
  const both = pairs(before, after)
  const differing = (value: (column: Column) => unknown): string[] =>
    both.flatMap(([old, now]) => (same(value(old), value(now)) ? [] : [now.name]))
  const [name, enumValue] = [after.displayName, enumName(after.displayName)]
  return [
    ...(before.displayName === name
      ? []
      : [`Its display name changes from ${before.displayName} to ${name}, and its value in GraphQL to ${enumValue}.`]),
    ...tombstoneDetails(before, after),
    ...sentence(
      'Columns that may be NULL, or no longer may',
      differing(({ nullable }) => nullable),
    ),
    ...sentence(
      'Columns with another rule for irregular values',
      differing(({ irregular }) => irregular ?? 'keep'),
    ),
    ...sentence(
      'Columns with other tags',
      differing(({ tags }) => tags ?? []),
    ),
    ...sentence(
      'Columns with another description',
      differing(({ description }) => description),
    ),
    ...(before.description === after.description &&
    before.kind === after.kind &&
    same(before.tags ?? [], after.tags ?? [])
      ? []
      : ['The description, kind or tags of the entity change.']),
  ]
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

function tombstoneDetails(before: Entity, after: Entity): string[] {
  if (Boolean(before.tombstones) === Boolean(after.tombstones)) return []
  return after.tombstones
    ? ['Deltas have a row for each row that is deleted from now on.']
    : ['Deltas no longer have rows for deleted rows.']
}
