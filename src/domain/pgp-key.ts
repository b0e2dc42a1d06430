import { holdsPrivateKey } from './sftp-key.js'

/** A tenant's OpenPGP keys: the public keys that its files are encrypted to. */

/** What a public key says of itself. */
export interface PgpKeyFacts {
  /** 40 hexadecimal digits in upper case, as `gpg --fingerprint` prints them without blanks. */
  readonly fingerprint: string
  /** The primary user id, such as `Ana <ana@example.com>`. */
  readonly userId: string
  /** The algorithm that files are encrypted with, such as `RSA 4096` or `ECDH curve25519`. */
  readonly algorithm: string
  readonly createdAt: Date
  /** When files can no longer be encrypted to it; null if it does not expire. */
  readonly expiresAt: Date | null
  /** The key in the form that `gpg --import` reads. */
  readonly armored: string
}

/** A key that a tenant has added. */
export interface PgpKey extends PgpKeyFacts {
  readonly label: string
  readonly addedAt: Date
  /** The subject of the token that added it. */
  readonly addedBy: string
}

/** The maximum number of keys of one tenant. */
export const mostPgpKeys = 10
/** What is checked before anything of a key is read. A key with one user id has about 2 KB. */
export const pgpKeyLimits = { bytes: 65_536, packets: 200, userIds: 20, subkeys: 20, userIdBytes: 1000 } as const
/** The length of RSA keys. */
export const pgpRsaBits = { least: 3072, most: 16_384 } as const

/** For how long before its end a key is reported as expiring. */
export const expiryWarningDays = 30
const dayMs = 86_400_000

export function isExpired({ expiresAt }: Pick<PgpKeyFacts, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** Whether the key expires within 30 days, or has expired. */
export function expiresSoon({ expiresAt }: Pick<PgpKeyFacts, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now.getTime() + expiryWarningDays * dayMs
}

/** A fingerprint as people write it: with blanks, in lower case, with `0x`. Undefined if it is none. */
export function parseFingerprint(text: string): string | undefined {
  if (text.length > 100) return undefined
  const digits = text.replace(/\s+/g, '').replace(/^0x/i, '').toUpperCase()
  return /^[0-9A-F]{40}$/.test(digits) ? digits : undefined
}

/** Why a text is not an accepted public key. */
export type PgpKeyProblem =
  | 'EMPTY'
  | 'PRIVATE_KEY'
  | 'TOO_LARGE'
  | 'OTHER_FORMAT'
  | 'SEVERAL_KEYS'
  | 'MALFORMED'
  | 'OTHER_VERSION'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'REVOKED'
  | 'NO_ENCRYPTION_KEY'
  | 'SHORT_RSA'
  | 'LONG_RSA'
  | 'WEAK_ALGORITHM'

/** What is wrong with the text before it is parsed: its size, its kind, and the number of keys in it. */
export function problemOfArmor(text: string): PgpKeyProblem | undefined {
  // This check is first, so that a caller who has sent a private key gets no other message.
  if (holdsPrivateKey(text)) return 'PRIVATE_KEY'
  if (text.length > pgpKeyLimits.bytes) return 'TOO_LARGE'
  if (text.trim() === '') return 'EMPTY'
  const blocks = text.split('-----BEGIN PGP ').length - 1
  if (!text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return 'OTHER_FORMAT'
  return blocks > 1 ? 'SEVERAL_KEYS' : undefined
}

const create = 'Create a new key with `gpg --quick-generate-key`'

/** The message of each problem, for the caller that adds a key. */
export const pgpKeyProblems: Readonly<Record<PgpKeyProblem, string>> = {
  EMPTY: 'publicKey is empty. Send the output of `gpg --armor --export KEY`.',
  PRIVATE_KEY:
    'The value contains a private key. It was not stored, but it has left your computer and is compromised: create a new ' +
    'key pair, and send only the public key (`gpg --armor --export KEY`).',
  TOO_LARGE:
    `publicKey is larger than ${pgpKeyLimits.bytes / 1024} KB, or has more than ${pgpKeyLimits.packets} packets, ` +
    `${pgpKeyLimits.userIds} user ids or ${pgpKeyLimits.subkeys} subkeys. Send the output of ` +
    '`gpg --armor --export --export-options export-minimal KEY`.',
  OTHER_FORMAT:
    'publicKey is not an armored OpenPGP key: it lacks the line `-----BEGIN PGP PUBLIC KEY BLOCK-----`. Send the output ' +
    'of `gpg --armor --export KEY`.',
  SEVERAL_KEYS: 'publicKey contains more than one key. Add each key with a call of its own.',
  MALFORMED: 'publicKey is damaged or incomplete. Send the output of `gpg --armor --export KEY` again.',
  OTHER_VERSION: `publicKey is not an OpenPGP key of version 4, which is the only supported one. ${create}.`,
  EXPIRED: `publicKey has expired. Extend it with \`gpg --quick-set-expire\` and export it again, or ${create.toLowerCase()}.`,
  NOT_YET_VALID: 'publicKey was created in the future, by the clock of the server. Check the clock of your computer.',
  REVOKED: `publicKey is revoked. ${create}.`,
  NO_ENCRYPTION_KEY: `publicKey has no valid subkey for encryption. ${create}, or add a subkey with \`gpg --quick-add-key\`.`,
  SHORT_RSA: `publicKey is an RSA key with fewer than ${pgpRsaBits.least} bits. ${create}.`,
  LONG_RSA: `publicKey is an RSA key with more than ${pgpRsaBits.most} bits. ${create}.`,
  WEAK_ALGORITHM: `publicKey uses an algorithm that is no longer safe, such as DSA, ElGamal or SHA-1. ${create}.`,
}

/** The operator's key, with which tenants verify the signatures of their files. */
export interface PgpSigningKey {
  readonly fingerprint: string
  /** Armored, in the form that `gpg --import` reads. */
  readonly publicKey: string
}
