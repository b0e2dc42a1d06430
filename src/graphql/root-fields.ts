import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/**
 * The fields that an operation asks the schema's root for, whatever aliases and fragments they come in. Each fragment is
 * looked at once: those that repeat each other may have more fields than can ever be counted.
 */
export function rootFields(
  { selectionSet }: OperationDefinitionNode,
  { definitions }: DocumentNode,
): ReadonlySet<string> {
  const unseen = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const fields = new Set<string>()
  const look = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet)
      else {
        const fragment = unseen.get(selection.name.value)
        unseen.delete(selection.name.value)
        if (fragment) look(fragment.selectionSet)
      }
    }
  }
  look(selectionSet)
  return fields
}
