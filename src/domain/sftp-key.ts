import { readSshStrings } from './ssh-strings.js'

/**
 * A tenant's own SSH keys: the keys that may log in over SFTP, and their form. Tidemark stores the type and the blob of a key,
 * never the line that a caller sent.
 */

/** A public key in its canonical form: as in `authorized_keys`, without options and without a comment. */
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

/** The accepted types: no DSA and no certificates. RSA keys must sign with SHA-2. */
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

/** The maximum number of keys of one tenant. */
export const mostSftpKeys = 20
/** The length of RSA keys. OpenSSH accepts no longer keys. */
const rsaBits = { least: 3072, most: 16_384 } as const
const longestLine = 16_384
const longestLabel = 100
const longestComment = 256

/** Why a text is not an accepted public key. */
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

/** Reads one line of a `.pub` file: type, base64, and an optional comment, which is dropped. */
export function parsePublicKey(text: string): Parsed<SshPublicKey> {
  // This check is first, so that a caller who has sent a private key gets no other message.
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

/** PuTTY's header, and the start of the base64 body in OpenSSH's format, for a key without its PEM header. */
const privateKeyMarks = ['putty-user-key-file', 'b3blbnnzac1rzxktdj']
/**
 * Whether a text contains a private key in one of the formats PEM, OpenSSH, RFC 4716 and PuTTY. Any caller can send a text of
 * 256 KB, so the time must grow linearly with its length.
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
  // Options come before the type: `command="…",no-pty ssh-ed25519 AAAA…`.
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

/** Accepts only the canonical encoding. Otherwise one key could be stored twice. */
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

/** A label is for people: any letters, in one line, without marks that reverse the direction of text. */
export function problemOfLabel(label: string): LabelProblem | undefined {
  if (holdsPrivateKey(label)) return 'PRIVATE_KEY'
  if (label.trim() === '') return 'EMPTY'
  if (label.length > longestLabel) return 'TOO_LONG'
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(label)) return 'CONTROL_CHARACTERS'
  return undefined
}

/** The message of each problem, for the caller that adds a key. */
export const keyProblems: Readonly<Record<KeyProblem, string>> = {
  EMPTY: 'publicKey is empty. Send the line of a .pub file, such as `ssh-ed25519 AAAA… name`.',
  PRIVATE_KEY:
    'publicKey or label contains a private key. It was not stored, but it is no longer secret. ' +
    'Create a new key pair with `ssh-keygen -t ed25519`, and send the line of its .pub file.',
  TOO_LONG: `publicKey is longer than ${longestLine} characters. Send the line of a .pub file.`,
  SEVERAL_LINES:
    'publicKey has several lines. Send the line of one .pub file, and add further keys with further calls.',
  CONTROL_CHARACTERS: 'publicKey contains control characters. Send the unchanged line of a .pub file.',
  OPTIONS:
    'publicKey has options before the key, such as `command="…"`, which are not accepted. Begin with the type: `ssh-ed25519 AAAA…`.',
  CERTIFICATE: 'publicKey is a certificate, which is not accepted. Send the public key: the line of the .pub file.',
  OTHER_FORMAT:
    'publicKey is not in the format of OpenSSH. Convert it with `ssh-keygen -i -f FILE`, and with `-m PKCS8` for ' +
    '`BEGIN PUBLIC KEY`. Send the line that the command prints.',
  TYPE_NOT_ACCEPTED: `publicKey does not have an accepted type. The accepted types are ${sshKeyTypes.join(', ')}.`,
  NOT_BASE64:
    'publicKey has incomplete or invalid base64 after the type. Copy the line of the .pub file again, without line breaks.',
  OTHER_TYPE_INSIDE:
    'publicKey contains a key of another type than the type before it. Copy the line of the .pub file again.',
  MALFORMED: 'publicKey is damaged: its fields do not fit its type. Copy the line of the .pub file again.',
  SHORT_RSA: `publicKey is an RSA key with fewer than ${rsaBits.least} bits. Create a new key with \`ssh-keygen -t ed25519\`.`,
  LONG_RSA: `publicKey is an RSA key with more than ${rsaBits.most} bits. Create a new key with \`ssh-keygen -t ed25519\`.`,
  COMMENT_TOO_LONG: `The comment after the key is longer than ${longestComment} characters. Leave it out, and use the label.`,
}

export const labelProblems: Readonly<Record<LabelProblem, string>> = {
  EMPTY: 'label is empty. Give the key a name, such as "warehouse loader".',
  TOO_LONG: `label is longer than ${longestLabel} characters. Choose a shorter name.`,
  CONTROL_CHARACTERS:
    'label contains control characters or marks that reverse the direction of text. Use plain text in one line.',
  PRIVATE_KEY: keyProblems.PRIVATE_KEY,
}

/** The line of `authorized_keys`. `restrict` forbids what the configuration of the server does not forbid. */
export function authorizedKeysLine({ type, blob }: SshPublicKey): string {
  return `restrict ${type} ${blob}`
}
