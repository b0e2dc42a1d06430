import { createHash, createHmac } from 'node:crypto'
import { sshFingerprint } from '../domain/ssh-fingerprint.js'
import { readSshStrings } from '../domain/ssh-strings.js'

/** The accepted keys of one server from a known_hosts file, or why the file can't be used for it. */
export type KnownHostKeys =
  { readonly ok: true; readonly fingerprints: readonly string[] } | { readonly ok: false; readonly message: string }

interface Line {
  readonly marker: string | undefined
  readonly hosts: string
  readonly key: Buffer | undefined
}

/**
 * Reads the form of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT": names, patterns with `*`, `?` and `!`, hashed names,
 * `[host]:port`, and `@revoked`, which excludes a key in every case. Certificate authorities are not supported, so a line
 * that names one for the server is refused and not ignored.
 * @returns `SHA256:<base64 without padding>` of each key
 */
export function keysOfKnownHost(content: string, host: string, port: number): KnownHostKeys {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
  const lines = content.split(/\r?\n/).flatMap((line) => readLine(line) ?? [])
  const ofServer = lines.filter(({ hosts }) => namesHost(hosts, name))
  const strange = ofServer.find(({ marker, key }) => (marker !== undefined && marker !== '@revoked') || !key)
  if (strange?.marker === '@cert-authority') {
    return { ok: false, message: `has @cert-authority for ${name}, which is not supported: list its host keys` }
  }
  if (strange) return { ok: false, message: `has a line for ${name} that can't be read` }
  const keysWith = (marker: string | undefined) =>
    ofServer.flatMap((line) => (line.marker === marker && line.key ? [fingerprintOf(line.key)] : []))
  const revoked = new Set(keysWith('@revoked'))
  const fingerprints = [...new Set(keysWith(undefined))].filter((fingerprint) => !revoked.has(fingerprint))
  if (fingerprints.length > 0) return { ok: true, fingerprints }
  const why = revoked.size > 0 ? 'no key that is not revoked' : 'no key'
  return { ok: false, message: `has ${why} for ${name}: add one, as \`ssh-keyscan -p ${port} ${host}\` prints it` }
}

function readLine(line: string): Line | undefined {
  const words = line.trim().split(/[ \t]+/)
  if (words[0] === '' || words[0]?.startsWith('#')) return undefined
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  const [hosts = '', type = '', base64 = ''] = words
  return { marker, hosts, key: keyOf(type, base64) }
}

/** The key in binary form, if it has the type that the line names. */
function keyOf(type: string, base64: string): Buffer | undefined {
  const key = Buffer.from(base64, 'base64')
  const [named] = readSshStrings(key) ?? []
  return named && Buffer.from(named).toString('latin1') === type ? key : undefined
}

function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  const matches = (pattern: string) => expressionOf(pattern).test(name)
  const excluded = patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))
  return !excluded && patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern))
}

/** `|1|salt|HMAC-SHA1(salt, name)`. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash] = hashed.split('|')
  return version === '1' && createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

function fingerprintOf(key: Buffer): string {
  return sshFingerprint(createHash('sha256').update(key).digest('base64'))
}
