import type { ApolloServerPlugin } from '@apollo/server'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { missingToken } from '../domain/access.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import type { GraphqlContext } from './context.js'
import { refusal } from './errors.js'
import { requireAffordable } from './limits.js'
import { keepOperatorAccess } from './operator-access.js'
import { rootFields } from './root-fields.js'
import { requireFewFields } from './variable-limits.js'

/**
 * What an operation has to pass before anything is resolved, one after the other, where Apollo would ask several plugins
 * at the same time: what is refused as too large is not looked at any further.
 */
export function admissionPlugin(parts: {
  readonly audit: Audit
  readonly logger: Logger
}): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request, contextValue: { actor } }) {
          if (!operation) return // No operation of the document has the asked name: Apollo says so.
          requireFewFields(request.variables)
          requireAffordable({ schema, document, request })
          if (!actor) await requireSchemaOnly(operation, document, parts)
          if (actor?.isOperator) await keepOperatorAccess(actor, operation, document, parts)
        },
      }
    },
  }
}

/** Without a token a caller sees the schema, where introspection is on. Asking for more is answered as a bad token is. */
async function requireSchemaOnly(
  operation: OperationDefinitionNode,
  document: DocumentNode,
  parts: { readonly audit: Audit; readonly logger: Logger },
): Promise<void> {
  const asked = [...rootFields(operation, document)]
  if (asked.some((field) => !field.startsWith('__'))) throw await refusal(missingToken(), parts)
}
