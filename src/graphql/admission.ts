import type { ApolloServerPlugin } from '@apollo/server'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import type { GraphqlContext } from './context.js'
import { requireAffordable } from './limits.js'
import { keepOperatorAccess } from './operator-access.js'
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
          if (actor?.isOperator) await keepOperatorAccess(actor, operation, document, parts)
        },
      }
    },
  }
}
