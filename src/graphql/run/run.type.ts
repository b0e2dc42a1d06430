import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Catalog } from '../../domain/entity.js'
import type { Run, RunStatus, RunTrigger } from '../../domain/run.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { ExportRunEntity, ExportRunError, ExportWindow, toRunEntity } from './run-entity.type.js'
import { ExportRunStatus, ExportRunTrigger } from './run.enums.js'

@ObjectType('ExportRun', { description: 'One execution of the export for the tenant.' })
export class ExportRun {
  @Field(() => ID, { description: 'The id of the run.' })
  readonly id!: string

  @Field(() => ExportRunStatus, { description: 'The status of the run.' })
  readonly status!: RunStatus

  @Field(() => ExportRunTrigger, { description: 'What started the run.' })
  readonly trigger!: RunTrigger

  @Field(() => ExportWindow, {
    description:
      'The window that the files of the run cover together, from the earliest start to the latest end. `from` is ' +
      'null if one of the files is a full load. Until the entities of the run are known, the window ends at `to`.',
  })
  readonly window!: ExportWindow

  @Field(() => DateTime, {
    description:
      'The time at which the run was due or requested. The windows of the run end there, except those of a redelivery.',
  })
  readonly to!: Date

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the registration that the run was planned from. Null until the run is planned.',
  })
  readonly registrationVersion!: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'The subject of the token that requested the run. It is `operator` if an operator of the platform did so. ' +
      'Null for a scheduled run.',
  })
  readonly requestedBy!: string | null

  @Field(() => DateTime, { description: 'When the run was due or requested.' })
  readonly queuedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When the run started. Null until then.' })
  readonly startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When the run ended. Null until then.' })
  readonly finishedAt!: Date | null

  @Field(() => [ExportRunEntity], {
    description: 'The entity tasks of the run: one for each entity.',
    complexity: entitiesComplexity,
  })
  readonly entities!: readonly ExportRunEntity[]

  @Field(() => String, {
    nullable: true,
    description: 'The path of the manifest, which names every file of the day. Null until the manifest is published.',
  })
  readonly manifestPath!: string | null

  @Field(() => ExportRunError, { nullable: true, description: 'Why the whole run failed. Null if it did not fail.' })
  readonly error!: ExportRunError | null

  @Field(() => String, {
    nullable: true,
    description:
      'The URL of the run in the Temporal UI, for operators. Null for tenants, and if no Temporal UI is configured.',
  })
  readonly temporalUiUrl!: string | null
}

export function toExportRun(run: Run, catalog: Catalog, temporalUiUrl: string | null): ExportRun {
  return {
    ...run,
    temporalUiUrl,
    window: { from: earliestStart(run), to: latestEnd(run) },
    entities: run.entities.map((part) => toRunEntity(part, catalog)),
  }
}

function earliestStart(run: Run): Date | null {
  const starts = run.entities.map((part) => part.from?.getTime())
  const times = starts.filter((start) => start !== undefined)
  return times.length > 0 && times.length === starts.length ? new Date(Math.min(...times)) : null
}

function latestEnd({ to, entities }: Run): Date {
  return entities.length > 0 ? new Date(Math.max(...entities.map((part) => part.to.getTime()))) : to
}
