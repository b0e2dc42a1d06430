import { Arg, Args, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import type { IncidentQueries } from '../../services/incident-queries.js'
import { pageComplexity } from '../limits.js'
import { OverAllTenants } from '../operator-access.js'
import { toPageInfo } from '../page-info.type.js'
import { AffectedArgs, IncidentPageArgs } from './incident-filter.input.js'
import { ExportIncident, ExportIncidentAffected, ExportIncidentConnection, toExportIncident } from './incident.type.js'

@Resolver(() => ExportIncident)
export class IncidentResolver {
  constructor(private readonly incidents: IncidentQueries) {}

  @OverAllTenants()
  @Query(() => ExportIncidentConnection, {
    description:
      'The incidents of all tenants, newest first. For operators: it requires the scope exports:operate, and no header ' +
      'Tidemark-Tenant.',
    complexity: pageComplexity(20),
  })
  async exportIncidents(
    @Args(() => IncidentPageArgs) { status, ...page }: IncidentPageArgs,
  ): Promise<ExportIncidentConnection> {
    const isOpen = status == null ? null : status === 'open'
    const found = await this.incidents.page({ ...page, isOpen })
    return {
      edges: found.edges.map(({ cursor, node }) => ({ cursor, node: toExportIncident(node) })),
      pageInfo: toPageInfo(found),
    }
  }

  @OverAllTenants()
  @Query(() => ExportIncident, {
    nullable: true,
    description:
      'One incident. Null if there is none with this id. For operators: it requires the scope exports:operate, and no header ' +
      'Tidemark-Tenant.',
  })
  async exportIncident(
    @Arg('id', () => ID, { description: 'The id of the incident, or at least its first eight characters.' }) id: string,
  ): Promise<ExportIncident | null> {
    const found = await this.incidents.find(id)
    return found && toExportIncident(found)
  }

  @FieldResolver(() => [ExportIncidentAffected], {
    description: 'What the incident affects, and has affected: what is affected now first, then by tenant and entity.',
    complexity: pageComplexity(100),
  })
  async affected(
    @Root() { id }: ExportIncident,
    @Args(() => AffectedArgs) { first }: AffectedArgs,
  ): Promise<readonly ExportIncidentAffected[]> {
    return this.incidents.affected(id, first)
  }
}
