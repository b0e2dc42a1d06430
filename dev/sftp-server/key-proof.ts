import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import ssh2, { type PublicKeyAuthContext } from 'ssh2'

/** Whether the offered key is the one of the line and, where the client has signed already, the signature is right. */
export function provesKey(login: PublicKeyAuthContext, line: string): boolean {
  const [type = '', base64 = ''] = line.split(' ')
  if (!Buffer.from(base64, 'base64').equals(login.key.data)) return false
  // The algorithm `ssh-rsa` signs with SHA-1; RSA keys log in by rsa-sha2-256 and rsa-sha2-512.
  if (type === 'ssh-rsa' && login.hashAlgo === undefined) return false
  // Without a signature the client only asks whether trying this key makes sense; ssh2 then lets nobody in.
  if (!login.signature) return true
  if (login.blob === undefined) return false
  const signed = { blob: login.blob, signature: login.signature }
  return type.startsWith('sk-') ? isSignedBySecurityKey(login.key.data, signed) : isSignedByKey(login, line, signed)
}

interface Signed {
  readonly blob: Buffer
  readonly signature: Buffer
}

function isSignedByKey(login: PublicKeyAuthContext, line: string, { blob, signature }: Signed): boolean {
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error) return false
  // What can't be verified at all comes back as an error, which must not pass for true; the types don't say so.
  const verdict: unknown = key.verify(blob, signature, login.hashAlgo)
  return verdict === true
}

const userPresent = 0x01

/**
 * A signature by a hardware key, which ssh2 has no part in (OpenSSH's PROTOCOL.u2f): the device signs a hash of the
 * application, its flags and its counter, and a hash of the message. Somebody must have touched it.
 */
function isSignedBySecurityKey(publicKey: Buffer, { blob, signature }: Signed): boolean {
  const parsed = securityKeyOf(publicKey)
  // The signature itself, without the length before it, which ssh2 has taken off; then a byte and a counter.
  const [proof, flags] = [signature.subarray(0, -5), signature.subarray(-5)]
  if (!parsed || signature.length < 6 || ((flags[0] ?? 0) & userPresent) === 0) return false
  const message = Buffer.concat([sha256(parsed.application), flags, sha256(blob)])
  if (parsed.type === 'sk-ssh-ed25519@openssh.com') return verify(null, message, parsed.key, proof)
  const [r, s] = stringsOf(proof).map(unsigned32)
  return r !== undefined && s !== undefined && verify('sha256', message, ieee(parsed.key), Buffer.concat([r, s]))
}

const ieee = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()

function securityKeyOf(publicKey: Buffer): { type: string; key: KeyObject; application: Buffer } | undefined {
  const [type, ...fields] = stringsOf(publicKey)
  const application = fields.at(-1)
  const material = fields.at(-2)
  if (!type || !application || !material) return undefined
  return { type: String(type), key: keyFrom(material), application }
}

/** From 32 bytes of ed25519, or from a point of P-256 in its uncompressed form. */
function keyFrom(material: Buffer): KeyObject {
  const part = (start: number) => material.subarray(start, start + 32).toString('base64url')
  const jwk =
    material.length === 32
      ? { kty: 'OKP', crv: 'Ed25519', x: part(0) }
      : { kty: 'EC', crv: 'P-256', x: part(1), y: part(33) }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** The strings of a blob, each led by its length, as far as they are whole. */
function stringsOf(bytes: Buffer): Buffer[] {
  const strings: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    strings.push(bytes.subarray(at + 4, end))
    at = end
  }
  return strings
}

/** A number of at most 32 bytes, in 32 bytes. */
function unsigned32(number: Buffer): Buffer {
  const digits = number.subarray(Math.max(0, number.length - 32))
  return Buffer.concat([Buffer.alloc(32 - digits.length), digits])
}
