import { Field, ID, ObjectType } from 'type-graphql'
import type { SftpKey } from '../../domain/sftp-key.js'
import { DateTime } from '../scalars.js'
import { UserErrorType } from '../user-error.type.js'

@ObjectType('SftpKey', { description: 'A public key that may log in over SFTP as the tenant.' })
export class SftpKeyType {
  @Field(() => ID, { description: 'The id that removeSftpKey takes.' })
  readonly id!: string

  @Field(() => String, { description: 'The fingerprint, `SHA256:…`, as `ssh-keygen -lf` prints it.' })
  readonly fingerprint!: string

  @Field(() => String, { description: 'The label from the call that added the key.' })
  readonly label!: string

  @Field(() => String, { description: 'The type of the key, such as `ssh-ed25519`.' })
  readonly type!: string

  @Field(() => String, { description: 'The public key as in `authorized_keys`, without a comment.' })
  readonly publicKey!: string

  @Field(() => DateTime, { description: 'The time when the key was added.' })
  readonly addedAt!: Date

  @Field(() => String, { description: 'The subject of the token that added the key.' })
  readonly addedBy!: string
}

@ObjectType('AddSftpKeyPayload', { description: 'The result of adding a key.' })
export class AddSftpKeyPayload {
  @Field(() => SftpKeyType, { nullable: true, description: 'The key. Null with user errors.' })
  readonly key!: SftpKeyType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('RemoveSftpKeyPayload', { description: 'The result of removing a key.' })
export class RemoveSftpKeyPayload {
  @Field(() => SftpKeyType, { nullable: true, description: 'The removed key. Null with user errors.' })
  readonly key!: SftpKeyType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

export function toSftpKey({ blob, ...key }: SftpKey): SftpKeyType {
  return { ...key, publicKey: `${key.type} ${blob}` }
}
