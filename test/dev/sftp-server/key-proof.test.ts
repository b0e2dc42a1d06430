import { randomBytes } from 'node:crypto'
import ssh2, { type PublicKeyAuthContext } from 'ssh2'
import { expect, test } from 'vitest'
import { provesKey } from '../../../dev/sftp-server/key-proof.js'
import { makeKey, softSecurityKey } from '../../support/sftp/ssh-keys.js'

const blob = randomBytes(200)

function loginWith(line: string, signature?: Buffer, hashAlgo?: string): PublicKeyAuthContext {
  const key = { data: Buffer.from(line.split(' ')[1] ?? '', 'base64') }
  return { key, signature, blob, hashAlgo } as unknown as PublicKeyAuthContext
}

function keyThatSigns(...options: string[]) {
  const { privateKey, canonical } = makeKey(...options)
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) throw key
  return { canonical, sign: (data: Buffer, hash?: string) => key.sign(data, hash) }
}

test('an RSA key logs in with SHA-2, and not with SHA-1, whatever the algorithm is called', () => {
  const { canonical, sign } = keyThatSigns('-t', 'rsa', '-b', '3072')
  expect(provesKey(loginWith(canonical, sign(blob, 'sha256'), 'sha256'), canonical)).toBe(true)
  expect(provesKey(loginWith(canonical, sign(blob, 'sha512'), 'sha512'), canonical)).toBe(true)
  expect(provesKey(loginWith(canonical, sign(blob, 'sha1'), undefined), canonical)).toBe(false)
  expect(provesKey(loginWith(canonical, sign(blob, 'sha1'), 'sha256'), canonical)).toBe(false)
})

test('an ed25519 key logs in with its own signature of the same data only', () => {
  const { canonical, sign } = keyThatSigns('-t', 'ed25519')
  const other = keyThatSigns('-t', 'ed25519')
  expect(provesKey(loginWith(canonical), canonical)).toBe(true)
  expect(provesKey(loginWith(canonical, sign(blob)), canonical)).toBe(true)
  expect(provesKey(loginWith(canonical, sign(randomBytes(200))), canonical)).toBe(false)
  expect(provesKey(loginWith(canonical, other.sign(blob)), canonical)).toBe(false)
  expect(provesKey(loginWith(canonical, randomBytes(64)), canonical)).toBe(false)
  expect(provesKey(loginWith(other.canonical, other.sign(blob)), canonical)).toBe(false)
  const unsigned = { ...loginWith(canonical, sign(blob)), blob: undefined } as unknown as PublicKeyAuthContext
  expect(provesKey(unsigned, canonical)).toBe(false)
})

test('a security key is refused', () => {
  const { line } = softSecurityKey()
  expect(provesKey(loginWith(line), line)).toBe(false)
  expect(provesKey(loginWith(line, randomBytes(69)), line)).toBe(false)
})
