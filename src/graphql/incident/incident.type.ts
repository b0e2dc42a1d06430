import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { IncidentAffected, IncidentCode, IncidentSeverity, IncidentStatus } from '../../domain/incident.js'
import type { IncidentView } from '../../services/incident-queries.js'
import { PageInfo } from '../page-info.type.js'
import { DateTime } from '../scalars.js'
import { ExportIncidentCode, ExportIncidentSeverity, ExportIncidentStatus } from './incident.enums.js'

@ObjectType('ExportIncidentAffected', {
  description: 'A tenant, or one entity of it, that an incident affects or has affected.',
})
export class ExportIncidentAffected implements IncidentAffected {
  @Field(() => ID, { nullable: true, description: 'The tenant. Null if the incident concerns no tenant.' })
  readonly tenantId!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The internal name of the entity. Null if the incident concerns the tenant as a whole.',
  })
  readonly entity!: string | null

  @Field(() => ID, { nullable: true, description: 'The run that failed last. Null if no run has failed.' })
  readonly runId!: string | null

  @Field(() => String, { nullable: true, description: 'The workflow of that run. Null if it is unknown.' })
  readonly workflowId!: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The start of the oldest window that is not published. Null if it is unknown, and for a first file.',
  })
  readonly since!: Date | null

  @Field(() => DateTime, { description: 'When it was affected first.' })
  readonly firstSeenAt!: Date

  @Field(() => DateTime, { description: 'When it was last seen as affected.' })
  readonly lastSeenAt!: Date

  @Field(() => Int, { description: 'The number of failed attempts in the run that failed last.' })
  readonly attempts!: number

  @Field(() => Boolean, { description: 'Whether that run makes no further attempt.' })
  readonly isFinal!: boolean

  @Field(() => String, { description: 'What failed, in one or two sentences.' })
  readonly message!: string

  @Field(() => DateTime, { nullable: true, description: 'When it ended. Null while it is affected.' })
  readonly endedAt!: Date | null
}

@ObjectType('ExportIncident', {
  description:
    'One cause of failures, over all tenants, from its opening to its resolution. The counts of an open incident are those of ' +
    'now. Those of a resolved one include all that it has affected.',
})
export class ExportIncident {
  @Field(() => ID, { description: 'The id of the incident.' })
  readonly id!: string

  @Field(() => ExportIncidentCode, { description: 'The code of the cause.' })
  readonly code!: IncidentCode

  @Field(() => String, {
    description:
      'The server, table, tenant or part that the incident is about. Together with the code it names the cause.',
  })
  readonly subject!: string

  @Field(() => ExportIncidentStatus, { description: 'Whether the incident has ended.' })
  readonly status!: IncidentStatus

  @Field(() => ExportIncidentSeverity, { description: 'How much the incident matters.' })
  readonly severity!: IncidentSeverity

  @Field(() => String, { description: 'What the code means.' })
  readonly meaning!: string

  @Field(() => String, { description: 'What an operator does to end the incident.' })
  readonly remedy!: string

  @Field(() => String, { description: 'The message of the failure that was seen last.' })
  readonly message!: string

  @Field(() => DateTime, { description: 'The time of the first failure.' })
  readonly openedAt!: Date

  @Field(() => DateTime, { description: 'The time of the last failure.' })
  readonly lastSeenAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When the incident was resolved. Null while it is open.' })
  readonly resolvedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'When operators were first notified. Null if they were not, because the incident may heal soon.',
  })
  readonly announcedAt!: Date | null

  @Field(() => Int, { description: 'The number of tenants.' })
  readonly tenants!: number

  @Field(() => [ID], { description: 'The first tenants in the order of their ids, at most five.' })
  readonly firstTenants!: readonly string[]

  @Field(() => Int, { description: 'The number of files that are not published: one for each tenant and entity.' })
  readonly files!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The start of the oldest window that is not published. Null if it is unknown.',
  })
  readonly oldestWindow!: Date | null

  @Field(() => Int, { description: 'The number of runs that have ended without these files.' })
  readonly failedRuns!: number

  @Field(() => String, { description: 'The command that shows the incident.' })
  readonly command!: string

  @Field(() => String, {
    nullable: true,
    description:
      'The command that retries what has failed, once the cause is fixed. Null if no run fails with the code.',
  })
  readonly retryCommand!: string | null

  @Field(() => String, { description: 'The page of the code in the runbook: a URL, or a path in the repository.' })
  readonly runbookUrl!: string

  @Field(() => String, {
    nullable: true,
    description: 'The page of the run that failed last in the Temporal UI. Null if no run or no Temporal UI is known.',
  })
  readonly temporalUiUrl!: string | null
}

export function toExportIncident(view: IncidentView): ExportIncident {
  const { extent, commands, links, ...incident } = view
  const { latest, ...counts } = extent
  return {
    ...incident,
    ...counts,
    status: incident.resolvedAt ? 'resolved' : 'open',
    message: latest.message,
    command: commands.show,
    retryCommand: commands.retry,
    runbookUrl: links.runbook,
    temporalUiUrl: links.workflow,
  }
}

@ObjectType('ExportIncidentEdge', { description: 'An incident in a page, with its cursor.' })
export class ExportIncidentEdge {
  @Field(() => String, { description: 'The cursor of the incident, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportIncident, { description: 'The incident.' })
  readonly node!: ExportIncident
}

@ObjectType('ExportIncidentConnection', {
  description: 'A page of incidents, newest first, as the Relay specification defines it.',
})
export class ExportIncidentConnection {
  @Field(() => [ExportIncidentEdge], { description: 'The incidents of the page, newest first.' })
  readonly edges!: readonly ExportIncidentEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo
}
