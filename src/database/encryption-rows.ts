import type { WrittenFile } from '../domain/delivery.js'
import type { Encryption, FileContent, FileEncryption } from '../domain/encryption.js'

/** The encryption of a registration or of a run from its JSON. Rows of earlier releases have none. */
export function encryptionFromJson(json: unknown): Encryption | null {
  return (json as Encryption | null | undefined) ?? null
}

/** The column of a run: left out if it does not encrypt. */
export function encryptionToRow(encryption: Encryption | null | undefined): { readonly encryption?: object } {
  return encryption ? { encryption: JSON.parse(JSON.stringify(encryption)) as object } : {}
}

/** What the ledger has of an encrypted delivery. */
interface StoredFileEncryption {
  readonly pgp: FileEncryption
  readonly content: FileContent
}

/** The column of a delivery: left out if the file is not encrypted. */
export function fileEncryptionToRow({ encryption, content }: Pick<WrittenFile, 'encryption' | 'content'>): {
  readonly encryption?: object
} {
  if (!encryption) return {}
  if (!content) throw new Error('an encrypted file has no checksum of its content')
  const stored: StoredFileEncryption = { pgp: encryption, content }
  return { encryption: JSON.parse(JSON.stringify(stored)) as object }
}

export function fileEncryptionFromJson(json: unknown): Pick<WrittenFile, 'encryption' | 'content'> {
  const stored = json as StoredFileEncryption | null
  return stored ? { encryption: stored.pgp, content: stored.content } : { encryption: null }
}
