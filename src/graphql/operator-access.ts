import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { Authorized, Extensions } from 'type-graphql'
import { requireTenant } from '../domain/access.js'
import type { Actor, Operator, Scope } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import { refusal } from './errors.js'
import { rootFields } from './root-fields.js'

/**
 * Decorates a field over all tenants: it requires the scope exports:operate, and the other scopes given here, and no header
 * Tidemark-Tenant. Its context is an `OperatorContext`.
 */
export function OverAllTenants(...others: Scope[]): MethodDecorator {
  return (target, key, descriptor) => {
    Authorized<Scope>(['exports:operate', ...others])(target, key, descriptor)
    Extensions({ overAllTenants: true })(target, key, descriptor)
  }
}

/** Decorates a field that shows only the caller itself. It requires the scope exports:read, and concerns no tenant. */
export function AboutCaller(): MethodDecorator {
  return (target, key, descriptor) => {
    Authorized<Scope>('exports:read')(target, key, descriptor)
    Extensions({ aboutCaller: true })(target, key, descriptor)
  }
}

interface Request {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly document: DocumentNode
}

/**
 * Records an operator's request before any field is resolved: in the audit log of the tenant that it names, and in the log if
 * it concerns all tenants. A field that concerns one tenant is refused if the operator names none.
 */
export async function admitOperator(
  actor: Actor | Operator,
  { schema, operation, document }: Request,
  parts: { readonly audit: Audit; readonly logger: Logger },
): Promise<void> {
  const fields = [...rootFields(operation, document)].toSorted()
  const described = `${operation.operation} ${fields.join(', ')}`
  const known = schema.getRootType(operation.operation)?.getFields() ?? {}
  const concernsAll = (field: string): boolean => known[field]?.extensions['overAllTenants'] === true
  const isAboutCaller = (field: string): boolean => known[field]?.extensions['aboutCaller'] === true
  try {
    if (!fields.every((field) => concernsAll(field) || isAboutCaller(field) || field.startsWith('__')))
      requireTenant(actor)
    if (fields.every(isAboutCaller)) return
    if (actor.scopes.has('exports:operate') && fields.some(concernsAll)) parts.audit.operatorQuery(actor, described)
    if (actor.isOperator && actor.tenantId !== null) await parts.audit.operatorAccess(actor, described)
  } catch (error) {
    throw await refusal(error, parts)
  }
}
