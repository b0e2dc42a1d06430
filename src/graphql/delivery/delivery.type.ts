import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Delivery, FilePart } from '../../domain/delivery.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { FileFormat as Format } from '../../domain/file-format.js'
import type { FullLoadReason, LoadMode } from '../../domain/window.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { PageInfo } from '../page-info.type.js'
import { FileFormat } from '../registration/file-format.type.js'
import { ExportMode, FullLoadReasonEnum } from '../run/run.enums.js'
import { ExportWindow } from '../run/run-entity.type.js'
import { BigInteger, DateTime } from '../scalars.js'

@ObjectType('Reconciliation', { description: 'The rows of the source against those of the file, for one window.' })
export class Reconciliation {
  @Field(() => BigInteger, { description: 'What the source counted, in the snapshot that the file was read in.' })
  readonly sourceRows!: number

  @Field(() => BigInteger, { description: 'Rows of the file, the header not counted.' })
  readonly fileRows!: number

  @Field(() => Boolean, { description: 'Whether they agree. A file that does not agree is not published.' })
  readonly matches!: boolean
}

@ObjectType('ExportDeliveryPart', {
  description: 'One of the files of a delivery that was split: a CSV file of its own.',
})
export class ExportDeliveryPart implements FilePart {
  @Field(() => String, { description: 'Where it lies, or lay until a later revision took its place.' })
  readonly path!: string

  @Field(() => BigInteger, { description: 'Its rows, the header not counted.' })
  readonly rows!: number

  @Field(() => BigInteger, { description: 'Its size in bytes, as it lies on the server.' })
  readonly bytes!: number

  @Field(() => String, { description: 'Its SHA-256, in hexadecimal.' })
  readonly sha256!: string
}

@ObjectType('ExportDelivery', {
  description: 'One published file, or the parts that it was split into, as the ledger keeps it for ever.',
})
export class ExportDelivery {
  @Field(() => ID, { description: 'Identifies the delivery.' })
  readonly id!: string

  @Field(() => ID, { description: 'The run that made it.' })
  readonly runId!: string

  @Field(() => ExportEntity, { nullable: true, description: 'The entity; null if the catalog has it no more.' })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: "The entity's internal name." })
  readonly internalName!: string

  @Field(() => String, {
    description: 'Where the file, or its first part, lies, or lay until a later revision took its place.',
  })
  readonly path!: string

  @Field(() => FileFormat, { description: 'How it was written.' })
  readonly format!: Format

  @Field(() => [ExportDeliveryPart], {
    nullable: true,
    description: 'The parts in their order; null where the file was not split.',
  })
  readonly parts!: readonly ExportDeliveryPart[] | null

  @Field(() => ExportMode, { description: 'What the file holds.' })
  readonly mode!: LoadMode

  @Field(() => FullLoadReasonEnum, { nullable: true, description: 'Why it is a full load; null for a delta.' })
  readonly fullLoadReason!: FullLoadReason | null

  @Field(() => ExportWindow, { description: 'What the file covers.' })
  readonly window!: ExportWindow

  @Field(() => Int, { description: 'Counts the files under this path.' })
  readonly revision!: number

  @Field(() => Int, { description: "The window's place in the entity's chain of windows." })
  readonly sequence!: number

  @Field(() => Int, {
    nullable: true,
    description: 'The sequence number that must have been loaded before it; null for a full load, which needs none.',
  })
  readonly previousSequence!: number | null

  @Field(() => Int, { description: 'Counts up whenever the columns are others than in the file before.' })
  readonly schemaVersion!: number

  @Field(() => Boolean, {
    description:
      'Whether it is a past window, written again with the values that its rows had when it was written again.',
  })
  readonly redelivered!: boolean

  @Field(() => BigInteger, { description: 'Its size in bytes, as it lies on the server; of all parts together.' })
  readonly bytes!: number

  @Field(() => String, {
    description:
      'Its SHA-256, in hexadecimal. Of a file that was split: that of the SHA-256 of its parts, in hexadecimal, joined ' +
      'by line feeds.',
  })
  readonly sha256!: string

  @Field(() => Reconciliation, { description: 'Rows in the source against rows in the file.' })
  readonly reconciliation!: Reconciliation

  @Field(() => Int, { description: 'How many attempts it took.' })
  readonly attempts!: number

  @Field(() => DateTime, { description: 'When it got its final name.' })
  readonly publishedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was removed from the server, being past its time; null while it lies there.',
  })
  readonly removedAt!: Date | null
}

@ObjectType('ExportDeliveryEdge', { description: 'A delivery within a page.' })
export class ExportDeliveryEdge {
  @Field(() => String, { description: 'Stands for the place of the delivery, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportDelivery, { description: 'The delivery.' })
  readonly node!: ExportDelivery
}

@ObjectType('ExportDeliveryConnection', {
  description: 'A page of deliveries, newest first, after the Relay specification.',
})
export class ExportDeliveryConnection {
  @Field(() => [ExportDeliveryEdge], { description: 'The deliveries of the page.' })
  readonly edges!: readonly ExportDeliveryEdge[]

  @Field(() => PageInfo, { description: 'Whether there are more.' })
  readonly pageInfo!: PageInfo
}

export function toExportDelivery(delivery: Delivery, catalog: Catalog): ExportDelivery {
  const { entity: internalName, load, to, rows, sourceRows, ...rest } = delivery
  const entity = findEntity(catalog, internalName)
  return {
    ...rest,
    internalName,
    entity: entity ? toExportEntity(entity) : null,
    mode: load.mode,
    fullLoadReason: load.mode === 'FULL' ? load.reason : null,
    window: { from: load.mode === 'FULL' ? null : load.from, to },
    previousSequence: load.mode === 'FULL' ? null : load.previous,
    reconciliation: { sourceRows, fileRows: rows, matches: rows === sourceRows },
  }
}
