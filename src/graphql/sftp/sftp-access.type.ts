import { Field, ID, Int, ObjectType } from 'type-graphql'
import { mostSftpKeys } from '../../domain/sftp-key.js'
import type { SftpAccess as Access } from '../../services/sftp-keys.js'
import { listComplexity } from '../limits.js'
import { SftpKey, toSftpKey } from './sftp-key.type.js'

@ObjectType('SftpAccess', { description: 'Where the tenant fetches its files, and who may.' })
export class SftpAccess {
  @Field(() => ID, { description: 'Identifies it; it stays the same.' })
  readonly id!: string

  @Field(() => String, { description: 'The host of the SFTP server.' })
  readonly host!: string

  @Field(() => Int, { description: 'Its port.' })
  readonly port!: number

  @Field(() => String, { description: "The tenant's account, which can read `/exports/<username>` and nothing else." })
  readonly username!: string

  @Field(() => [String], {
    description: 'The host keys that the server may show, as `SHA256:…`. A client must refuse any other.',
  })
  readonly hostKeyFingerprints!: readonly string[]

  @Field(() => [SftpKey], {
    description: `The keys that may log in, in the order they were added; ${mostSftpKeys} at the most.`,
    complexity: listComplexity(mostSftpKeys),
  })
  readonly keys!: readonly SftpKey[]
}

export function toSftpAccess({ keys, ...access }: Access): SftpAccess {
  return { ...access, id: access.username, keys: keys.map(toSftpKey) }
}
