import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/** The number that Postgres itself uses. */
const iterations = 4096

/**
 * What Postgres stores of a password, computed here (RFC 5802 and RFC 7677). The password is then in no statement: Postgres
 * writes failed statements to its log.
 * @returns `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`, which `PASSWORD` accepts instead of the password
 */
export async function scramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const salted = await promisify(pbkdf2)(prepared(password), salt, iterations, 32, 'sha256')
  const keyFor = (name: string): Buffer => createHmac('sha256', salted).update(name).digest()
  const storedKey = createHash('sha256').update(keyFor('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${keyFor('Server Key').toString('base64')}`
}

/**
 * SASLprep (RFC 4013) as pg does it when it logs in: other blanks become a blank, characters that stand for nothing are
 * removed, the rest is normalized. A password of ASCII characters stays as it is.
 */
function prepared(password: string): string {
  const otherBlanks = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/g
  const mappedToNothing = /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/g
  return password.replace(otherBlanks, ' ').replace(mappedToNothing, '').normalize('NFKC')
}
