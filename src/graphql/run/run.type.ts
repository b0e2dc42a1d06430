import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Catalog } from '../../domain/entity.js'
import type { Run, RunStatus, RunTrigger } from '../../domain/run.js'
import { entitiesComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { ExportRunEntity, ExportRunError, ExportWindow, toRunEntity } from './run-entity.type.js'
import { ExportRunStatus, ExportRunTrigger } from './run.enums.js'

@ObjectType('ExportRun', { description: 'One run of the export for the tenant.' })
export class ExportRun {
  @Field(() => ID, { description: 'Identifies the run.' })
  readonly id!: string

  @Field(() => ExportRunStatus, { description: 'How far it is, or how it ended.' })
  readonly status!: RunStatus

  @Field(() => ExportRunTrigger, { description: 'Why it was started.' })
  readonly trigger!: RunTrigger

  @Field(() => ExportWindow, {
    description:
      'What its files cover together: from the earliest start, null if one is a full load, to the latest end. Until its ' +
      'parts are known it ends at `to`.',
  })
  readonly window!: ExportWindow

  @Field(() => DateTime, {
    description: 'The scheduled time, or when it was asked for. Its windows end there, but for those of a redelivery.',
  })
  readonly to!: Date

  @Field(() => Int, { nullable: true, description: 'The version of the registration it was planned from.' })
  readonly registrationVersion!: number | null

  @Field(() => String, { nullable: true, description: 'Who asked for it; null for scheduled runs.' })
  readonly requestedBy!: string | null

  @Field(() => DateTime, { description: 'When it was asked for or due.' })
  readonly queuedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When it began.' })
  readonly startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  readonly finishedAt!: Date | null

  @Field(() => [ExportRunEntity], { description: 'Its part for each entity.', complexity: entitiesComplexity })
  readonly entities!: readonly ExportRunEntity[]

  @Field(() => String, {
    nullable: true,
    description: 'Where the manifest lies, which names every file of the day; null until it is published.',
  })
  readonly manifestPath!: string | null

  @Field(() => ExportRunError, { nullable: true, description: 'Why the run as a whole failed.' })
  readonly error!: ExportRunError | null

  @Field(() => String, {
    nullable: true,
    description: 'Where an operator sees the run in the Temporal UI; null for tenants.',
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
