import { type KeyObject, randomBytes } from 'node:crypto'
import { writeSshString } from '../domain/ssh-strings.js'

/**
 * An ed25519 private key in OpenSSH's format, because ssh2 reads such keys in no other format. See PROTOCOL.key of OpenSSH:
 * no encryption, one key, and blocks of 8 bytes.
 */
export function openSshEd25519(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' })
  const [publicKey, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')]
  const publicBlob = fields('ssh-ed25519', publicKey)
  const check = randomBytes(4)
  const content = [check, check, publicBlob, fields(Buffer.concat([seed, publicKey]), '')]
  const length = content.reduce((sum, part) => sum + part.length, 0)
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (length % 8)) % 8))
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    fields('none', 'none', ''),
    Buffer.from([0, 0, 0, 1]),
    fields(publicBlob, Buffer.concat([...content, padding])),
  ])
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

/** Encodes each value as an SSH string. */
function fields(...values: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(values.map((value) => writeSshString(Buffer.from(value))))
}
