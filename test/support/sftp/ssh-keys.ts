import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import ssh2 from 'ssh2'
import { writeSshString } from '../../../src/domain/ssh-strings.js'
import { sshFingerprint } from '../../../src/domain/ssh-fingerprint.js'

/** A key pair as ssh-keygen makes it. */
export interface TestKey {
  /** The line of the `.pub` file. */
  readonly line: string
  /** The same without its comment. */
  readonly canonical: string
  readonly privateKey: string
  readonly fingerprint: string
}

/**
 * Makes a key pair as `ssh-keygen` does, without it: not every machine has OpenSSH.
 * @param args of ssh-keygen: `-t` with the type, `-b` with the bits, `-N` with a passphrase
 */
export function makeKey(...args: readonly string[]): TestKey {
  const argument = (name: string): string | undefined =>
    args.includes(name) ? args[args.indexOf(name) + 1] : undefined
  const type = (argument('-t') ?? 'ed25519') as keyof typeof usualBits
  const passphrase = argument('-N')
  const pair = generate(type, {
    bits: Number(argument('-b') ?? usualBits[type]),
    comment: 'somebody@somewhere',
    ...(passphrase && { passphrase, cipher: 'aes256-ctr', rounds: 16 }),
  })
  const canonical = pair.public.split(' ').slice(0, 2).join(' ')
  const blob = Buffer.from(canonical.split(' ')[1] ?? '', 'base64')
  return {
    line: pair.public.trimEnd(),
    canonical,
    privateKey: `${pair.private.trimEnd()}\n`,
    fingerprint: sshFingerprint(createHash('sha256').update(blob).digest('base64')),
  }
}

const usualBits = { ed25519: 256, ecdsa: 256, rsa: 3072 }

/** ssh2 1.17 makes a malformed ed25519 key once in 256 times: that one is thrown away. */
function generate(type: keyof typeof usualBits, options: object): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(type, options)
    const { passphrase } = options as { passphrase?: string }
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair
  }
}

/** A line of a type that ssh-keygen needs a device for, or would not make at all. */
export function keyLine(type: string, ...fields: readonly (string | Buffer)[]): string {
  const blob = Buffer.concat([type, ...fields].map(sshString))
  return `${type} ${blob.toString('base64')}`
}

export function sshString(value: string | Buffer): Buffer {
  return Buffer.from(writeSshString(Buffer.from(value)))
}

/** The public half of a security key whose private half is held here, in software. */
export function softSecurityKey(): { readonly line: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return { line: keyLine('sk-ssh-ed25519@openssh.com', raw, 'ssh:'), privateKey }
}

/** A point in the form of SEC 1 that stands for one of the curve. */
export const somePoint = (bytes: number) => Buffer.concat([Buffer.of(4), randomBytes(2 * bytes)])
