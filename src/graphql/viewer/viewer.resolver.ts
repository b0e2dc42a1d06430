import { Ctx, Query, Resolver } from 'type-graphql'
import type { OperatorContext } from '../context.js'
import { AboutCaller } from '../operator-access.js'
import { Viewer } from './viewer.type.js'

@Resolver(() => Viewer)
export class ViewerResolver {
  @AboutCaller()
  @Query(() => Viewer, {
    description:
      'The caller: who it is, for which tenant it acts, and what it may do. Works with and without the header ' +
      'Tidemark-Tenant. Requires the scope exports:read.',
  })
  viewer(@Ctx() { actor }: OperatorContext): Viewer {
    const { subject, clientId, tenantId, scopes, validUntil } = actor
    return {
      subject,
      clientId,
      tenantId,
      isOperator: scopes.has('exports:operate'),
      actsForTenant: actor.isOperator && tenantId !== null,
      scopes: [...scopes].toSorted(),
      validUntil: validUntil ?? null,
    }
  }
}
