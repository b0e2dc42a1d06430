import { Field, ObjectType } from 'type-graphql'
import type { FileContent, FileEncryption } from '../../domain/encryption.js'
import { BigInteger } from '../scalars.js'

@ObjectType('FileContent', {
  description: 'What decrypting a file gives: the CSV file, compressed if its format says so.',
})
export class FileContentType implements FileContent {
  @Field(() => BigInteger, { description: 'The size, in bytes. For a split file, the sum of its file parts.' })
  readonly bytes!: number

  @Field(() => String, {
    description:
      'The SHA-256 in hexadecimal. For a split file, the SHA-256 of the hexadecimal checksums of the contents of its file ' +
      'parts, joined by line feeds, without a final line feed.',
  })
  readonly sha256!: string
}

@ObjectType('DeliveryEncryption', { description: 'The keys that an encrypted file was written with.' })
export class DeliveryEncryptionType implements FileEncryption {
  @Field(() => [String], { description: 'The fingerprints of the keys that can decrypt the file.' })
  readonly recipients!: readonly string[]

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint of the key that signed the content. Null if it is not signed.',
  })
  readonly signedBy!: string | null
}
