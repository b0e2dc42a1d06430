import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Audit } from '../../services/audit.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { PageArgs } from '../page.input.js'
import { toPageInfo } from '../page-info.type.js'
import { ExportAuditEvent, ExportAuditEventConnection } from './audit.type.js'

@Resolver(() => ExportAuditEvent)
export class AuditResolver {
  constructor(private readonly audit: Audit) {}

  @Authorized<Scope>('exports:read')
  @Query(() => ExportAuditEventConnection, {
    description:
      "The tenant's audit log, newest first: changes of the registration and of keys, runs that were asked for, what " +
      "the platform's operators did, what was denied. Needs the scope exports:read.",
    complexity: pageComplexity(20),
  })
  async exportAuditEvents(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportAuditEventConnection> {
    const { first, after, last, before } = page
    const found = await this.audit.page(actor, { first, after, last, before })
    return { edges: found.edges.map(({ cursor, node }) => ({ cursor, node })), pageInfo: toPageInfo(found) }
  }
}
