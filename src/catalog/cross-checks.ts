import { z } from 'zod'
import { enumName } from '../domain/entity.js'
import { deletedColumn } from '../domain/entity.js'

/**
 * The rules between the values of a catalog file. It ignores values with the wrong shape, which the shape check reports, so
 * that one error lists both kinds of problems.
 */
export function crossChecks(json: unknown): string[] {
  const { entities } = outline.parse(json)
  return [...nameProblems(entities), ...entities.flatMap(entityProblems)]
}

const text = z.string().catch('')
const listOf = <T extends z.ZodType>(item: T) => z.array(item).catch([])
const columnOutline = z
  .object({ name: text, nullable: z.boolean().catch(false), type: text })
  .catch({ name: '', nullable: false, type: '' })
const noEntity = {
  ...{ name: '', displayName: '', updatedAtColumn: '', changeXidColumn: '', table: '', tombstones: false },
  ...{ insertXidColumn: undefined, insertedAtColumn: undefined, key: [], columns: [] },
}
const entityOutline = z
  .object({
    name: text,
    displayName: text,
    updatedAtColumn: z.string().catch('updated_at'),
    changeXidColumn: z.string().catch('change_xid'),
    insertXidColumn: z.string().optional().catch(undefined),
    insertedAtColumn: z.string().optional().catch(undefined),
    table: text,
    tombstones: z.union([z.boolean(), z.string()]).catch(false),
    key: listOf(text),
    columns: listOf(columnOutline),
  })
  .catch(noEntity)
const outline = z.object({ entities: listOf(entityOutline) }).catch({ entities: [] })

type EntityOutline = z.infer<typeof entityOutline>

/** Names that tenants or GraphQL could not distinguish. */
function nameProblems(entities: readonly EntityOutline[]): string[] {
  const internal = repeated(entities, (entity) => entity.name)
  const display = repeated(entities, (entity) => withoutSpaces(entity.displayName))
  // Two display names that differ only in other characters; equal ones are named already.
  const distinct = entities.filter((entity) => !display.has(withoutSpaces(entity.displayName)))
  const graphql = repeated(distinct, (entity) => enumName(entity.displayName))
  return [
    ...[...internal].map(([name, places]) => `${places}: the internal name ${name} is used more than once`),
    ...[...display].map(([, places]) => `${places}: the display names differ only in case and spaces`),
    ...[...graphql].map(([name, places]) => `${places}: the display names have the same GraphQL name ${name}`),
    ...entities.flatMap((entity, at) => foreignDisplayName(entities, entity, at)),
  ]
}

/** An internal name that is another entity's display name would let one word mean two entities. */
function foreignDisplayName(entities: readonly EntityOutline[], entity: EntityOutline, at: number): string[] {
  const other = entities.findIndex((candidate) => candidate !== entity && candidate.displayName === entity.name)
  if (entity.name === '' || other === -1) return []
  return [`${place(entity, at)}.name: is the display name of ${place(entities[other] ?? noEntity, other)}`]
}

function entityProblems(entity: EntityOutline, at: number): string[] {
  const where = place(entity, at)
  const column = (name: string) => entity.columns.find((candidate) => candidate.name === name)
  const problems: string[] = []
  for (const name of repeated(entity.columns, (candidate) => candidate.name.toLowerCase()).keys()) {
    problems.push(`${where}.columns: ${name} is listed more than once`)
  }
  for (const name of repeated(entity.key, (key) => key).keys()) {
    problems.push(`${where}.key: names ${name} more than once`)
  }
  for (const name of new Set(entity.key.filter((key) => key !== ''))) {
    if (!column(name)) problems.push(`${where}.key: ${name} is not among the columns`)
    else if (column(name)?.nullable) problems.push(`${where}.key: ${name} must not be nullable`)
  }
  const updatedAt = column(entity.updatedAtColumn)
  if (updatedAt && (updatedAt.nullable || updatedAt.type !== 'datetime')) {
    problems.push(`${where}.updatedAtColumn: ${updatedAt.name} must be a datetime that is not nullable`)
  }
  if (entity.updatedAtColumn === entity.changeXidColumn && entity.updatedAtColumn !== '') {
    problems.push(`${where}.changeXidColumn: must be another column than updatedAtColumn`)
  }
  if ((entity.insertXidColumn === undefined) !== (entity.insertedAtColumn === undefined)) {
    problems.push(`${where}.insertXidColumn: needs insertedAtColumn, and the other way round`)
  }
  return [...problems, ...tombstoneProblems(entity).map((problem) => `${where}.tombstones: ${problem}`)]
}

/** The file must say which of its rows are deleted. */
function tombstoneProblems({ tombstones, table, columns }: EntityOutline): string[] {
  if (tombstones === false) return []
  const isTold = columns.some(({ name, type, nullable }) => name === deletedColumn && type === 'boolean' && !nullable)
  const longest = 63
  const [, name = ''] = (tombstones === true ? `${table}_deleted` : tombstones).split('.')
  return [
    ...(isTold ? [] : [`needs a boolean column ${deletedColumn} that is not nullable among the columns`]),
    ...(tombstones === table ? ['must be another table than the table of the entity'] : []),
    ...(name.length > longest ? [`the name ${name} is longer than ${longest}. Give the name of a table`] : []),
  ]
}

/** The values that occur more than once, each with the places where; an empty value counts as absent. */
function repeated<T>(items: readonly T[], value: (item: T) => string): Map<string, string> {
  const places = new Map<string, string[]>()
  items.forEach((item, at) => {
    if (value(item) === '') return
    places.set(value(item), [...(places.get(value(item)) ?? []), place(item, at)])
  })
  return new Map([...places].filter(([, where]) => where.length > 1).map(([key, where]) => [key, where.join(', ')]))
}

function place(item: unknown, at: number): string {
  const name = typeof item === 'object' && item !== null && 'displayName' in item ? item.displayName : ''
  return `entities[${at}]${name === '' ? '' : ` (${String(name)})`}`
}

const withoutSpaces = (name: string) => name.toLowerCase().replaceAll(/\s/g, '')
