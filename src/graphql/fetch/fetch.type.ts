import { Field, ID, Int, ObjectType } from 'type-graphql'
import { type FetchState, fetchStates, type FileFetch } from '../../domain/fetch.js'
import type { Page } from '../../services/page.js'
import { enumOf } from '../enum.js'
import { PageInfo, toPageInfo } from '../page-info.type.js'
import { BigInteger, DateTime } from '../scalars.js'

export const ExportFetchState = enumOf<FetchState>(
  'ExportFetchState',
  'How much of a delivery was fetched.',
  fetchStates,
)

@ObjectType('ExportFetch', {
  description:
    'One reading of a delivered file over SFTP, from opening the file to closing it. The records are removed with the audit log.',
})
export class ExportFetch implements Omit<FileFetch, 'deliveryId'> {
  @Field(() => ID, { description: 'The id of the fetch.' })
  readonly id!: string

  @Field(() => String, { description: 'The path of the file, or of the file part.' })
  readonly path!: string

  @Field(() => DateTime, { description: 'The time when the client opened the file.' })
  readonly startedAt!: Date

  @Field(() => DateTime, { description: 'The time when the client closed the file.' })
  readonly endedAt!: Date

  @Field(() => BigInteger, {
    description: 'The number of bytes that the client read. Bytes that it read twice count twice.',
  })
  readonly bytesRead!: number

  @Field(() => Boolean, { description: 'Whether the client read the whole file or file part in this fetch.' })
  readonly isWhole!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint of the key that logged in, as `SHA256:…`. Null for a login with a password.',
  })
  readonly keyFingerprint!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The network address of the client. Null if the SFTP server does not report it.',
  })
  readonly address!: string | null
}

@ObjectType('ExportFetchEdge', { description: 'A fetch of a page, with its cursor.' })
export class ExportFetchEdge {
  @Field(() => String, { description: 'The cursor for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportFetch, { description: 'The fetch.' })
  readonly node!: ExportFetch
}

@ObjectType('ExportFetchConnection', {
  description: 'A page of fetches, newest first, as the Relay specification defines it.',
})
export class ExportFetchConnection {
  @Field(() => [ExportFetchEdge], { description: 'The fetches of the page.' })
  readonly edges!: readonly ExportFetchEdge[]

  @Field(() => PageInfo, { description: 'Whether there are more fetches.' })
  readonly pageInfo!: PageInfo
}

@ObjectType('ExportUnfetchedFiles', {
  description: 'Delivered files that are stored on the SFTP server, and that the tenant has not fetched.',
})
export class ExportUnfetchedFiles {
  @Field(() => Int, { description: 'The number of days since which each of the files is delivered and not fetched.' })
  readonly days!: number

  @Field(() => Int, { description: 'The number of files. A split file counts as one.' })
  readonly files!: number

  @Field(() => DateTime, { description: 'The time when the oldest of the files was published.' })
  readonly oldest!: Date
}

export function toFetchConnection(page: Page<FileFetch>): ExportFetchConnection {
  return { edges: page.edges, pageInfo: toPageInfo(page) }
}
