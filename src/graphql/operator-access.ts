import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'
import type { Actor } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'

/** Keeps in the tenant's audit log what an operator asks for, before anything of it is done. */
export async function keepOperatorAccess(
  actor: Actor,
  operation: OperationDefinitionNode,
  document: DocumentNode,
  parts: { readonly audit: Audit; readonly logger: Logger },
): Promise<void> {
  try {
    await parts.audit.operatorAccess(actor, described(operation, document))
  } catch (error) {
    throw await refusal(error, parts)
  }
}

/** Which use cases it asks for, whatever aliases and fragments they come in. */
function described({ operation, selectionSet }: OperationDefinitionNode, document: DocumentNode): string {
  return `${operation} ${[...fieldsOf(selectionSet, document)].toSorted().join(', ')}`
}

/** Looks at each fragment once: those that repeat each other may have more fields than can ever be counted. */
function fieldsOf(selectionSet: SelectionSetNode, { definitions }: DocumentNode): ReadonlySet<string> {
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
