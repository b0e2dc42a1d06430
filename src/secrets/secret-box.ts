import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** The keys that secrets at rest are wrapped with, each of 32 bytes. */
export interface SecretKeys {
  readonly current: Buffer
  /** The key before a rotation. It opens, and seals nothing. */
  readonly previous?: Buffer | undefined
}

/**
 * Envelope encryption of secrets at rest. Each secret is encrypted with a data key of its own, and the data key is encrypted
 * (wrapped) with a key that the database does not have. Both use AES-256-GCM. The context, such as the tenant and the endpoint,
 * is authenticated with both: a secret opens only where it belongs.
 */
export interface SecretBox {
  /** The id of the current key. */
  readonly keyId: string
  seal(secret: Uint8Array, context: string): Sealed
  /** @throws SecretUnreadableError */
  open(sealed: Sealed, context: string): Buffer
  /** Wraps the data key again, with the current key. The secret itself stays as it is. @throws SecretUnreadableError */
  rewrap(sealed: Sealed, context: string): Sealed
}

export interface Sealed {
  readonly sealed: Uint8Array
  /** Names the key, and reveals nothing of it. */
  readonly keyId: string
}

/** A secret was sealed with another key or for another context, or was changed. */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError'
}

const cipher = 'aes-256-gcm'
const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
/** The version of the form: 1, the wrapped data key, then the encrypted secret. */
const version = 1
const wrappedBytes = ivBytes + keyBytes + tagBytes

export function createSecretBox({ current, previous }: SecretKeys): SecretBox {
  const keys = new Map([current, ...(previous ? [previous] : [])].map((key) => [secretKeyId(key), key]))
  const keyId = secretKeyId(current)

  const unwrap = ({ sealed, keyId: usedId }: Sealed, context: string): Buffer => {
    const key = keys.get(usedId)
    if (!key) {
      throw new SecretUnreadableError(
        `A stored secret is encrypted with the key ${usedId}, and SECRETS_KEY is ${keyId}. Set SECRETS_KEY_PREVIOUS to that key.`,
      )
    }
    if (sealed[0] !== version) throw new SecretUnreadableError('A stored secret has an unknown form.')
    return decrypt(sealed.subarray(1, 1 + wrappedBytes), key, `key ${context}`)
  }
  const wrap = (dataKey: Buffer, context: string): Buffer => encrypt(dataKey, current, `key ${context}`)

  return {
    keyId,
    seal: (secret, context) => {
      const dataKey = randomBytes(keyBytes)
      const parts = [Buffer.of(version), wrap(dataKey, context), encrypt(secret, dataKey, context)]
      return { sealed: Buffer.concat(parts), keyId }
    },
    open: (sealed, context) => decrypt(sealed.sealed.subarray(1 + wrappedBytes), unwrap(sealed, context), context),
    rewrap: (sealed, context) => {
      const rest = sealed.sealed.subarray(1 + wrappedBytes)
      return { sealed: Buffer.concat([Buffer.of(version), wrap(unwrap(sealed, context), context), rest]), keyId }
    },
  }
}

/** The first eight bytes of a hash of the key. */
export function secretKeyId(key: Buffer): string {
  return createHash('sha256').update('tidemark secrets key').update(key).digest('hex').slice(0, 16)
}

/** A random initialization vector, the ciphertext and its tag. */
function encrypt(content: Uint8Array, key: Buffer, context: string): Buffer {
  const iv = randomBytes(ivBytes)
  const sealing = createCipheriv(cipher, key, iv).setAAD(Buffer.from(context))
  return Buffer.concat([iv, sealing.update(content), sealing.final(), sealing.getAuthTag()])
}

function decrypt(bytes: Uint8Array, key: Buffer, context: string): Buffer {
  const content = Buffer.from(bytes)
  try {
    const opening = createDecipheriv(cipher, key, content.subarray(0, ivBytes), { authTagLength: tagBytes })
    opening.setAAD(Buffer.from(context)).setAuthTag(content.subarray(-tagBytes))
    return Buffer.concat([opening.update(content.subarray(ivBytes, -tagBytes)), opening.final()])
  } catch (cause) {
    throw new SecretUnreadableError('A stored secret was changed, or belongs to another endpoint.', { cause })
  }
}
