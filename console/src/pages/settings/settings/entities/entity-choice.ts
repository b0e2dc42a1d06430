import type { ExportOption } from '../../../../gql/graphql'

/** Which entities are exported. The names are display names. */
export interface EntityChoice {
  readonly option: ExportOption
  /** The selected entities. They stay when another option is chosen, so that nothing is lost on the way back. */
  readonly names: readonly string[]
}

/** The names that the choice exports, of those that it lists. */
function exported({ option, names }: EntityChoice): readonly string[] {
  return option === 'DISABLE_EXPORT' ? [] : names
}

/** Whether the choice exports the entity. */
export function isExportedBy({ option, names }: EntityChoice, name: string): boolean {
  return option === 'EXPORT_ALL' || (option === 'EXPORT_SELECTED' && names.includes(name))
}

export function choiceSummary(choice: EntityChoice): string {
  switch (choice.option) {
    case 'EXPORT_ALL':
      return 'All entities, also those that are added later'
    case 'DISABLE_EXPORT':
      return 'No entities: the export is disabled'
    case 'EXPORT_SELECTED':
      return choice.names.length === 1 ? '1 selected entity' : `${choice.names.length} selected entities`
  }
}

export function choiceChanges(before: EntityChoice, after: EntityChoice): readonly string[] {
  const option = before.option === after.option ? [] : [`${choiceSummary(before)} → ${choiceSummary(after)}`]
  if (before.option !== 'EXPORT_SELECTED' || after.option !== 'EXPORT_SELECTED') return option
  const added = after.names.filter((name) => !before.names.includes(name))
  const removed = before.names.filter((name) => !after.names.includes(name))
  return [...option, ...added.map((name) => `Added: ${name}`), ...removed.map((name) => `Removed: ${name}`)]
}

/** Applies what I have added and removed to their choice. */
export function mergeChoices(change: {
  readonly base: EntityChoice
  readonly mine: EntityChoice
  readonly theirs: EntityChoice
}): EntityChoice {
  const { base, mine, theirs } = change
  const option = mine.option === base.option ? theirs.option : mine.option
  const added = exported(mine).filter((name) => !base.names.includes(name))
  const removed = base.names.filter((name) => !mine.names.includes(name))
  const names = [...new Set([...theirs.names, ...added])].filter((name) => !removed.includes(name))
  return { option, names }
}

/** Adds or removes names, in the order of the catalog. */
export function withNames(
  { names, option }: EntityChoice,
  change: { readonly names: readonly string[]; readonly isSelected: boolean },
  catalog: readonly string[],
): EntityChoice {
  const chosen = new Set(names)
  for (const name of change.names) {
    if (change.isSelected) chosen.add(name)
    else chosen.delete(name)
  }
  return { option, names: catalog.filter((name) => chosen.has(name)) }
}

/** The choice without entities that the catalog no longer has, and their names. */
export function choiceInCatalog(choice: EntityChoice, catalog: readonly string[]) {
  const isKnown = (name: string): boolean => catalog.includes(name)
  return {
    value: { ...choice, names: choice.names.filter(isKnown) },
    left: choice.names.filter((name) => !isKnown(name)),
  }
}
