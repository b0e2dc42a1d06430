import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Audit } from '../../services/audit.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { toPageInfo } from '../page-info.type.js'
import { AuditPageArgs } from './audit-filter.input.js'
import { ExportAuditEvent, ExportAuditEventConnection } from './audit.type.js'

@Resolver(() => ExportAuditEvent)
export class AuditResolver {
  constructor(private readonly audit: Audit) {}

  @Authorized<Scope>('exports:read')
  @Query(() => ExportAuditEventConnection, {
    description:
      "The tenant's audit log, newest first. It records changes of the registration and of SFTP keys, requested runs, calls " +
      "by the platform's operators, and denied calls. Requires the scope exports:read.",
    complexity: pageComplexity(20),
  })
  async exportAuditEvents(
    @Args(() => AuditPageArgs) page: AuditPageArgs,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportAuditEventConnection> {
    const found = await this.audit.page(actor, page)
    return { edges: found.edges.map(({ cursor, node }) => ({ cursor, node })), pageInfo: toPageInfo(found) }
  }
}
