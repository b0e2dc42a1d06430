import { Field, ID, ObjectType } from 'type-graphql'
import type { SftpKey as Key } from '../../domain/sftp-key.js'
import { DateTime } from '../scalars.js'
import { UserError } from '../user-error.type.js'

@ObjectType('SftpKey', { description: 'A public key that may log in over SFTP as the tenant.' })
export class SftpKey {
  @Field(() => ID, { description: 'What removeSftpKey takes.' })
  readonly id!: string

  @Field(() => String, { description: '`SHA256:…`, as `ssh-keygen -lf` prints it.' })
  readonly fingerprint!: string

  @Field(() => String, { description: 'The name that it was given.' })
  readonly label!: string

  @Field(() => String, { description: 'E.g. `ssh-ed25519`.' })
  readonly type!: string

  @Field(() => String, { description: 'The key as `authorized_keys` has it, without a comment.' })
  readonly publicKey!: string

  @Field(() => DateTime, { description: 'When it was added.' })
  readonly addedAt!: Date

  @Field(() => String, { description: 'The subject of the token that added it.' })
  readonly addedBy!: string
}

@ObjectType('AddSftpKeyPayload', { description: 'The key that was added, or what was wrong with it.' })
export class AddSftpKeyPayload {
  @Field(() => SftpKey, { nullable: true, description: 'The key; null with user errors.' })
  readonly key!: SftpKey | null

  @Field(() => [UserError], { description: 'What was wrong; then nothing was changed.' })
  readonly userErrors!: readonly UserError[]
}

@ObjectType('RemoveSftpKeyPayload', { description: 'The key that was removed, or why none was.' })
export class RemoveSftpKeyPayload {
  @Field(() => SftpKey, { nullable: true, description: 'The key as it was; null with user errors.' })
  readonly key!: SftpKey | null

  @Field(() => [UserError], { description: 'What was wrong; then nothing was changed.' })
  readonly userErrors!: readonly UserError[]
}

export function toSftpKey({ blob, ...key }: Key): SftpKey {
  return { ...key, publicKey: `${key.type} ${blob}` }
}
