import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import ssh2, { type PublicKeyAuthContext } from 'ssh2'
import { describe, expect, test } from 'vitest'
import { provesKey } from '../../../dev/sftp-server/key-proof.js'
import { keyLine, makeKey, sshString } from '../../support/sftp/ssh-keys.js'

/** A security key in software: what it signs is what OpenSSH's PROTOCOL.u2f says. */
function ed25519Key() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return {
    line: keyLine('sk-ssh-ed25519@openssh.com', raw, 'ssh:'),
    prove: (message: Buffer) => sign(null, message, privateKey),
  }
}

function ecdsaKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return {
    line: keyLine('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:'),
    prove: (message: Buffer) => ecdsaProof(message, privateKey),
  }
}

/** Two numbers as SSH writes them: shortest, with a zero in front where the first bit is set. */
function ecdsaProof(message: Buffer, key: KeyObject): Buffer {
  const both = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  const number = (digits: Buffer) => {
    const shortest = digits.subarray(digits.findIndex((byte) => byte !== 0))
    return sshString((shortest[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest)
  }
  return Buffer.concat([number(both.subarray(0, 32)), number(both.subarray(32))])
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()

describe.each([
  ['ed25519', ed25519Key],
  ['ECDSA', ecdsaKey],
])('a security key of the kind %s', (_kind, make) => {
  const { line, prove } = make()
  const blob = randomBytes(200)
  const login = (signature: Buffer | undefined, signed = blob): PublicKeyAuthContext =>
    ({
      key: { data: Buffer.from(line.split(' ')[1] ?? '', 'base64') },
      signature,
      blob: signed,
    }) as PublicKeyAuthContext
  const signature = (flags: number, application = 'ssh:', message = blob) => {
    const end = Buffer.of(flags, 0, 0, 0, 7)
    return Buffer.concat([prove(Buffer.concat([sha256(application), end, sha256(message)])), end])
  }

  test('a security key of the kind %s logs in with a signature made after a touch', () => {
    // Many, so that numbers of all lengths come up.
    for (let times = 0; times < 300; times += 1) expect(provesKey(login(signature(1)), line)).toBe(true)
    expect(provesKey(login(signature(5)), line)).toBe(true)
    expect(provesKey(login(undefined), line)).toBe(true)
  })

  test.each([
    ['it was not touched', login(signature(0))],
    ['it signed for a web site', login(signature(1, 'https://example.com'))],
    ['it signed something else', login(signature(1, 'ssh:', randomBytes(200)))],
    ['its counter was changed', login(Buffer.concat([signature(1).subarray(0, -1), Buffer.of(8)]))],
    ['the signature is cut off', login(signature(1).subarray(0, 4))],
    ['the signature is noise', login(Buffer.concat([randomBytes(64), Buffer.of(1, 0, 0, 0, 7)]))],
    ['nothing was signed', { ...login(signature(1)), blob: undefined } as unknown as PublicKeyAuthContext],
  ])('a security key is refused if %s', (_what, wrong) => {
    expect(provesKey(wrong, line)).toBe(false)
  })

  test('another security key of the same kind is refused', () => {
    expect(provesKey(login(signature(1)), make().line)).toBe(false)
  })
})

describe('an RSA key', () => {
  const { privateKey, canonical } = makeKey('-t', 'rsa', '-b', '3072')
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) throw key
  const blob = randomBytes(200)
  /** `named` is what ssh2 makes of the algorithm's name; it leaves the hash out for `ssh-rsa`, which is SHA-1. */
  const login = (hash: string, named: string | undefined) =>
    ({
      key: { data: key.getPublicSSH() },
      signature: key.sign(blob, hash),
      blob,
      hashAlgo: named,
    }) as unknown as PublicKeyAuthContext

  test('an RSA key logs in with SHA-2 and not with SHA-1, whatever the name of the algorithm', () => {
    expect(provesKey(login('sha256', 'sha256'), canonical)).toBe(true)
    expect(provesKey(login('sha512', 'sha512'), canonical)).toBe(true)
    expect(provesKey(login('sha1', undefined), canonical)).toBe(false)
    expect(provesKey(login('sha1', 'sha256'), canonical)).toBe(false)
  })
})
