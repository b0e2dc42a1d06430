import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Actor } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'
import { rootFields } from './root-fields.js'

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
function described(operation: OperationDefinitionNode, document: DocumentNode): string {
  return `${operation.operation} ${[...rootFields(operation, document)].toSorted().join(', ')}`
}
