import type { CatalogEntity } from '../../catalog'

/** Which columns of an entity are delivered: only those of `include`, or all except those of `exclude`. The other list is null. */
export interface EntityColumns {
  /** The display name. */
  readonly entity: string
  readonly include: readonly string[] | null
  readonly exclude: readonly string[] | null
}

/** Which columns are delivered. An entity that is not listed has all its columns. */
export interface ColumnChoice {
  readonly columns: readonly EntityColumns[]
  readonly excludeTags: readonly string[]
}

export const allColumns: ColumnChoice = { columns: [], excludeTags: [] }

type CatalogColumn = Pick<CatalogEntity['columns'][number], 'name' | 'tags' | 'alwaysDelivered'>
type Entity = Pick<CatalogEntity, 'displayName'> & { readonly columns: readonly CatalogColumn[] }

/** Whether columns that the catalog gets later are delivered. */
export type LaterColumns = 'DELIVERED' | 'LEFT_OUT'

function chosen({ columns }: ColumnChoice, entity: Pick<Entity, 'displayName'>): EntityColumns | undefined {
  return columns.find((each) => each.entity === entity.displayName)
}

/** Why a column is delivered or not, whatever the list of its entity says. Undefined if the list decides. */
export function fixedBy(choice: ColumnChoice, column: CatalogColumn): 'required' | 'tag' | undefined {
  if (column.alwaysDelivered) return 'required'
  return column.tags.some((tag) => choice.excludeTags.includes(tag)) ? 'tag' : undefined
}

/** Whether the files have the column. */
export function isDelivered(choice: ColumnChoice, entity: Entity, column: CatalogColumn): boolean {
  const fixed = fixedBy(choice, column)
  return fixed === undefined ? isListed(chosen(choice, entity), column.name) : fixed === 'required'
}

function isListed(list: EntityColumns | undefined, name: string): boolean {
  if (list?.include) return list.include.includes(name)
  return !list?.exclude?.includes(name)
}

export function laterColumns(choice: ColumnChoice, entity: Entity): LaterColumns {
  return chosen(choice, entity)?.include ? 'LEFT_OUT' : 'DELIVERED'
}

/** The choice with a column of an entity delivered or left out. */
export function withColumn(choice: ColumnChoice, entity: Entity, name: string, delivered: boolean): ColumnChoice {
  const list = chosen(choice, entity)
  const names = free(entity).filter((each) => (each === name ? delivered : isListed(list, each)))
  return withList(choice, entity, names, laterColumns(choice, entity))
}

export function withLaterColumns(choice: ColumnChoice, entity: Entity, later: LaterColumns): ColumnChoice {
  const list = chosen(choice, entity)
  const names = free(entity).filter((name) => isListed(list, name))
  return withList(choice, entity, names, later)
}

/** The columns that a choice can leave out. */
function free({ columns }: Entity): string[] {
  return columns.filter(({ alwaysDelivered }) => !alwaysDelivered).map(({ name }) => name)
}

function withList(choice: ColumnChoice, entity: Entity, names: readonly string[], later: LaterColumns): ColumnChoice {
  const others = choice.columns.filter((each) => each.entity !== entity.displayName)
  const required = entity.columns.filter(({ alwaysDelivered }) => alwaysDelivered).map(({ name }) => name)
  const left = free(entity).filter((name) => !names.includes(name))
  const include = { entity: entity.displayName, include: names.length > 0 ? names : required, exclude: null }
  const exclude = { entity: entity.displayName, include: null, exclude: left }
  const list = later === 'LEFT_OUT' ? [include] : left.length > 0 ? [exclude] : []
  return { ...choice, columns: [...others, ...list] }
}

export function withTag(choice: ColumnChoice, tag: string, excluded: boolean): ColumnChoice {
  const others = choice.excludeTags.filter((each) => each !== tag)
  return { ...choice, excludeTags: excluded ? [...others, tag].toSorted() : others }
}

/** The tags of a catalog, each with the number of its columns that can be left out. */
export function tagsOf(catalog: readonly Entity[]): readonly { readonly tag: string; readonly count: number }[] {
  const tags = catalog.flatMap(({ columns }) =>
    columns.filter((each) => !each.alwaysDelivered).flatMap((each) => each.tags),
  )
  return [...new Set(tags)].toSorted().map((tag) => ({ tag, count: tags.filter((each) => each === tag).length }))
}

export function choiceSummary({ columns, excludeTags }: ColumnChoice): string {
  const parts = [
    ...(excludeTags.length > 0 ? [`without columns with the ${tagWords(excludeTags)}`] : []),
    ...(columns.length > 0 ? [`a choice of columns of ${columns.map(({ entity }) => entity).join(', ')}`] : []),
  ]
  const text = parts.join(', ')
  return text === '' ? 'All columns' : text.charAt(0).toUpperCase() + text.slice(1)
}

function tagWords(tags: readonly string[]): string {
  return `${tags.length === 1 ? 'tag' : 'tags'} ${tags.join(', ')}`
}

export function choiceChanges(before: ColumnChoice, after: ColumnChoice): readonly string[] {
  const isNew = (tags: readonly string[]) => (tag: string) => !tags.includes(tag)
  const entities = [...new Set([...before.columns, ...after.columns].map(({ entity }) => entity))]
  return [
    ...after.excludeTags.filter(isNew(before.excludeTags)).map((tag) => `Left out: columns with the tag ${tag}`),
    ...before.excludeTags.filter(isNew(after.excludeTags)).map((tag) => `Delivered again: columns with the tag ${tag}`),
    ...entities.flatMap((entity) => {
      const [old, now] = [before, after].map((choice) => listWords(chosen(choice, { displayName: entity })))
      return old === now ? [] : [`${entity}: ${old} → ${now}`]
    }),
  ]
}

function listWords(list: EntityColumns | undefined): string {
  if (list?.include) return `only ${list.include.join(', ')}`
  return list?.exclude ? `all columns except ${list.exclude.join(', ')}` : 'all columns'
}

/** Takes each entity and tag that I have changed, and theirs of the others. */
export function mergeChoices(change: {
  readonly base: ColumnChoice
  readonly mine: ColumnChoice
  readonly theirs: ColumnChoice
}): ColumnChoice {
  const { base, mine, theirs } = change
  const entities = [...new Set([theirs, mine].flatMap(({ columns }) => columns.map(({ entity }) => entity)))]
  const columns = entities.flatMap((displayName) => {
    const [old, own, other] = [base, mine, theirs].map((choice) => chosen(choice, { displayName }))
    const picked = listWords(old) === listWords(own) ? other : own
    return picked ? [picked] : []
  })
  const tags = [...new Set([...theirs.excludeTags, ...mine.excludeTags])]
  const excludeTags = tags.filter((tag) => {
    const [old, own, other] = [base, mine, theirs].map((choice) => choice.excludeTags.includes(tag))
    return old === own ? other : own
  })
  return { columns, excludeTags: excludeTags.toSorted() }
}

/** The choice without entities that the catalog no longer has, and their names. */
export function choiceInCatalog(choice: ColumnChoice, catalog: readonly string[]) {
  const isKnown = ({ entity }: EntityColumns): boolean => catalog.includes(entity)
  return {
    value: { ...choice, columns: choice.columns.filter(isKnown) },
    left: choice.columns.filter((each) => !isKnown(each)).map(({ entity }) => entity),
  }
}
