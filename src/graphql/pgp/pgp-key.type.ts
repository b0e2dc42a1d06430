import { Field, ID, ObjectType } from 'type-graphql'
import { mostPgpKeys } from '../../domain/pgp-key.js'
import type { PgpKeysView, PgpKeyView } from '../../services/pgp-keys.js'
import { listComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { UserErrorType } from '../user-error.type.js'

@ObjectType('PgpKey', { description: "A public key that the tenant's files can be encrypted to." })
export class PgpKeyType {
  @Field(() => ID, { description: 'The id for caches of clients. It consists of the tenant and the fingerprint.' })
  readonly id!: string

  @Field(() => String, {
    description: 'The fingerprint as 40 hexadecimal digits, as `gpg --fingerprint` prints it without blanks.',
  })
  readonly fingerprint!: string

  @Field(() => String, { description: 'The label from the call that added the key.' })
  readonly label!: string

  @Field(() => String, { description: 'The primary user id of the key, such as `Ana <ana@example.com>`.' })
  readonly userId!: string

  @Field(() => String, { description: 'The algorithm that files are encrypted with, such as `RSA 4096`.' })
  readonly algorithm!: string

  @Field(() => String, { description: 'The armored public key, as `gpg --import` reads it.' })
  readonly publicKey!: string

  @Field(() => DateTime, { description: 'The time when the key was created.' })
  readonly createdAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time from which files can no longer be encrypted to the key. Null if it does not expire.',
  })
  readonly expiresAt!: Date | null

  @Field(() => Boolean, {
    description: 'Whether the key expires within 30 days, or has expired. Add another key, and remove this one.',
  })
  readonly expiresSoon!: boolean

  @Field(() => Boolean, { description: 'Whether the key has expired. Files that are encrypted to it fail.' })
  readonly isExpired!: boolean

  @Field(() => DateTime, { description: 'The time when the key was added.' })
  readonly addedAt!: Date

  @Field(() => String, { description: 'The subject of the token that added the key.' })
  readonly addedBy!: string
}

@ObjectType('PgpSigningKey', { description: "The operator's key that signs encrypted files." })
export class PgpSigningKeyType {
  @Field(() => String, { description: 'The fingerprint as 40 hexadecimal digits.' })
  readonly fingerprint!: string

  @Field(() => String, { description: 'The armored public key. Import it to verify the signatures of files.' })
  readonly publicKey!: string
}

@ObjectType('PgpKeys', { description: "The tenant's PGP keys, and the key with which the operator signs files." })
export class PgpKeysType {
  @Field(() => ID, { description: 'The id for caches of clients.' })
  readonly id!: string

  @Field(() => [PgpKeyType], {
    description: `The keys of the tenant, oldest first. There are at most ${mostPgpKeys}.`,
    complexity: listComplexity(mostPgpKeys),
  })
  readonly keys!: readonly PgpKeyType[]

  @Field(() => PgpSigningKeyType, {
    nullable: true,
    description: 'The key that signs files with `sign: true`. Null if the operator has none.',
  })
  readonly signingKey!: PgpSigningKeyType | null
}

@ObjectType('AddPgpKeyPayload', { description: 'The result of adding a PGP key.' })
export class AddPgpKeyPayload {
  @Field(() => PgpKeyType, { nullable: true, description: 'The key. Null with user errors.' })
  readonly key!: PgpKeyType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('RemovePgpKeyPayload', { description: 'The result of removing a PGP key.' })
export class RemovePgpKeyPayload {
  @Field(() => PgpKeyType, { nullable: true, description: 'The removed key. Null with user errors.' })
  readonly key!: PgpKeyType | null

  @Field(() => [UserErrorType], { description: 'The errors in the call. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

export function toPgpKey(tenantId: string, { armored, ...key }: PgpKeyView): PgpKeyType {
  return { ...key, id: `${tenantId} ${key.fingerprint}`, publicKey: armored }
}

export function toPgpKeys({ tenantId, keys, signingKey }: PgpKeysView): PgpKeysType {
  return { id: tenantId, keys: keys.map((key) => toPgpKey(tenantId, key)), signingKey }
}
