import { Field, Int, ObjectType } from 'type-graphql'
import type { ExportErrorCode } from '../../domain/errors.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { RunEntity, RunEntityStatus, RunError } from '../../domain/run.js'
import type { FullLoadReason, LoadMode } from '../../domain/window.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { BigInteger, DateTime } from '../scalars.js'
import { ExportErrorCodeEnum, ExportMode, ExportRunEntityStatus, FullLoadReasonEnum } from './run.enums.js'

@ObjectType('ExportWindow', { description: 'The half-open interval [from, to) in UTC that a file covers.' })
export class ExportWindow {
  @Field(() => DateTime, { nullable: true, description: 'The first moment; null for a full load, which has no start.' })
  readonly from!: Date | null

  @Field(() => DateTime, { description: 'The end, which is the start of the next window.' })
  readonly to!: Date
}

@ObjectType('ExportRunError', { description: 'Why a run, or its part for one entity, failed.' })
export class ExportRunError implements RunError {
  @Field(() => ExportErrorCodeEnum, { description: 'What kind of failure it is; the runbook lists them.' })
  readonly code!: ExportErrorCode

  @Field(() => String, { description: 'What happened.' })
  readonly message!: string
}

@ObjectType('ExportRunEntity', { description: 'What a run does or did for one entity.' })
export class ExportRunEntity {
  @Field(() => ExportEntity, { nullable: true, description: 'The entity; null if the catalog has it no more.' })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: "The entity's internal name." })
  readonly internalName!: string

  @Field(() => ExportRunEntityStatus, { description: 'How far it is.' })
  readonly status!: RunEntityStatus

  @Field(() => ExportMode, { description: 'What the file holds.' })
  readonly mode!: LoadMode

  @Field(() => FullLoadReasonEnum, { nullable: true, description: 'Why it is a full load; null for a delta.' })
  readonly fullLoadReason!: FullLoadReason | null

  @Field(() => ExportWindow, { description: 'What the file covers.' })
  readonly window!: ExportWindow

  @Field(() => BigInteger, { nullable: true, description: 'Rows of the published file, the header not counted.' })
  readonly rows!: bigint | null

  @Field(() => BigInteger, { nullable: true, description: 'Its size in bytes.' })
  readonly bytes!: bigint | null

  @Field(() => String, { nullable: true, description: 'Where it lies on the SFTP server.' })
  readonly path!: string | null

  @Field(() => String, { nullable: true, description: 'Its SHA-256, in hexadecimal.' })
  readonly sha256!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Counts the files published under this path: a later run of the same day replaces the file.',
  })
  readonly revision!: number | null

  @Field(() => Int, { description: 'How often it was tried so far.' })
  readonly attempts!: number

  @Field(() => ExportRunError, { nullable: true, description: 'Why the last try failed.' })
  readonly error!: ExportRunError | null

  @Field(() => DateTime, { nullable: true, description: 'When work on it began.' })
  readonly startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When work on it ended.' })
  readonly finishedAt!: Date | null
}

export function toRunEntity(part: RunEntity, catalog: Catalog): ExportRunEntity {
  const { entity: internalName, from, to, ...rest } = part
  const entity = findEntity(catalog, internalName)
  return { ...rest, internalName, entity: entity ? toExportEntity(entity) : null, window: { from, to } }
}
