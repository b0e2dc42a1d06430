import { Field, InputType, ObjectType } from 'type-graphql'
import type { Encryption, EncryptionInput, PgpEncryption } from '../../domain/encryption.js'

@InputType('PgpEncryptionInput', { description: 'Encryption with OpenPGP.' })
export class PgpEncryptionInputType {
  @Field(() => [String], {
    nullable: true,
    description:
      'The fingerprints of the keys that files are encrypted to. Null means all keys that the tenant has when a file is ' +
      'written.',
  })
  readonly publicKeys?: string[] | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether the operator's key signs the content. Null means false.",
  })
  readonly sign?: boolean | null
}

@InputType('EncryptionInput', { description: 'The encryption of the files.' })
export class EncryptionInputType implements EncryptionInput {
  @Field(() => PgpEncryptionInputType, { description: 'Encryption with OpenPGP.' })
  readonly pgp!: PgpEncryptionInputType
}

@ObjectType('PgpEncryption', { description: 'Encryption with OpenPGP.' })
export class PgpEncryptionType implements PgpEncryption {
  @Field(() => [String], {
    nullable: true,
    description:
      'The fingerprints of the keys that files are encrypted to. Null means all keys that the tenant has when a file is ' +
      'written.',
  })
  readonly publicKeys!: string[] | null

  @Field(() => Boolean, { description: "Whether the operator's key signs the content." })
  readonly sign!: boolean
}

@ObjectType('Encryption', { description: 'The encryption of the files.' })
export class EncryptionType implements Encryption {
  @Field(() => PgpEncryptionType, { description: 'Encryption with OpenPGP.' })
  readonly pgp!: PgpEncryptionType
}
