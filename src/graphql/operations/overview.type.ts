import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { IncidentSeverity } from '../../domain/incident.js'
import { type ProcessKind, processKinds } from '../../domain/process.js'
import type { Overview, ProcessState } from '../../services/overview.js'
import { enumOf } from '../enum.js'
import { listComplexity } from '../limits.js'
import { BigInteger, DateTime } from '../scalars.js'

const ProcessKindEnum = enumOf('ExportProcessKind', 'What a process of Tidemark does.', processKinds)

@ObjectType('ExportProcess', { description: 'A process of Tidemark that has not stopped in an orderly way.' })
export class ExportProcess {
  @Field(() => ID, { description: 'The id of the process, which is new at each start.' })
  readonly id!: string

  @Field(() => ProcessKindEnum, { description: 'What the process does.' })
  readonly kind!: ProcessKind

  @Field(() => Boolean, { description: 'Whether the process has sent a heartbeat in the last 35 seconds.' })
  readonly isAlive!: boolean

  @Field(() => String, { description: 'The name of the host.' })
  readonly host!: string

  @Field(() => Int, { description: 'The id of the process on its host.' })
  readonly pid!: number

  @Field(() => String, { description: 'The release of Tidemark.' })
  readonly version!: string

  @Field(() => String, { description: 'The task queue in Temporal.' })
  readonly taskQueue!: string

  @Field(() => DateTime, { description: 'The start of the process.' })
  readonly startedAt!: Date

  @Field(() => DateTime, { description: 'The last heartbeat.' })
  readonly seenAt!: Date

  @Field(() => Int, { description: "How far the clock of the process is ahead of the database's, in milliseconds." })
  readonly clockSkewMs!: number
}

@ObjectType('ExportOverview', { description: 'The state of all exports in numbers, for operators of the platform.' })
export class ExportOverview {
  @Field(() => Int, { description: 'The number of registered tenants.' })
  readonly tenants!: number

  @Field(() => Int, { description: 'The number of tenants whose export is neither disabled nor paused.' })
  readonly activeTenants!: number

  @Field(() => Int, { description: 'The number of tenants whose export is paused, also by an operator in Temporal.' })
  readonly pausedTenants!: number

  @Field(() => Int, { description: 'The number of tenants whose files are overdue.' })
  readonly overdueTenants!: number

  @Field(() => Int, { description: 'The number of tenants with a failed run since their last success.' })
  readonly failingTenants!: number

  @Field(() => Int, { description: 'The number of queued runs.' })
  readonly queuedRuns!: number

  @Field(() => Int, { description: 'The number of runs in progress.' })
  readonly runningRuns!: number

  @Field(() => Int, {
    description:
      'The number of files that were published in the last 24 hours, also earlier revisions and redelivered files.',
  })
  readonly deliveredFiles!: number

  @Field(() => BigInteger, { description: 'The number of rows in these files, without headers.' })
  readonly deliveredRows!: number

  @Field(() => BigInteger, { description: 'The size of these files, in bytes.' })
  readonly deliveredBytes!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The end of the oldest window that is due and not published. Null if there is none.',
  })
  readonly oldestUnpublishedWindow!: Date | null

  @Field(() => Int, { description: 'The number of registrations whose schedule in Temporal is not up to date.' })
  readonly pendingRegistrations!: number

  @Field(() => Int, { description: 'The number of open incidents that are critical.' })
  readonly criticalIncidents!: number

  @Field(() => Int, { description: 'The number of open incidents that are warnings.' })
  readonly warningIncidents!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time of the oldest message to the alert webhook that is not posted yet. Null if there is none.',
  })
  readonly oldestUnpostedMessage!: Date | null

  @Field(() => [ExportProcess], {
    description: 'The processes of the API and the workers, with their last heartbeats.',
    complexity: listComplexity(20),
  })
  readonly processes!: readonly ExportProcess[]
}

export function toExportOverview(overview: Overview): ExportOverview {
  return {
    tenants: overview.tenants,
    activeTenants: overview.active,
    pausedTenants: overview.paused,
    overdueTenants: overview.overdue,
    failingTenants: overview.failing,
    queuedRuns: overview.runsQueued,
    runningRuns: overview.runsRunning,
    deliveredFiles: overview.delivered.files,
    deliveredRows: overview.delivered.rows,
    deliveredBytes: overview.delivered.bytes,
    oldestUnpublishedWindow: overview.oldestUnpublished,
    pendingRegistrations: overview.registrationsPending,
    criticalIncidents: openOf(overview, 'critical'),
    warningIncidents: openOf(overview, 'warning'),
    oldestUnpostedMessage: overview.outboxSince,
    processes: overview.processes.map(toExportProcess),
  }
}

function openOf({ openIncidents }: Overview, severity: IncidentSeverity): number {
  return openIncidents.reduce((sum, each) => (each.severity === severity ? sum + each.count : sum), 0)
}

function toExportProcess(process: ProcessState): ExportProcess {
  return process
}
