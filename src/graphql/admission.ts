import { type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { type DocumentNode, GraphQLError, type OperationDefinitionNode, OperationTypeNode } from 'graphql'
import { missingToken } from '../domain/access.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { describeSpan } from '../telemetry/tracing.js'
import type { GraphqlContext } from './context.js'
import { refusal } from './errors.js'
import { requireAffordable } from './limits.js'
import { admitOperator } from './operator-access.js'
import { rootFields } from './root-fields.js'
import { type StartParts, startSubscription } from './subscriptions/start-subscription.js'
import { requireFewFields } from './variable-limits.js'

/**
 * The checks of an operation before any field is resolved. One plugin runs them in order, because Apollo calls several
 * plugins at the same time. An operation that is too large is not checked any further.
 */
export function admissionPlugin(parts: StartParts): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation(call) {
          const { schema, document, operation, request, contextValue } = call
          const { actor, subscription, admitChange } = contextValue
          if (!operation) return // No operation of the document has the requested name. Apollo reports it.
          const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION
          if (subscription?.isOnly && !isSubscription) throw subscriptionsOnly()
          describeOperation(operation, document)
          requireFewFields(request.variables)
          requireAffordable({ schema, document, request })
          if (!actor) await requireSchemaOnly(operation, document, parts)
          else {
            if (operation.operation === OperationTypeNode.MUTATION)
              await requireAdmitted(() => admitChange?.(actor), parts)
            await admitOperator(actor, { schema, operation, document }, parts)
          }
          if (isSubscription) await startSubscription(call, parts)
        },
        /** The transport sends the results of a subscription. What Apollo would execute is left out. */
        async responseForOperation({ operation }) {
          if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return null
          return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: {} } }
        },
      }
    },
  }
}

function subscriptionsOnly(): GraphQLError {
  const message = 'The WebSocket carries subscriptions only. Send queries and mutations by POST.'
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

async function requireAdmitted(admit: () => void, parts: Parameters<typeof refusal>[1]): Promise<void> {
  try {
    admit()
  } catch (error) {
    throw await refusal(error, parts)
  }
}

/** The name that the caller gave to the operation is not part of the trace: it may be anything. */
function describeOperation(operation: OperationDefinitionNode, document: DocumentNode): void {
  const fields = [...new Set(rootFields(operation, document))].slice(0, mostTracedFields)
  describeSpan({ 'graphql.operation.type': operation.operation, 'graphql.fields': fields })
}

/** The most root fields of an operation that its span names. */
const mostTracedFields = 10

/** If introspection is on, a caller without a token can read the schema. Any other field is refused like a bad token. */
async function requireSchemaOnly(
  operation: OperationDefinitionNode,
  document: DocumentNode,
  parts: { readonly audit: Audit; readonly logger: Logger },
): Promise<void> {
  const fields = [...rootFields(operation, document)]
  if (fields.some((field) => !field.startsWith('__'))) throw await refusal(missingToken(), parts)
}
