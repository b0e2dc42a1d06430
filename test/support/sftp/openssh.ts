import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SftpOptions } from '../../../src/sftp/sftp.js'
import { openSshAvailability } from './openssh-availability.js'
import { endSshd, launchSshd, type SshdSettings, writeConfig } from './sshd-process.js'

const run = promisify(execFile)

/** An `sshd` of a test's own. Log in with `privateKey`; paths are absolute, uploads belong under `rootFolder`. */
export interface OpenSsh {
  readonly host: string
  readonly port: number
  /** root where the tests run as root, else the user that runs them: an ordinary user's sshd serves nobody else. */
  readonly username: string
  /** In OpenSSH's format, without a passphrase. */
  readonly privateKey: string
  /** The same key as a file (0600), for command-line clients. */
  readonly privateKeyFile: string
  /** `SHA256:<base64>` as `ssh-keygen -lf` prints it. */
  readonly hostKeyFingerprints: readonly string[]
  /** An absolute path to an empty folder for uploads; what `SftpConfig.root` takes. */
  readonly rootFolder: string
  /** Of the listening process; undefined while it is halted. */
  pid(): number | undefined
  /** What sshd wrote so far, for explaining a failed test. */
  log(): string
  /** Ends the server and every connection, as an outage does (connections: on Linux only). `start` brings it back. */
  halt(): Promise<void>
  /** Starts again after `halt`, on the same port and with the same keys. */
  start(): Promise<void>
  /** `halt`, then `start`, with other settings from now on where some are given. */
  restart(settings?: SshdSettings): Promise<void>
  /** Restarts with another host key. Gives what puts the first one back. */
  changeHostKey(): Promise<() => Promise<void>>
  /** Lets the client's key in no longer. Gives what lets it in again. */
  revokeClientKey(): Promise<() => Promise<void>>
  /** Ends everything and removes the server's own folders. */
  stop(): Promise<void>
}

/** What Tidemark's own client needs to reach it. */
export function targetOptions(server: OpenSsh): SftpOptions {
  const { host, port, username, privateKey, hostKeyFingerprints, rootFolder: root } = server
  const auth = { kind: 'privateKey', privateKey, passphrase: undefined } as const
  return { host, port, username, auth, hostKeyFingerprints, root }
}

/**
 * Starts sshd on a free port of 127.0.0.1 with keys of its own: public-key logins and SFTP only.
 * @param folder where uploads go (`rootFolder`); a temporary folder, removed at `stop`, where it is not given.
 */
export async function startOpenSsh({ folder, ...initial }: { folder?: string } & SshdSettings = {}): Promise<OpenSsh> {
  const found = await openSshAvailability()
  if (!found.available) throw new Error(`OpenSSH's server is not available: ${found.reason}`)
  const base = await mkdtemp(join(tmpdir(), 'tidemark-sshd-'))
  const rootFolder = folder ?? join(base, 'root')
  await mkdir(rootFolder, { recursive: true })
  const [hostKeyFile, privateKeyFile] = [join(base, 'host_key'), join(base, 'client_key')]
  await Promise.all([generateKey(hostKeyFile), generateKey(privateKeyFile)])
  // sshd refuses to start as root without its folder for privilege separation, which a container may not have.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })

  let log = ''
  const note = (text: string): void => void (log = (log + text).slice(-100_000))
  let settings: SshdSettings = initial
  const launch = async (port: number) =>
    launchSshd(found.sshd, { configFile: await writeConfig(base, port, settings), settings, note })
  let port = await freePort()
  // Between finding a free port and sshd's bind another process may take it: then another port.
  let sshd: ChildProcess | undefined = await launch(port).catch(async () => launch((port = await freePort())))

  const halt = async (): Promise<void> => {
    if (sshd) await endSshd(sshd)
    sshd = undefined
  }
  const start = async (): Promise<void> => {
    sshd ??= await launch(port)
  }
  const restart = async (changed: SshdSettings = settings): Promise<void> => {
    settings = changed
    await halt()
    await start()
  }
  return {
    host: '127.0.0.1',
    port,
    username: userInfo().username,
    privateKey: await readFile(privateKeyFile, 'utf8'),
    privateKeyFile,
    hostKeyFingerprints: [await fingerprintOf(hostKeyFile)],
    rootFolder,
    pid: () => sshd?.pid,
    log: () => log,
    halt,
    start,
    restart,
    changeHostKey: async () => {
      await moveKey(hostKeyFile, `${hostKeyFile}_first`)
      await generateKey(hostKeyFile)
      await restart()
      return async () => {
        await moveKey(`${hostKeyFile}_first`, hostKeyFile)
        await restart()
      }
    },
    revokeClientKey: async () => {
      const authorized = await readFile(`${privateKeyFile}.pub`)
      await writeFile(`${privateKeyFile}.pub`, '')
      return () => writeFile(`${privateKeyFile}.pub`, authorized)
    },
    stop: async () => {
      await halt()
      await rm(base, { recursive: true, force: true })
    },
  }
}

async function generateKey(file: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'tidemark-test', '-f', file])
}

async function moveKey(from: string, to: string): Promise<void> {
  await rename(from, to)
  await rename(`${from}.pub`, `${to}.pub`)
}

async function fingerprintOf(keyFile: string): Promise<string> {
  const { stdout } = await run('ssh-keygen', ['-l', '-f', `${keyFile}.pub`])
  const match = /SHA256:\S+/.exec(stdout)
  if (!match) throw new Error(`ssh-keygen printed no fingerprint: ${stdout}`)
  return match[0]
}

/** One that nothing listens on now; whoever takes it should be quick. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
