import { Field, ID, Int, ObjectType } from 'type-graphql'
import { mostSftpKeys } from '../../domain/sftp-key.js'
import type { SftpAccess as Access } from '../../services/sftp-keys.js'
import { listComplexity } from '../limits.js'
import { SftpKey, toSftpKey } from './sftp-key.type.js'

@ObjectType('SftpAccess', {
  description: 'The SFTP server that the tenant fetches its files from, and the keys that may log in.',
})
export class SftpAccess {
  @Field(() => ID, { description: 'The id of this object, for caches of clients. It never changes.' })
  readonly id!: string

  @Field(() => String, { description: 'The host name of the SFTP server.' })
  readonly host!: string

  @Field(() => Int, { description: 'The port of the SFTP server.' })
  readonly port!: number

  @Field(() => String, {
    description: "The tenant's account on the SFTP server. It can read `/exports/<username>` and nothing else.",
  })
  readonly username!: string

  @Field(() => [String], {
    description:
      'The fingerprints of the host keys that the server may present, as `SHA256:…`. A client must refuse any other ' +
      'host key.',
  })
  readonly hostKeyFingerprints!: readonly string[]

  @Field(() => [SftpKey], {
    description: `The keys that may log in, in the order in which they were added. A tenant has at most ${mostSftpKeys} keys.`,
    complexity: listComplexity(mostSftpKeys),
  })
  readonly keys!: readonly SftpKey[]
}

export function toSftpAccess({ keys, ...access }: Access): SftpAccess {
  return { ...access, id: access.username, keys: keys.map(toSftpKey) }
}
