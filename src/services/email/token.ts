import { createHash } from 'node:crypto'

/** SHA-256 of the token of a link, as the database has it. Undefined if the text can't be a token. */
export function hashOfToken(token: string): Buffer<ArrayBuffer> | undefined {
  return /^[\w-]{43}$/.test(token) ? sha256(token) : undefined
}

export function sha256(text: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(text).digest()
}
