import type { ApolloServerPlugin } from '@apollo/server'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import type { GraphqlContext } from './context.js'
import { refusal } from './errors.js'

/** Keeps in the tenant's audit log what an operator asks for, before anything of it is done. */
export function operatorAccessPlugin(audit: Audit, logger: Logger): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, contextValue: { actor } }) {
          if (!operation || !actor?.isOperator) return
          try {
            await audit.operatorAccess(actor, described(operation, document))
          } catch (error) {
            throw await refusal(error, { audit, logger })
          }
        },
      }
    },
  }
}

/** Which use cases it asks for, whatever aliases and fragments they come in. */
function described({ operation, selectionSet }: OperationDefinitionNode, { definitions }: DocumentNode): string {
  const fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  return `${operation} ${[...new Set(fieldsOf(selectionSet, fragments))].toSorted().join(', ')}`
}

function fieldsOf({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value]
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    return fragment ? fieldsOf(fragment.selectionSet, fragments) : []
  })
}
