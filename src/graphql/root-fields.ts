import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/**
 * The root fields that an operation requests, also through aliases and fragments. Each fragment is read once, because
 * fragments that repeat each other can have more fields than can be counted.
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
