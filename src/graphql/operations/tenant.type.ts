import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import type { ExportFrequency } from '../../domain/calendar.js'
import type { ExportOption } from '../../domain/registration.js'
import type { RunError, RunStatus } from '../../domain/run.js'
import type { ScheduleState } from '../../services/registrations/registration-view.js'
import type { TenantFilter, TenantPage, ListedTenant } from '../../services/tenants.js'
import { PageInfo, toPageInfo } from '../page-info.type.js'
import { ExportFrequencyEnum, ExportOptionEnum, ScheduleStateEnum } from '../registration/registration.enums.js'
import { ExportRunError } from '../run/run-entity.type.js'
import { ExportRunStatus } from '../run/run.enums.js'
import { BigInteger, DateTime } from '../scalars.js'

@ObjectType('ExportTenant', { description: 'The state of the export of one tenant, for operators of the platform.' })
export class ExportTenant {
  @Field(() => ID, { description: 'The id of the tenant.' })
  readonly id!: string

  @Field(() => ExportOptionEnum, { description: 'Which entities are exported.' })
  readonly exportOption!: ExportOption

  @Field(() => ExportFrequencyEnum, { description: 'How often files are delivered.' })
  readonly frequency!: ExportFrequency

  @Field(() => Int, { description: 'The number of active entities that the catalog has.' })
  readonly activeEntities!: number

  @Field(() => String, { description: 'The id of the schedule in Temporal.' })
  readonly scheduleId!: string

  @Field(() => ScheduleStateEnum, { description: 'Whether scheduled runs start.' })
  readonly scheduleState!: ScheduleState

  @Field(() => String, {
    nullable: true,
    description: 'Why the last update of the schedule failed. Null if it did not.',
  })
  readonly scheduleError!: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time since which the tenant has paused its export. Null if it has not.',
  })
  readonly pausedAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'The note of an operator who has paused the schedule in Temporal. Null if none has.',
  })
  readonly pausedNote!: string | null

  @Field(() => DateTime, { nullable: true, description: 'The time of the next run. Null if no run is scheduled.' })
  readonly nextRunAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The end of the last published window of the entity that is furthest behind. Null without any file.',
  })
  readonly oldestWatermark!: Date | null

  @Field(() => Int, { description: 'How many minutes after its boundary a file is expected at the latest.' })
  readonly graceMinutes!: number

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The latest time at which the pending files are expected. Null while the export is paused or disabled.',
  })
  readonly expectedBy!: Date | null

  @Field(() => Boolean, { description: 'Whether the expected time has passed and files are not published.' })
  readonly overdue!: boolean

  @Field(() => DateTime, {
    nullable: true,
    description: 'The expected time of the first overdue file. Null if none is.',
  })
  readonly overdueSince!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'The end of the last run that succeeded. Null if none has.' })
  readonly lastSuccessAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The end of the first run that failed since the last success. Null if none has failed since.',
  })
  readonly failingSince!: Date | null

  @Field(() => ExportRunError, {
    nullable: true,
    description: 'The most frequent error of the last run. Null if the tenant is not failing.',
  })
  readonly cause!: RunError | null

  @Field(() => ID, { nullable: true, description: 'The id of the last run that has ended. Null if there is none.' })
  readonly lastRunId!: string | null

  @Field(() => ExportRunStatus, { nullable: true, description: 'The status of that run.' })
  readonly lastRunStatus!: RunStatus | null

  @Field(() => DateTime, { nullable: true, description: 'The end of that run.' })
  readonly lastRunFinishedAt!: Date | null

  @Field(() => ID, { nullable: true, description: 'The id of the run in progress. Null if there is none.' })
  readonly runningRunId!: string | null

  @Field(() => ID, { nullable: true, description: 'The id of the queued run. Null if there is none.' })
  readonly queuedRunId!: string | null

  @Field(() => Int, {
    description:
      'The number of runs that Temporal has missed since the schedule was created, because it was down for weeks.',
  })
  readonly missedRuns!: number

  @Field(() => Int, {
    description:
      'The number of runs that Temporal has skipped since the schedule was created, because too many waited.',
  })
  readonly skippedRuns!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'When Tidemark last found more missed or skipped runs. Null if it never did.',
  })
  readonly missedRunsFoundAt!: Date | null

  @Field(() => BigInteger, {
    description:
      'The number of rows in the files of the last 30 days. Each published file counts, also earlier revisions and redelivered ' +
      'files.',
  })
  readonly deliveredRows!: number

  @Field(() => BigInteger, { description: 'The size of the same files, in bytes.' })
  readonly deliveredBytes!: number

  @Field(() => Int, { description: 'The number of open incidents that affect the tenant now.' })
  readonly openIncidents!: number

  @Field(() => Int, {
    nullable: true,
    description: 'The number of files that the tenant has not fetched. Null without the filter `notFetchedForDays`.',
  })
  readonly unfetchedFiles!: number | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time when the oldest of these files was published. Null without the filter `notFetchedForDays`.',
  })
  readonly unfetchedSince!: Date | null
}

@ObjectType('ExportTenantEdge', { description: 'A tenant in a page, with its cursor.' })
export class ExportTenantEdge {
  @Field(() => String, { description: 'The cursor of the tenant, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportTenant, { description: 'The tenant.' })
  readonly node!: ExportTenant
}

@ObjectType('ExportTenantConnection', {
  description: 'A page of tenants in the requested order, as the Relay specification defines it.',
})
export class ExportTenantConnection {
  @Field(() => [ExportTenantEdge], { description: 'The tenants of the page.' })
  readonly edges!: readonly ExportTenantEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo

  @Field(() => Int, { description: 'The number of tenants that match the filter, on all pages.' })
  readonly totalCount!: number
}

@InputType('ExportTenantFilter', {
  description: 'Which tenants. A field that is absent or null does not restrict them.',
})
export class ExportTenantFilter implements TenantFilter {
  @Field(() => Boolean, { nullable: true, description: 'Whether files are overdue.' })
  readonly overdue?: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Whether a run has failed since the last success.' })
  readonly failing?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the export is paused, by the tenant or by an operator in Temporal.',
  })
  readonly paused?: boolean | null

  @Field(() => ExportOptionEnum, { nullable: true, description: 'Which entities the registration exports.' })
  readonly exportOption?: ExportOption | null

  @Field(() => Boolean, { nullable: true, description: 'Whether the export is disabled.' })
  readonly disabled?: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Whether a run is in progress.' })
  readonly running?: boolean | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Only tenants with files that were delivered this many days ago or earlier and are not fetched, 1 to 90. Tenants without SFTP ' +
      'keys that have fetched nothing before do not match.',
  })
  readonly notFetchedForDays?: number | null

  @Field(() => String, { nullable: true, description: "A part of the tenant's id, in upper or lower case." })
  readonly search?: string | null
}

export function toTenantConnection(page: TenantPage): ExportTenantConnection {
  return {
    edges: page.edges.map(({ cursor, node }) => ({ cursor, node: toExportTenant(node) })),
    pageInfo: toPageInfo(page),
    totalCount: page.totalCount,
  }
}

function toExportTenant(state: ListedTenant): ExportTenant {
  const { tenantId, missed, skipped, missedAt, unfetched } = state
  return {
    ...state,
    id: tenantId,
    missedRuns: missed,
    skippedRuns: skipped,
    missedRunsFoundAt: missedAt,
    unfetchedFiles: unfetched?.files ?? null,
    unfetchedSince: unfetched?.oldest ?? null,
  }
}
