import { Field, ID, Int, ObjectType } from 'type-graphql'
import { mostSftpKeys } from '../../domain/sftp-key.js'
import type { SftpAccess } from '../../services/sftp-keys.js'
import { listComplexity } from '../limits.js'
import { SftpKeyType, toSftpKey } from './sftp-key.type.js'

@ObjectType('SftpAccess', { description: 'The SFTP account from which the tenant fetches its files, and its keys.' })
export class SftpAccessType {
  @Field(() => ID, { description: 'The id for caches of clients.' })
  readonly id!: string

  @Field(() => String, { description: 'The host of the SFTP server.' })
  readonly host!: string

  @Field(() => Int, { description: 'The port of the SFTP server.' })
  readonly port!: number

  @Field(() => String, { description: "The tenant's account. It can read only `/exports/<username>`." })
  readonly username!: string

  @Field(() => [String], {
    description:
      'The fingerprints of the host keys that the server may present, as `SHA256:…`. A client must refuse all others.',
  })
  readonly hostKeyFingerprints!: readonly string[]

  @Field(() => [SftpKeyType], {
    description: `The keys that may log in, oldest first. There are at most ${mostSftpKeys}.`,
    complexity: listComplexity(mostSftpKeys),
  })
  readonly keys!: readonly SftpKeyType[]
}

export function toSftpAccess({ keys, ...access }: SftpAccess): SftpAccessType {
  return { ...access, id: access.username, keys: keys.map(toSftpKey) }
}
