import { Field, ID, ObjectType } from 'type-graphql'
import type { SftpKey as Key } from '../../domain/sftp-key.js'
import { DateTime } from '../scalars.js'
import { UserError } from '../user-error.type.js'

@ObjectType('SftpKey', { description: 'A public key that may log in over SFTP as the tenant.' })
export class SftpKey {
  @Field(() => ID, { description: 'The id of the key, for removeSftpKey.' })
  readonly id!: string

  @Field(() => String, { description: 'The fingerprint of the key, `SHA256:…`, as `ssh-keygen -lf` prints it.' })
  readonly fingerprint!: string

  @Field(() => String, { description: 'The name of the key, which the caller chose.' })
  readonly label!: string

  @Field(() => String, { description: 'The type of the key, such as `ssh-ed25519`.' })
  readonly type!: string

  @Field(() => String, { description: 'The key in the form of `authorized_keys`, without a comment.' })
  readonly publicKey!: string

  @Field(() => DateTime, { description: 'When the key was added.' })
  readonly addedAt!: Date

  @Field(() => String, {
    description:
      'The subject of the token that added the key. It is `operator` if an operator of the platform added it.',
  })
  readonly addedBy!: string
}

@ObjectType('AddSftpKeyPayload', { description: 'The key that was added, or why it was not added.' })
export class AddSftpKeyPayload {
  @Field(() => SftpKey, { nullable: true, description: 'The key. Null with user errors.' })
  readonly key!: SftpKey | null

  @Field(() => [UserError], { description: 'Why nothing was changed. Empty if the call succeeds.' })
  readonly userErrors!: readonly UserError[]
}

@ObjectType('RemoveSftpKeyPayload', { description: 'The key that was removed, or why no key was removed.' })
export class RemoveSftpKeyPayload {
  @Field(() => SftpKey, { nullable: true, description: 'The removed key. Null with user errors.' })
  readonly key!: SftpKey | null

  @Field(() => [UserError], { description: 'Why nothing was changed. Empty if the call succeeds.' })
  readonly userErrors!: readonly UserError[]
}

export function toSftpKey({ blob, ...key }: Key): SftpKey {
  return { ...key, publicKey: `${key.type} ${blob}` }
}
