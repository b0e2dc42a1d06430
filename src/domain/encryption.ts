/** How a tenant's files are encrypted. Without it, files are stored as their file format writes them. */
export interface Encryption {
  readonly pgp: PgpEncryption
}

/** OpenPGP: one message per file, encrypted to one or more public keys of the tenant. */
export interface PgpEncryption {
  /** The fingerprints of the keys; null means all keys that the tenant has when a file is written. */
  readonly publicKeys: readonly string[] | null
  /** Whether the operator's key signs the content. */
  readonly sign: boolean
}

/** What a call requests: see {@link Encryption}. */
export interface EncryptionInput {
  readonly pgp: {
    readonly publicKeys?: readonly string[] | null | undefined
    readonly sign?: boolean | null | undefined
  }
}

/** Which keys a file was written with. */
export interface FileEncryption {
  /** The fingerprints of the keys that can decrypt the file. */
  readonly recipients: readonly string[]
  /** The fingerprint of the key that signed the content; null if it is not signed. */
  readonly signedBy: string | null
}

/** What decrypting a file gives: the CSV file, compressed if the format has compression. */
export interface FileContent {
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

export function isSameEncryption(one: Encryption | null, other: Encryption | null): boolean {
  if (one === null || other === null) return one === other
  return one.pgp.sign === other.pgp.sign && isSameList(one.pgp.publicKeys, other.pgp.publicKeys)
}

function isSameList(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other
  return one.length === other.length && one.every((each) => other.includes(each))
}
