import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Actor } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'
import { rootFields } from './root-fields.js'

/** Records an operator's request in the tenant's audit log before any field is resolved. */
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

/** The use cases that the operation requests, also through aliases and fragments. */
function described(operation: OperationDefinitionNode, document: DocumentNode): string {
  return `${operation.operation} ${[...rootFields(operation, document)].toSorted().join(', ')}`
}
