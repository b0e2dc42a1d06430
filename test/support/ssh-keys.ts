import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key pair as ssh-keygen makes it. */
export interface TestKey {
  /** The line of the `.pub` file. */
  readonly line: string
  /** The same without its comment. */
  readonly canonical: string
  readonly privateKey: string
  readonly fingerprint: string
}

/** @param args of ssh-keygen, such as `-t rsa -b 3072` */
export function makeKey(...args: readonly string[]): TestKey {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-key-'))
  const file = join(folder, 'key')
  try {
    execFileSync('ssh-keygen', [
      '-q',
      ...(args.includes('-N') ? [] : ['-N', '']),
      '-C',
      'somebody@somewhere',
      ...args,
      '-f',
      file,
    ])
    const line = readFileSync(`${file}.pub`, 'utf8').trimEnd()
    const listed = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' })
    return {
      line,
      canonical: line.split(' ').slice(0, 2).join(' '),
      privateKey: readFileSync(file, 'utf8'),
      fingerprint: listed.split(' ')[1] ?? '',
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A line of a type that ssh-keygen needs a device for, or would not make at all. */
export function keyLine(type: string, ...fields: readonly (string | Buffer)[]): string {
  const blob = Buffer.concat([type, ...fields].map(sshString))
  return `${type} ${blob.toString('base64')}`
}

export function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The public half of a security key whose private half is held here, in software. */
export function softSecurityKey(): { readonly line: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return { line: keyLine('sk-ssh-ed25519@openssh.com', raw, 'ssh:'), privateKey }
}

/** A point in the form of SEC 1 that stands for one of the curve. */
export const somePoint = (bytes: number) => Buffer.concat([Buffer.of(4), randomBytes(2 * bytes)])
