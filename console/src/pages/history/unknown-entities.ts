import type { Values } from '../settings/draft'
import type { EntityChoice } from '../settings/settings/entities/entity-choice'

/** The settings of a former version without the entities that the catalog no longer has, and the names of those. */
export function withoutUnknown(
  values: Values,
  catalog: readonly string[],
): { readonly values: Values; readonly left: readonly string[] } {
  const choice = values['entities'] as EntityChoice
  const left = choice.names.filter((name) => !catalog.includes(name))
  const known = choice.names.filter((name) => catalog.includes(name))
  return { values: { ...values, entities: { ...choice, names: known } }, left }
}
