import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { readPrivateKey } from '../../src/config/private-key.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

const passphrase = 'its passphrase'
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
const keys: [string, KeyObject][] = [
  ['ed25519', generateKeyPairSync('ed25519').privateKey],
  ['ECDSA nistp256', ec('prime256v1')],
  ['ECDSA nistp384', ec('secp384r1')],
  ['ECDSA nistp521', ec('secp521r1')],
  ['RSA', rsa],
]

const pkcs8 = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }))
const lockedPkcs8 = (key: KeyObject) =>
  String(key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }))

const hasKeygen = await commandAvailable('ssh-keygen', 'keys that are read, held to what ssh-keygen reads')

/** The public half of what was read, as ssh2 finds it. */
function publicHalf(key: string): { readonly pem: string; readonly blob: string } {
  const parsed = ssh2.utils.parseKey(key)
  if (parsed instanceof Error) throw parsed
  return { pem: parsed.getPublicPEM(), blob: parsed.getPublicSSH().toString('base64') }
}

/** The same as ssh-keygen finds it. */
function blobFromKeygen(key: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-key-'))
  try {
    writeFileSync(join(folder, 'key'), key, { mode: 0o600 })
    const line = execFileSync('ssh-keygen', ['-y', '-P', '', '-f', join(folder, 'key')], { encoding: 'utf8' })
    return line.trimEnd().split(' ')[1]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.runIf(hasKeygen).each(keys)('ssh-keygen reads the same key from what was read of PKCS#8: %s', (_type, key) => {
  for (const [text, phrase] of [
    [pkcs8(key), undefined],
    [lockedPkcs8(key), passphrase],
  ] as const) {
    const read = readPrivateKey(text, phrase)
    if (!read.ok) throw new Error(read.message)
    expect(blobFromKeygen(read.key)).toBe(publicHalf(read.key).blob)
  }
})

test.each(keys)('a key in PKCS#8 is read, with a passphrase or without: %s', (_type, key) => {
  const expected = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))
  for (const [text, phrase] of [
    [pkcs8(key), undefined],
    [pkcs8(key).replaceAll('\n', '\r\n'), undefined],
    [lockedPkcs8(key), passphrase],
  ] as const) {
    const read = readPrivateKey(text, phrase)
    if (!read.ok) throw new Error(read.message)
    expect(createPublicKey(publicHalf(read.key).pem).equals(createPublicKey(expected))).toBe(true)
  }
})

test('a private key in the form of OpenSSH or PKCS#1 is used unchanged, also with a passphrase', () => {
  const plain = makeKey('-t', 'ed25519').privateKey
  const locked = makeKey('-t', 'ed25519', '-N', passphrase).privateKey
  const pkcs1 = String(rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase }))
  expect(readPrivateKey(plain, undefined)).toEqual({ ok: true, key: plain.trim() })
  expect(readPrivateKey(locked, passphrase)).toEqual({ ok: true, key: locked.trim() })
  expect(readPrivateKey(pkcs1, passphrase)).toEqual({ ok: true, key: pkcs1.trim() })
})

const openSsh = makeKey('-t', 'ed25519')
const lockedOpenSsh = makeKey('-t', 'ed25519', '-N', passphrase).privateKey
const lockedPkcs1 = String(rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase }))

test.each<[string, string, string | undefined, RegExp]>([
  [
    'with \\n in place of line ends',
    openSsh.privateKey.replaceAll('\n', '\\n'),
    undefined,
    /lost its line ends.*_FILE/,
  ],
  ['PKCS#8 with \\n', pkcs8(rsa).replaceAll('\n', '\\n'), undefined, /lost its line ends/],
  [
    'with blanks in place of line ends',
    openSsh.privateKey.trim().replaceAll('\n', ' '),
    undefined,
    /lost its line ends/,
  ],
  ['a public key', openSsh.line, undefined, /is a public key: give the private key/],
  [
    'a public key in PEM',
    String(createPublicKey(rsa).export({ type: 'spki', format: 'pem' })),
    undefined,
    /is a public key/,
  ],
  ['OpenSSH, encrypted', lockedOpenSsh, undefined, /is encrypted: .*SFTP_PRIVATE_KEY_PASSPHRASE/],
  ['PKCS#1, encrypted', lockedPkcs1, undefined, /is encrypted/],
  ['PKCS#8, encrypted', lockedPkcs8(rsa), undefined, /is encrypted/],
  ['OpenSSH, with another passphrase', lockedOpenSsh, 'a guess', /does not decrypt/],
  ['PKCS#1, with another passphrase', lockedPkcs1, 'a guess', /does not decrypt/],
  ['PKCS#8, with another passphrase', lockedPkcs8(rsa), 'a guess', /does not decrypt/],
  ['damaged', openSsh.privateKey.replace(/\n(.{10})/, '\n'), undefined, /can't be read: it must be a private key/],
  ['PKCS#8, damaged', pkcs8(rsa).replace(/\n(.{10})/, '\n'), undefined, /can't be read/],
  ['another file', 'the content of some other file', undefined, /can't be read/],
  ['of another type', pkcs8(generateKeyPairSync('x25519').privateKey), undefined, /a type that SSH does not support/],
  ['of another curve', pkcs8(ec('secp256k1')), undefined, /a type that Tidemark does not support: use ed25519/],
])('an unusable private key is refused with advice and without any of it: %s', (_what, key, phrase, words) => {
  const read = readPrivateKey(key, phrase)
  expect(read).toMatchObject({ ok: false, message: expect.stringMatching(words) })
  for (const line of key.split(/\\n|\s/).filter((each) => each.length > 8 && !each.startsWith('-'))) {
    expect(JSON.stringify(read)).not.toContain(line)
  }
  expect(JSON.stringify(read)).not.toContain('a guess')
})
