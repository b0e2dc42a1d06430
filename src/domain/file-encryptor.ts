import type { Encoder } from './encoder.js'
import type { Encryption, FileEncryption } from './encryption.js'

/** Encrypts the files of one window with the keys that the tenant has when the window is written. */
export interface FileEncryptor {
  /** The keys that it uses. */
  readonly encryption: FileEncryption
  /** Opens the encoder of one file. */
  readonly encrypt: () => Encoder
  /** @throws ExportError PGP_KEYS_CHANGED if a key that it used was removed since */
  requireUnchanged(): Promise<void>
}

/** @throws ExportError PGP_KEY_UNUSABLE or PGP_SIGNING_KEY_UNUSABLE: the files are not written, never in plain text. */
export type OpenFileEncryptor = (tenantId: string, encryption: Encryption) => Promise<FileEncryptor>
