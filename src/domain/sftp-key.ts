import { readSshStrings } from './ssh-strings.js'

/**
 * A tenant's own SSH keys: which ones may log in over SFTP, and how they are written. What is kept of a key is its type
 * and its blob, never the line that somebody typed.
 */

/** A public key in its canonical form: what stands in `authorized_keys`, without options and without a comment. */
export interface SshPublicKey {
  readonly type: SshKeyType
  /** The key itself, as RFC 4253 (section 6.6) encodes it, in base64 with padding. */
  readonly blob: string
}

/** A key that may log in as a tenant. */
export interface SftpKey extends SshPublicKey {
  readonly id: string
  /** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string
  readonly label: string
  readonly addedAt: Date
  /** The subject of the token that added it. */
  readonly addedBy: string
}

/** What is accepted: no DSA, no certificates, and of RSA only what signs with SHA-2. */
export const sshKeyTypes = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
] as const
export type SshKeyType = (typeof sshKeyTypes)[number]

/** Keys of one tenant. */
export const mostSftpKeys = 20
/** Of RSA keys: less is not accepted, and OpenSSH takes no more. */
export const rsaBits = { least: 3072, most: 16_384 } as const
const longestLine = 16_384
const longestLabel = 100
const longestComment = 256

/** Why a text is not the public key of anybody who may log in. */
export type KeyProblem =
  | 'EMPTY'
  | 'PRIVATE_KEY'
  | 'TOO_LONG'
  | 'SEVERAL_LINES'
  | 'CONTROL_CHARACTERS'
  | 'OPTIONS'
  | 'CERTIFICATE'
  | 'OTHER_FORMAT'
  | 'TYPE_NOT_ACCEPTED'
  | 'NOT_BASE64'
  | 'OTHER_TYPE_INSIDE'
  | 'MALFORMED'
  | 'SHORT_RSA'
  | 'LONG_RSA'
  | 'COMMENT_TOO_LONG'

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: KeyProblem }

const wrong = (problem: KeyProblem) => ({ ok: false, problem }) as const

/** Reads one line of a `.pub` file: type, base64, and perhaps a comment, which is not kept. */
export function parsePublicKey(text: string): Parsed<SshPublicKey> {
  // First, so that a caller who has just published a secret gets no other message.
  if (holdsPrivateKey(text)) return wrong('PRIVATE_KEY')
  if (text.length > longestLine) return wrong('TOO_LONG')
  const line = text.replace(/\r?\n$/, '').trim()
  if (line === '') return wrong('EMPTY')
  if (/-----BEGIN|BEGIN SSH2/.test(line)) return wrong('OTHER_FORMAT')
  if (/[\r\n\u0085\u2028\u2029]/.test(line)) return wrong('SEVERAL_LINES')
  if (/\p{Cc}/u.test(line.replaceAll('\t', ' '))) return wrong('CONTROL_CHARACTERS')
  const [type = '', base64 = '', ...comment] = line.split(/[ \t]+/)
  const typeProblem = problemOfType(type, base64, comment)
  if (typeProblem) return wrong(typeProblem)
  if (comment.join(' ').length > longestComment) return wrong('COMMENT_TOO_LONG')
  return parseBlob(type as SshKeyType, base64)
}

/** PuTTY's header, and the beginning of the base64 body of OpenSSH's format, where the PEM header was left out. */
const privateKeyMarks = ['putty-user-key-file', 'b3blbnnzac1rzxktdj']
/**
 * Whether a text holds a private key in one of the formats PEM, OpenSSH, RFC 4716 and PuTTY. Any caller can have a text of
 * 256 KB looked at here, so the time grows linearly with its length.
 */
export function holdsPrivateKey(text: string): boolean {
  const lower = text.toLowerCase()
  return privateKeyMarks.some((mark) => lower.includes(mark)) || holdsPemHeader(lower)
}

/** `BEGIN PRIVATE KEY`, or with a kind in between: `OPENSSH `, `ENCRYPTED `, `SSH2 ENCRYPTED `. */
function holdsPemHeader(lower: string): boolean {
  const end = 'private key'
  for (let at = lower.indexOf(end); at >= 0; at = lower.indexOf(end, at + end.length)) {
    if (/begin [a-z0-9 ]{0,40}$/.test(lower.slice(Math.max(0, at - 46), at))) return true
  }
  return false
}

function problemOfType(type: string, ...[base64, comment]: [string, readonly string[]]): KeyProblem | undefined {
  if (isAccepted(type)) return undefined
  if (/-cert-v\d\d@/.test(type)) return 'CERTIFICATE'
  // Options stand before the type: `command="…",no-pty ssh-ed25519 AAAA…`.
  if ([base64, ...comment].some((word) => looksLikeType(word))) return 'OPTIONS'
  return 'TYPE_NOT_ACCEPTED'
}

const isAccepted = (type: string): type is SshKeyType => (sshKeyTypes as readonly string[]).includes(type)
const looksLikeType = (word: string) => isAccepted(word) || /^(ssh|ecdsa|sk)-[a-z0-9-]+/.test(word)

function parseBlob(type: SshKeyType, base64: string): Parsed<SshPublicKey> {
  const bytes = fromBase64(base64)
  if (!bytes) return wrong('NOT_BASE64')
  const fields = readSshStrings(bytes)
  const [name, ...rest] = fields ?? []
  if (!fields || !name) return wrong('MALFORMED')
  if (textOf(name) !== type) return wrong('OTHER_TYPE_INSIDE')
  const problem = problemOfFields(type, rest)
  return problem ? wrong(problem) : { ok: true, value: { type, blob: base64 } }
}

/** Only the one way of writing that encoders have: otherwise one key could be there twice. */
function fromBase64(text: string): Uint8Array | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const binary = atob(text)
  return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined
}

function problemOfFields(type: SshKeyType, fields: readonly Uint8Array[]): KeyProblem | undefined {
  switch (type) {
    case 'ssh-ed25519':
      return fields.length === 1 && isEd25519(fields[0]) ? undefined : 'MALFORMED'
    case 'sk-ssh-ed25519@openssh.com':
      return fields.length === 2 && isEd25519(fields[0]) && isApplication(fields[1]) ? undefined : 'MALFORMED'
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return fields.length === 3 && isPoint('nistp256', fields) && isApplication(fields[2]) ? undefined : 'MALFORMED'
    case 'ssh-rsa':
      return problemOfRsa(fields)
    default:
      return fields.length === 2 && isPoint(type.slice(-8), fields) ? undefined : 'MALFORMED'
  }
}

const isEd25519 = (key: Uint8Array | undefined) => key?.length === 32
const isApplication = (name: Uint8Array | undefined) => name !== undefined && name.length > 0

const coordinateBytes: Readonly<Record<string, number>> = { nistp256: 32, nistp384: 48, nistp521: 66 }

/** The curve's name, and a point on it in its uncompressed form (SEC 1, section 2.3.3). */
function isPoint(curve: string, [name, point]: readonly Uint8Array[]): boolean {
  const bytes = coordinateBytes[curve]
  if (!name || !point || !bytes) return false
  return textOf(name) === curve && point.length === 1 + 2 * bytes && point[0] === 4
}

/** An exponent and a modulus, both odd positive numbers without needless zeros. */
function problemOfRsa(fields: readonly Uint8Array[]): KeyProblem | undefined {
  const [exponent, modulus] = fields
  if (fields.length !== 2 || !exponent || !modulus) return 'MALFORMED'
  if (!isOddNumber(exponent) || !isOddNumber(modulus) || bitsOf(exponent) < 2 || bitsOf(exponent) > 256) {
    return 'MALFORMED'
  }
  if (bitsOf(modulus) < rsaBits.least) return 'SHORT_RSA'
  return bitsOf(modulus) > rsaBits.most ? 'LONG_RSA' : undefined
}

function isOddNumber(number: Uint8Array): boolean {
  const [first = 0x80, second = 0x80] = number
  const isPositive = first < 0x80
  const isShortest = first !== 0 || second >= 0x80
  return isPositive && isShortest && ((number.at(-1) ?? 0) & 1) === 1
}

function bitsOf(number: Uint8Array): number {
  const start = number.findIndex((byte) => byte !== 0)
  if (start < 0) return 0
  return (number.length - start - 1) * 8 + (32 - Math.clz32(number[start] ?? 0))
}

const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 64))

export type LabelProblem = 'EMPTY' | 'TOO_LONG' | 'CONTROL_CHARACTERS' | 'PRIVATE_KEY'

/** A label is for people: any letters, in one line, without what would turn a listing's text around. */
export function problemOfLabel(label: string): LabelProblem | undefined {
  if (holdsPrivateKey(label)) return 'PRIVATE_KEY'
  if (label.trim() === '') return 'EMPTY'
  if (label.length > longestLabel) return 'TOO_LONG'
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(label)) return 'CONTROL_CHARACTERS'
  return undefined
}

/** What is wrong with each, and what would be right; for whoever tries to add a key. */
export const keyProblems: Readonly<Record<KeyProblem, string>> = {
  EMPTY: 'publicKey is empty. Give the one line of a .pub file, such as `ssh-ed25519 AAAA… name`.',
  PRIVATE_KEY:
    'This is a private key, which nobody but its owner may have. It was not stored, but has left your hands: ' +
    'make a new pair (`ssh-keygen -t ed25519`), and give the line of its .pub file.',
  TOO_LONG: `publicKey is longer than ${longestLine} characters. Give the one line of a .pub file.`,
  SEVERAL_LINES: 'publicKey has several lines. Give one key, the one line of a .pub file; add others one by one.',
  CONTROL_CHARACTERS: 'publicKey holds control characters. Give the one line of a .pub file as it is.',
  OPTIONS: 'Options before a key, such as `command="…"`, are not taken. Begin with the type: `ssh-ed25519 AAAA…`.',
  CERTIFICATE: 'Certificates are not taken. Give the plain public key, the line of the .pub file beside it.',
  OTHER_FORMAT:
    'This is a public key in another format than OpenSSH’s. `ssh-keygen -i -f FILE` (with `-m PKCS8` for ' +
    '`BEGIN PUBLIC KEY`) prints the line to give.',
  TYPE_NOT_ACCEPTED: `This is no key of an accepted type. Accepted are ${sshKeyTypes.join(', ')}.`,
  NOT_BASE64: 'What follows the type is not whole base64. Copy the line of the .pub file again, without breaks.',
  OTHER_TYPE_INSIDE: 'The key is of another type than the word before it says. Copy the line of the .pub file again.',
  MALFORMED: 'The key is damaged: it does not hold what a key of its type holds. Copy the line of the .pub file again.',
  SHORT_RSA: `RSA keys need at least ${rsaBits.least} bits. Better: \`ssh-keygen -t ed25519\`.`,
  LONG_RSA: `RSA keys may have at most ${rsaBits.most} bits. Better: \`ssh-keygen -t ed25519\`.`,
  COMMENT_TOO_LONG: `The comment after the key is longer than ${longestComment} characters. Leave it out: there is a label.`,
}

export const labelProblems: Readonly<Record<LabelProblem, string>> = {
  EMPTY: 'label is empty. Name the key so that you know it again, e.g. "warehouse loader".',
  TOO_LONG: `label is longer than ${longestLabel} characters.`,
  CONTROL_CHARACTERS: 'label holds control characters or marks that turn text around. Use plain text in one line.',
  PRIVATE_KEY: keyProblems.PRIVATE_KEY,
}

/** The line of `authorized_keys`: `restrict` first, so that the key can do nothing that the server's configuration forgot to refuse. */
export function authorizedKeysLine({ type, blob }: SshPublicKey): string {
  return `restrict ${type} ${blob}`
}
