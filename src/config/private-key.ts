import { createPrivateKey, type KeyObject } from 'node:crypto'
import ssh2 from 'ssh2'
import { openSshEd25519 } from './openssh-ed25519.js'

/** A private key in a format that ssh2 reads, or its problem, in words that do not quote the key. */
export type PrivateKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly about: 'key' | 'passphrase'; readonly message: string }

const forms = 'a private key in the form of OpenSSH, PEM (PKCS#1, SEC 1 or PKCS#8) or PuTTY 2'
const types = 'use ed25519, ECDSA (nistp256, nistp384, nistp521) or RSA'

/** Parses the key with ssh2. Converts PKCS#8 first, because ssh2 does not support it. */
export function readPrivateKey(text: string, passphrase: string | undefined): PrivateKey {
  const given = text.trim()
  const problem = problemOfText(given)
  if (problem !== undefined) return unusable(problem)
  const converted = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(given)
    ? fromPkcs8(given, passphrase)
    : ({ ok: true, key: given } as const)
  return converted.ok ? checkedBySsh2(converted.key, passphrase) : converted
}

function unusable(message: string): PrivateKey {
  return { ok: false, about: 'key', message }
}

const locked = unusable('is encrypted: set its passphrase in SFTP_PRIVATE_KEY_PASSPHRASE')
const wrongPassphrase: PrivateKey = { ok: false, about: 'passphrase', message: 'does not decrypt SFTP_PRIVATE_KEY' }

function problemOfText(text: string): string | undefined {
  if (/^(ssh-|ecdsa-|sk-)[\w@.-]+ |BEGIN (\w+ )?PUBLIC KEY|BEGIN SSH2 PUBLIC KEY|BEGIN CERTIFICATE/.test(text)) {
    return 'is a public key: give the private key, whose first line has the words PRIVATE KEY'
  }
  if (text.includes('\\n') || (text.startsWith('-----BEGIN') && !text.includes('\n'))) {
    return 'has lost its line ends: use real line ends, not \\n, or set SFTP_PRIVATE_KEY_FILE to the path of the key'
  }
  return undefined
}

function fromPkcs8(text: string, passphrase: string | undefined): PrivateKey {
  if (text.startsWith('-----BEGIN ENCRYPTED') && passphrase === undefined) return locked
  try {
    return inFormForSsh2(createPrivateKey({ key: text, format: 'pem', passphrase }))
  } catch {
    // OpenSSL reports the same error for a wrong passphrase and for damaged bytes.
    return text.startsWith('-----BEGIN ENCRYPTED') ? wrongPassphrase : unusable(`can't be read: it must be ${forms}`)
  }
}

function inFormForSsh2(key: KeyObject): PrivateKey {
  if (key.asymmetricKeyType === 'ed25519') return { ok: true, key: openSshEd25519(key) }
  if (key.asymmetricKeyType === 'rsa') return { ok: true, key: pem(key, 'pkcs1') }
  if (key.asymmetricKeyType === 'ec') return { ok: true, key: pem(key, 'sec1') }
  return unusable(`has a type that SSH does not support: ${types}`)
}

function pem(key: KeyObject, type: 'pkcs1' | 'sec1'): string {
  return String(key.export({ type, format: 'pem' }))
}

function checkedBySsh2(key: string, passphrase: string | undefined): PrivateKey {
  const parsed = ssh2.utils.parseKey(key, passphrase)
  if (parsed instanceof Error) return wordsFor(parsed.message, isEncrypted(key))
  if (!parsed.isPrivateKey()) return unusable(`is not a private key: it must be ${forms}`)
  if (parsed.type === 'ssh-dss') return unusable(`is a DSA key, which servers refuse: ${types}`)
  return { ok: true, key }
}

function isEncrypted(key: string): boolean {
  const withoutPassphrase = ssh2.utils.parseKey(key)
  return withoutPassphrase instanceof Error && saysEncrypted(withoutPassphrase.message)
}

/** Reads the message of ssh2, but does not quote it. */
function saysEncrypted(message: string): boolean {
  return /no passphrase given/i.test(message)
}

function wordsFor(message: string, encrypted: boolean): PrivateKey {
  if (saysEncrypted(message)) return locked
  if (encrypted) return wrongPassphrase
  if (/unsupported [^\n]{0,100}private key/i.test(message))
    return unusable(`has a type that Tidemark does not support: ${types}`)
  return unusable(`can't be read: it must be ${forms}`)
}
