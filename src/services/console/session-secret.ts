import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/**
 * The secret of a console session, which only the browser's cookie has. The database has its hash, and tokens that only the
 * secret decrypts.
 */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url')
}

const secretBytes = 32

/** Undefined if the text can't be a secret. */
export function hashOf(secret: string): Buffer | undefined {
  if (!/^[\w-]{43}$/.test(secret)) return undefined
  return createHash('sha256').update(Buffer.from(secret, 'base64url')).digest()
}

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** Encrypts for one secret: a random initialization vector, the ciphertext and its tag. */
export function seal(content: object, secret: string): Buffer {
  const iv = randomBytes(ivBytes)
  const sealing = createCipheriv(cipher, keyOf(secret), iv)
  const text = Buffer.concat([sealing.update(JSON.stringify(content), 'utf8'), sealing.final()])
  return Buffer.concat([iv, text, sealing.getAuthTag()])
}

/** @throws if the bytes were not sealed for this secret */
export function unseal(sealed: Uint8Array, secret: string): unknown {
  const bytes = Buffer.from(sealed)
  const opening = createDecipheriv(cipher, keyOf(secret), bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
  opening.setAuthTag(bytes.subarray(-tagBytes))
  const text = Buffer.concat([opening.update(bytes.subarray(ivBytes, -tagBytes)), opening.final()])
  return JSON.parse(text.toString('utf8'))
}

function keyOf(secret: string): Buffer {
  const key = hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', 'tidemark console session tokens', 32)
  return Buffer.from(key)
}
