import { Field, Int, ObjectType } from 'type-graphql'
import type { Delivery } from '../../domain/delivery.js'
import type { ExportErrorCode } from '../../domain/errors.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { RunEntity, RunEntityStatus, RunError, Waiting } from '../../domain/run.js'
import type { FullLoadReason, LoadMode } from '../../domain/window.js'
import { type EntityProgress, entityProgress } from '../../services/run-progress.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { BigInteger, DateTime } from '../scalars.js'
import { ExportRunEntityProgress } from './run-progress.type.js'
import { ExportErrorCodeEnum, ExportMode, ExportRunEntityStatus, FullLoadReasonEnum } from './run.enums.js'

@ObjectType('ExportWindow', { description: 'The half-open interval [from, to) in UTC that a file covers.' })
export class ExportWindow {
  @Field(() => DateTime, {
    nullable: true,
    description: 'The start, which is part of the interval. Null for a full load.',
  })
  readonly from!: Date | null

  @Field(() => DateTime, {
    description: 'The end, which is not part of the interval. It is the start of the next window.',
  })
  readonly to!: Date
}

@ObjectType('ExportRunError', { description: 'Why a run or one of its entities failed.' })
export class ExportRunError implements RunError {
  @Field(() => ExportErrorCodeEnum, { description: 'The kind of the failure. The runbook has a page for each code.' })
  readonly code!: ExportErrorCode

  @Field(() => String, { description: 'What happened, and what to do.' })
  readonly message!: string
}

@ObjectType('ExportRunWait', {
  description: 'For what an unfinished run, or one of its entities, waits before it continues.',
})
export class ExportRunWait implements Waiting {
  @Field(() => ExportErrorCodeEnum, {
    description: 'The kind of the failure of the last attempt. RUN_IN_PROGRESS means another run of the tenant.',
  })
  readonly code!: ExportErrorCode

  @Field(() => String, { description: 'What happened, and what to do.' })
  readonly message!: string

  @Field(() => DateTime, { description: 'The time of the first attempt that failed in this way.' })
  readonly since!: Date

  @Field(() => Int, { description: 'The number of attempts so far.' })
  readonly attempt!: number
}

const inDelivery = (field: string): string => `Use delivery.${field}.`

@ObjectType('ExportRunEntity', { description: 'The work of a run for one entity.' })
export class ExportRunEntity {
  @Field(() => ExportEntity, { nullable: true, description: 'The entity. Null if the catalog no longer has it.' })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: 'The internal name of the entity.' })
  readonly internalName!: string

  @Field(() => ExportRunEntityStatus, { description: 'The status of the entity in this run.' })
  readonly status!: RunEntityStatus

  @Field(() => ExportMode, { description: 'Which rows the file contains.' })
  readonly mode!: LoadMode

  @Field(() => FullLoadReasonEnum, { nullable: true, description: 'Why the file is a full load. Null for a delta.' })
  readonly fullLoadReason!: FullLoadReason | null

  @Field(() => ExportWindow, { description: 'The window that the file covers.' })
  readonly window!: ExportWindow

  @Field(() => BigInteger, {
    nullable: true,
    deprecationReason: inDelivery('rows'),
    description: 'The number of rows in the published file, without the header. Null until the file is published.',
  })
  readonly rows!: bigint | null

  @Field(() => BigInteger, {
    nullable: true,
    deprecationReason: inDelivery('bytes'),
    description: 'The size of the published file in bytes. Null until the file is published.',
  })
  readonly bytes!: bigint | null

  @Field(() => String, {
    nullable: true,
    deprecationReason: inDelivery('path'),
    description: 'The path of the published file on the SFTP server. Null until the file is published.',
  })
  readonly path!: string | null

  @Field(() => String, {
    nullable: true,
    deprecationReason: inDelivery('sha256'),
    description: 'The SHA-256 of the file, in hexadecimal.',
  })
  readonly sha256!: string | null

  @Field(() => Int, {
    nullable: true,
    deprecationReason: inDelivery('revision'),
    description: 'The number of files that were published for the entity and day. Null until the file is published.',
  })
  readonly revision!: number | null

  @Field(() => Int, { description: 'The number of attempts so far.' })
  readonly attempts!: number

  @Field(() => ExportRunError, { nullable: true, description: 'Why the last attempt failed. Null if it did not fail.' })
  readonly error!: ExportRunError | null

  @Field(() => ExportRunWait, {
    nullable: true,
    description: 'For what the next attempt waits. Null if the last attempt did not fail, and when the work has ended.',
  })
  readonly waitingFor!: ExportRunWait | null

  @Field(() => DateTime, { nullable: true, description: 'The time when the first attempt began. Null until then.' })
  readonly startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'The time when the work ended. Null until then.' })
  readonly finishedAt!: Date | null

  @Field(() => ExportRunEntityProgress, {
    nullable: true,
    description: 'The rows and bytes so far. Null until the first attempt begins, and if the entity is skipped.',
  })
  readonly progress!: EntityProgress | null

  /** For the field `delivery`, which RunEntityResolver adds. */
  readonly findDelivery!: () => Promise<Delivery | undefined>
}

export function toRunEntity(
  runEntity: RunEntity,
  catalog: Catalog,
  findDelivery: () => Promise<Delivery | undefined>,
): ExportRunEntity {
  const { entity: internalName, from, to, ...rest } = runEntity
  const entity = findEntity(catalog, internalName)
  return {
    ...rest,
    internalName,
    entity: entity ? toExportEntity(entity) : null,
    window: { from, to },
    progress: entityProgress(runEntity),
    findDelivery,
  }
}
