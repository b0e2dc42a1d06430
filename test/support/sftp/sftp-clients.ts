import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'

const run = promisify(execFile)

export interface Login {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password?: string
  readonly privateKey?: string
  /** False: asks for OpenSSH's extensions of any server. */
  readonly strictVendor?: boolean
  readonly agent?: ssh2.BaseAgent
  /** Asks for the agent to be forwarded with each command. */
  readonly agentForward?: boolean
}

export interface SftpBatchResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs commands through OpenSSH's `sftp`, with the server's host key pinned.
 * Rejects only where `sftp` can't be run at all; `code` is its exit code.
 * @param hostKey the server's public key as a line of `ssh-keyscan` has it: `ssh-ed25519 AAAA…`
 */
export async function sftpBatch(login: Login, hostKey: string, commands: readonly string[]): Promise<SftpBatchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-sftp-client-'))
  try {
    await writeFile(join(folder, 'batch'), commands.join('\n') + '\n')
    await writeFile(join(folder, 'known_hosts'), `[${login.host}]:${login.port} ${hostKey}\n`)
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${join(folder, 'known_hosts')}`]
    const env: Record<string, string> = { PATH: '/usr/bin:/bin:/usr/local/bin', HOME: folder }
    if (login.privateKey === undefined) {
      // The only way to give a password without a terminal; `-b` would turn passwords off.
      await writeFile(join(folder, 'password'), login.password ?? '')
      await writeFile(join(folder, 'askpass'), `#!/bin/sh\ncat '${join(folder, 'password')}'\n`)
      await chmod(join(folder, 'askpass'), 0o700)
      Object.assign(env, { SSH_ASKPASS: join(folder, 'askpass'), SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' })
      options.push('BatchMode=no', 'PubkeyAuthentication=no', 'NumberOfPasswordPrompts=1')
    } else {
      await writeFile(join(folder, 'key'), login.privateKey, { mode: 0o600 })
      options.push(`IdentityFile=${join(folder, 'key')}`, 'IdentitiesOnly=yes')
    }
    const args = ['-F', 'none', ...options.flatMap((option) => ['-o', option]), '-P', String(login.port)]
    return await run('sftp', [...args, '-b', join(folder, 'batch'), `${login.username}@${login.host}`], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: SftpBatchResult & Error) => {
        if (typeof error.code !== 'number') throw error
        return { code: error.code, stdout: error.stdout, stderr: error.stderr }
      },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A connected client of the npm world; call `end()` on it. */
export async function connectSftp(login: Login, options: ConnectConfig = {}): Promise<SftpClient> {
  const client = new SftpClient()
  await client.connect({ ...login, ...options })
  return client
}

/** Reads the bytes from `start` to `end`, which is not read, through a handle of their own. Resolves when it is closed. */
export function readPart(sftp: SftpClient, path: string, start: number, end: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = sftp.createReadStream(path, { start, end: end - 1 })
    stream.on('error', reject).on('close', resolve).resume()
  })
}

/** An SSH connection for what SFTP clients don't do. Rejects where the login is refused. */
export function connectSsh(login: Login): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    // Also later errors have a listener: a server that ends the connection is part of these tests.
    client.once('ready', () => resolve(client)).on('error', reject)
    client.connect({ ...login })
  })
}

/** The bytes of an SFTP channel, for requests that no client would send. */
export function openRawSftp(client: ssh2.Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) =>
    client.subsys('sftp', (error, channel) => (error ? reject(error) : resolve(channel))),
  )
}

/** An SFTP packet; `parts` are 32-bit numbers, or strings that get their length in front. */
export function packet(type: number, ...parts: readonly (number | string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? uint32(part) : withLength(part))))
  return Buffer.concat([uint32(body.length + 1), Buffer.of(type), body])
}

function withLength(part: string | Buffer): Buffer {
  const bytes = Buffer.from(part)
  return Buffer.concat([uint32(bytes.length), bytes])
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** What a server's bytes hold of whole SFTP packets, each from its type on. */
export function packetsOf(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let offset = 0; offset + 4 <= bytes.length && offset + 4 + bytes.readUInt32BE(offset) <= bytes.length;) {
    const end = offset + 4 + bytes.readUInt32BE(offset)
    packets.push(bytes.subarray(offset + 4, end))
    offset = end
  }
  return packets
}
