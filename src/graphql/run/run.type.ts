import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Delivery } from '../../domain/delivery.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run, RunEntity, RunStatus, RunTrigger } from '../../domain/run.js'
import { type RunProgress, runProgress } from '../../services/run-progress.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { ExportRunEntity, ExportRunError, ExportRunWait, ExportWindow, toRunEntity } from './run-entity.type.js'
import { ExportRunProgress } from './run-progress.type.js'
import { ExportRunStatus, ExportRunTrigger } from './run.enums.js'

@ObjectType('ExportRun', { description: 'One run of the export of a tenant.' })
export class ExportRun {
  @Field(() => ID, { description: 'The id of the run.' })
  readonly id!: string

  @Field(() => ExportRunStatus, {
    description: 'The status of the run. QUEUED and RUNNING change, all others are final.',
  })
  readonly status!: RunStatus

  @Field(() => ExportRunTrigger, { description: 'What started the run.' })
  readonly trigger!: RunTrigger

  @Field(() => ExportWindow, {
    description:
      'The window that the files of the run cover together. `from` is the earliest start, or null if a file is a full ' +
      'load. `to` is the latest end. Until the run is planned, `from` is null and `to` is that of the run.',
  })
  readonly window!: ExportWindow

  @Field(() => DateTime, {
    description:
      'The scheduled time, or the time of the request. The windows end there. The windows of a redelivery end where they ' +
      'ended before.',
  })
  readonly to!: Date

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the registration that the run was planned from. Null until the run is planned.',
  })
  readonly registrationVersion!: number | null

  @Field(() => String, {
    nullable: true,
    description: 'The subject of the token that requested the run. Null for scheduled runs.',
  })
  readonly requestedBy!: string | null

  @Field(() => DateTime, { description: 'The time when the run was requested or due.' })
  readonly queuedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'The time when the run began. Null until then.' })
  readonly startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'The time when the run ended. Null until then.' })
  readonly finishedAt!: Date | null

  @Field(() => [ExportRunEntity], {
    description: 'The work of the run for each entity. Empty until the run is planned.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly ExportRunEntity[]

  @Field(() => ExportRunProgress, {
    description: 'How far the run has come: entities, rows and bytes. Of a run that has ended, the final numbers.',
  })
  readonly progress!: RunProgress

  @Field(() => String, {
    nullable: true,
    description:
      'The path of the manifest, which lists every file of the day. A redelivery over several days names only the ' +
      'manifest of the last one. Null until it is published, and if the run published no file.',
  })
  readonly manifestPath!: string | null

  @Field(() => ExportRunError, {
    nullable: true,
    description: 'Why the run failed. Null if it did not fail as a whole.',
  })
  readonly error!: ExportRunError | null

  @Field(() => ExportRunWait, {
    nullable: true,
    description:
      'For what the run waits before it continues, such as a server that is down or another run. Null if it does not ' +
      'wait, and when it has ended.',
  })
  readonly waitingFor!: ExportRunWait | null

  @Field(() => String, {
    nullable: true,
    description: 'The page of the run in the Temporal UI. Null for tenants.',
  })
  readonly temporalUiUrl!: string | null
}

/** Finds what a run has published for one of its entities. */
export type FindDelivery = (run: Run, runEntity: RunEntity) => Promise<Delivery | undefined>

export function toExportRun(
  run: Run,
  catalog: Catalog,
  temporalUiUrl: string | null,
  findDelivery: FindDelivery,
): ExportRun {
  return {
    ...run,
    temporalUiUrl,
    window: { from: earliestStart(run), to: latestEnd(run) },
    progress: runProgress(run),
    entities: run.entities.map((each) => toRunEntity(each, catalog, () => findDelivery(run, each))),
  }
}

function earliestStart(run: Run): Date | null {
  const starts = run.entities.map(({ from }) => from?.getTime())
  const times = starts.filter((start) => start !== undefined)
  return times.length > 0 && times.length === starts.length ? new Date(Math.min(...times)) : null
}

function latestEnd({ to, entities }: Run): Date {
  return entities.length > 0 ? new Date(Math.max(...entities.map((each) => each.to.getTime()))) : to
}
