import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Delivery, FilePart } from '../../domain/delivery.js'
import { type Catalog, findEntity } from '../../domain/entity.js'
import type { FileContent, FileEncryption } from '../../domain/encryption.js'
import type { FileFormat } from '../../domain/file-format.js'
import type { FullLoadReason, LoadMode } from '../../domain/window.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { PageInfo } from '../page-info.type.js'
import { DeliveryEncryptionType, FileContentType } from './delivery-encryption.type.js'
import { FileFormatType } from '../registration/file-format.type.js'
import { ExportMode, FullLoadReasonEnum } from '../run/run.enums.js'
import { ExportWindow } from '../run/run-entity.type.js'
import { BigInteger, DateTime } from '../scalars.js'

@ObjectType('Reconciliation', { description: 'The comparison of the rows in the source with those in the file.' })
export class Reconciliation {
  @Field(() => BigInteger, { description: 'The number of rows that the source counted in the snapshot of the file.' })
  readonly sourceRows!: number

  @Field(() => BigInteger, { description: 'The number of rows in the file, without the header.' })
  readonly fileRows!: number

  @Field(() => Boolean, {
    description: 'Whether both numbers are equal. A file with another number of rows is not published.',
  })
  readonly matches!: boolean
}

const contentDescription = 'What decrypting an encrypted file gives. Null if the file is not encrypted.'

@ObjectType('ExportDeliveryPart', {
  description: 'One file part of a split delivery. It is a complete CSV file with a header row.',
})
export class ExportDeliveryPart implements FilePart {
  @Field(() => String, {
    description: 'The path on the SFTP server. A later revision may have replaced the file there.',
  })
  readonly path!: string

  @Field(() => BigInteger, { description: 'The number of rows, without the header.' })
  readonly rows!: number

  @Field(() => BigInteger, { description: 'The size on the server, in bytes.' })
  readonly bytes!: number

  @Field(() => String, { description: 'The SHA-256 of the file as it is stored, in hexadecimal.' })
  readonly sha256!: string

  @Field(() => FileContentType, { nullable: true, description: contentDescription })
  readonly content?: FileContent
}

@ObjectType('ExportDelivery', {
  description:
    'One published file, or its file parts. It is in the ledger before the manifest of its day names it. The ledger keeps it ' +
    'indefinitely, also after the file is removed.',
})
export class ExportDelivery {
  @Field(() => ID, { description: 'The id of the delivery.' })
  readonly id!: string

  @Field(() => ID, { description: 'The id of the run that published it.' })
  readonly runId!: string

  @Field(() => ExportEntity, { nullable: true, description: 'The entity. Null if the catalog no longer has it.' })
  readonly entity!: ExportEntity | null

  @Field(() => String, { description: 'The internal name of the entity.' })
  readonly internalName!: string

  @Field(() => String, {
    description:
      'The path of the file, or of its first file part, on the SFTP server. A later revision may have replaced it there.',
  })
  readonly path!: string

  @Field(() => FileFormatType, { description: 'The format of the file.' })
  readonly format!: FileFormat

  @Field(() => DeliveryEncryptionType, { nullable: true, description: 'Null if the file is not encrypted.' })
  readonly encryption!: FileEncryption | null

  @Field(() => FileContentType, { nullable: true, description: contentDescription })
  readonly content?: FileContent

  @Field(() => [ExportDeliveryPart], {
    nullable: true,
    description: 'The file parts in order. Null if the file is not split.',
  })
  readonly parts!: readonly ExportDeliveryPart[] | null

  @Field(() => ExportMode, { description: 'Which rows the file contains.' })
  readonly mode!: LoadMode

  @Field(() => FullLoadReasonEnum, { nullable: true, description: 'Why the file is a full load. Null for a delta.' })
  readonly fullLoadReason!: FullLoadReason | null

  @Field(() => ExportWindow, { description: 'The window that the file covers.' })
  readonly window!: ExportWindow

  @Field(() => Int, {
    description: 'The number of files that were published for the entity and day so far, including this one.',
  })
  readonly revision!: number

  @Field(() => Int, {
    description:
      'The number of the file. It counts from 1 for each entity. Each new file gets the next number, also a second file of ' +
      'the same day. A redelivered file keeps its number.',
  })
  readonly sequence!: number

  @Field(() => Int, {
    nullable: true,
    description: 'The sequence number of the delivery that must be loaded before this one. Null for a full load.',
  })
  readonly previousSequence!: number | null

  @Field(() => Int, {
    description:
      'The version of the columns. It increases by one when the columns differ from those of the previous file.',
  })
  readonly schemaVersion!: number

  @Field(() => Boolean, {
    description:
      'Whether the file is a past window that was written again, with those of its rows that have not changed since.',
  })
  readonly redelivered!: boolean

  @Field(() => BigInteger, { description: 'The number of rows in the file, without the header.' })
  readonly rows!: number

  @Field(() => BigInteger, {
    description: 'The size on the server, in bytes. For a split file, the sum of its file parts.',
  })
  readonly bytes!: number

  @Field(() => String, {
    description:
      'The SHA-256 of the file as it is stored, in hexadecimal. For a split file, the SHA-256 of the hexadecimal checksums of ' +
      'its file parts, joined by line feeds, without a final line feed.',
  })
  readonly sha256!: string

  @Field(() => Reconciliation, { description: 'The comparison of the rows in the source with those in the file.' })
  readonly reconciliation!: Reconciliation

  @Field(() => Int, { description: 'The number of attempts that it took.' })
  readonly attempts!: number

  @Field(() => DateTime, { description: 'The time when the file got its final name.' })
  readonly publishedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The time when the file was removed from the server because its retention time had passed. Null if it was not removed.',
  })
  readonly removedAt!: Date | null
}

@ObjectType('ExportDeliveryEdge', { description: 'A delivery of a page, with its cursor.' })
export class ExportDeliveryEdge {
  @Field(() => String, { description: 'The cursor for `after` and `before`.' })
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

  @Field(() => PageInfo, { description: 'Whether there are more deliveries.' })
  readonly pageInfo!: PageInfo
}

export function toExportDelivery(delivery: Delivery, catalog: Catalog): ExportDelivery {
  const { entity: internalName, load, to, rows, sourceRows, ...rest } = delivery
  const entity = findEntity(catalog, internalName)
  return {
    ...rest,
    internalName,
    rows,
    entity: entity ? toExportEntity(entity) : null,
    mode: load.mode,
    fullLoadReason: load.mode === 'FULL' ? load.reason : null,
    window: { from: load.mode === 'FULL' ? null : load.from, to },
    previousSequence: load.mode === 'FULL' ? null : load.previous,
    reconciliation: { sourceRows, fileRows: rows, matches: rows === sourceRows },
  }
}
