import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const mostOutput = 256 * 1024 * 1024

let installed: Promise<void> | undefined

/** Installs Debian's gnupg if gpg is missing and we are root. @throws if it is missing afterwards */
export function requireGpg(): Promise<void> {
  return (installed ??= findOrInstall())
}

async function findOrInstall(): Promise<void> {
  if (await isThere()) return
  if (userInfo().uid === 0) {
    console.info("gpg is missing: installing Debian's gnupg")
    const script = 'apt-get update && apt-get install -y --no-install-recommends gnupg gpg-agent'
    await run('flock', ['/var/lib/apt', 'sh', '-c', script], { timeout: 300_000, maxBuffer: mostOutput })
  }
  if (!(await isThere())) throw new Error('gpg is missing. Install it: apt-get install gnupg')
}

function isThere(): Promise<boolean> {
  return run('gpg', ['--version']).then(
    () => true,
    () => false,
  )
}

/** What gpg prints while it decrypts a file. */
export interface Decrypted {
  readonly content: Buffer
  /** The lines of `--status-fd`: which keys could decrypt, the cipher, the signature. */
  readonly status: string
}

/** A folder with keys of its own, as a tenant has it. */
export class GpgHome implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async open(): Promise<GpgHome> {
    await requireGpg()
    // The path of a socket of the agent must be short.
    return new GpgHome(await mkdtemp(join(tmpdir(), 'gpg-')))
  }

  /** Creates a key without a passphrase, and returns its fingerprint. By default it signs and encrypts, and never expires. */
  async generate(
    name: string,
    { algorithm = 'future-default', usage = 'default', expires = 'never', at = '', more = [] as string[] } = {},
  ): Promise<string> {
    const faked = at === '' ? [] : ['--faked-system-time', at]
    const userId = `${name} <${name}@example.com>`
    await this.gpg([...faked, ...more, '--quick-generate-key', userId, algorithm, usage, expires])
    const found = (await this.list()).filter((key) => key.userId === userId).at(-1)
    if (!found) throw new Error(`gpg has no key of ${userId}`)
    return found.fingerprint
  }

  async export(fingerprint: string): Promise<string> {
    return (await this.gpg(['--armor', '--export', fingerprint])).stdout.toString()
  }

  async exportSecret(fingerprint: string): Promise<string> {
    return (await this.gpg(['--armor', '--export-secret-keys', fingerprint])).stdout.toString()
  }

  async import(armored: string): Promise<void> {
    const file = join(this.folder, `${randomUUID()}.asc`)
    await writeFile(file, armored)
    await this.gpg(['--import', file])
  }

  /** Revokes a key with the certificate that gpg made with it. */
  async revoke(fingerprint: string): Promise<void> {
    const certificate = await readFile(join(this.folder, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8')
    await this.import(certificate.replace(':-----BEGIN', '-----BEGIN'))
  }

  async decrypt(encrypted: Buffer): Promise<Decrypted> {
    const file = join(this.folder, `${randomUUID()}.pgp`)
    await writeFile(file, encrypted)
    const { stdout, stderr } = await this.gpg(['--status-fd', '2', '--decrypt', file])
    return { content: stdout, status: stderr.toString() }
  }

  /** Any command, without questions. */
  gpg(parameters: readonly string[]): Promise<{ stdout: Buffer; stderr: Buffer }> {
    const always = ['--homedir', this.folder, '--batch', '--yes', '--no-tty', '--trust-model', 'always']
    const unlocked = ['--pinentry-mode', 'loopback', '--passphrase', '']
    return run('gpg', [...always, ...unlocked, ...parameters], { encoding: 'buffer', maxBuffer: mostOutput })
  }

  private async list(): Promise<{ fingerprint: string; userId: string }[]> {
    const { stdout } = await this.gpg(['--with-colons', '--list-keys'])
    return stdout
      .toString()
      .split(/^pub:/m)
      .slice(1)
      .map((key) => ({
        fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(key)?.[1] ?? '',
        userId: /^uid:(?:[^:]*:){8}([^:]*):/m.exec(key)?.[1] ?? '',
      }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('gpgconf', ['--homedir', this.folder, '--kill', 'all'])
    await rm(this.folder, { recursive: true, force: true })
  }
}
