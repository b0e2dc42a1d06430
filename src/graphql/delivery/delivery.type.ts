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

@ObjectType('Reconciliation', { description: 'The number of rows in the source and in the file, for one window.' })
export class Reconciliation {
  @Field(() => BigInteger, {
    description: 'The number of rows that the source counted, in the snapshot that the file was read from.',
  })
  readonly sourceRows!: number

  @Field(() => BigInteger, { description: 'The number of rows in the file, without the header.' })
  readonly fileRows!: number

  @Field(() => Boolean, {
    description: 'Whether the two numbers are equal. A file with another number of rows is not published.',
  })
  readonly matches!: boolean
}

@ObjectType('ExportDeliveryPart', {
  description: 'One file part of a split delivery. Each file part is a CSV file with a header row.',
})
export class ExportDeliveryPart implements FilePart {
  @Field(() => String, {
    description: 'The path of the file part on the SFTP server. A later revision replaces the file under this path.',
  })
  readonly path!: string

  @Field(() => BigInteger, { description: 'The number of rows in the file part, without the header.' })
  readonly rows!: number

  @Field(() => BigInteger, { description: 'The size of the file part on the server, in bytes.' })
  readonly bytes!: number

  @Field(() => String, { description: 'The SHA-256 checksum of the file part, in hexadecimal.' })
  readonly sha256!: string
}

@ObjectType('ExportDelivery', {
  description:
    'One published file, or the file parts that it is split into. The ledger keeps each delivery indefinitely.',
})
export class ExportDelivery {
  @Field(() => ID, { description: 'The id of the delivery.' })
  readonly id!: string

  @Field(() => ID, { description: 'The id of the run that published the delivery.' })
  readonly runId!: string

  @Field(() => ExportEntity, {
    nullable: true,
    description: 'The entity of the delivery. Null if the entity is no longer in the catalog.',
  })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: 'The internal name of the entity.' })
  readonly internalName!: string

  @Field(() => String, {
    description:
      'The path of the file on the SFTP server. For a split file, the path of the first file part. A later revision ' +
      'replaces the file under this path.',
  })
  readonly path!: string

  @Field(() => FileFormat, { description: 'The format of the file.' })
  readonly format!: Format

  @Field(() => [ExportDeliveryPart], {
    nullable: true,
    description: 'The file parts, in order. Null if the file is not split.',
  })
  readonly parts!: readonly ExportDeliveryPart[] | null

  @Field(() => ExportMode, { description: 'Whether the file is a full load or a delta.' })
  readonly mode!: LoadMode

  @Field(() => FullLoadReasonEnum, { nullable: true, description: 'Why the file is a full load. Null for a delta.' })
  readonly fullLoadReason!: FullLoadReason | null

  @Field(() => ExportWindow, { description: 'The window that the file covers.' })
  readonly window!: ExportWindow

  @Field(() => Int, {
    description: 'The number of files of this entity and day so far, this one included. It starts at 1.',
  })
  readonly revision!: number

  @Field(() => Int, { description: "The position of the window in the entity's chain of windows." })
  readonly sequence!: number

  @Field(() => Int, {
    nullable: true,
    description:
      'The sequence number of the file that must be loaded before this file. Null for a full load, which needs no ' +
      'earlier file.',
  })
  readonly previousSequence!: number | null

  @Field(() => Int, {
    description:
      'The version of the columns. It goes up by one whenever the columns differ from those of the file before.',
  })
  readonly schemaVersion!: number

  @Field(() => Boolean, {
    description:
      'Whether the file is a redelivery: a past window, written again. Its rows have the values that they had at ' +
      'the time of the redelivery.',
  })
  readonly redelivered!: boolean

  @Field(() => BigInteger, {
    description: 'The size of the file on the server, in bytes. For a split file, the sum over all file parts.',
  })
  readonly bytes!: number

  @Field(() => String, {
    description:
      'The SHA-256 checksum of the file, in hexadecimal. For a split file, the SHA-256 of the checksums of its file ' +
      'parts, in hexadecimal and joined by line feeds.',
  })
  readonly sha256!: string

  @Field(() => Reconciliation, { description: 'The number of rows in the source and in the file.' })
  readonly reconciliation!: Reconciliation

  @Field(() => Int, { description: 'The number of attempts until the file was published.' })
  readonly attempts!: number

  @Field(() => DateTime, { description: 'When the file was published.' })
  readonly publishedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the file was removed from the server because its retention time had passed. Null while the file is ' +
      'stored there.',
  })
  readonly removedAt!: Date | null
}

@ObjectType('ExportDeliveryEdge', { description: 'A delivery in a page, with its cursor.' })
export class ExportDeliveryEdge {
  @Field(() => String, { description: 'The cursor of the delivery, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportDelivery, { description: 'The delivery.' })
  readonly node!: ExportDelivery
}

@ObjectType('ExportDeliveryConnection', {
  description: 'A page of deliveries, newest first, as the Relay specification defines it.',
})
export class ExportDeliveryConnection {
  @Field(() => [ExportDeliveryEdge], { description: 'The deliveries of the page.' })
  readonly edges!: readonly ExportDeliveryEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
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
