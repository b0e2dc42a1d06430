import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { readEnvironment } from '../../../src/config/env.js'
import type { SftpOptions } from '../../../src/sftp/sftp.js'

const run = promisify(execFile)

/** Whether tests can run against OpenSSH's server on this machine, and where it is or why not. */
export type OpenSshAvailability =
  { readonly available: true; readonly sshd: string } | { readonly available: false; readonly reason: string }

/** What differs from a server that permits everything. */
export interface SshdSettings {
  /** Channels on one connection. */
  readonly maxSessions?: number
  /** Connections that have not logged in yet: `1:100:1` drops every one that finds another one waiting. */
  readonly maxStartups?: string
  /** The only cipher that is offered, where it is not OpenSSH's own choice. */
  readonly cipher?: string
  /** Arguments of `internal-sftp`: `-R` for read-only, `-P fsync,…` for requests that are refused. */
  readonly sftpArguments?: string
  /** The longest file that can be written, in KiB: as a quota answers, with a failure while the disk has room. */
  readonly fileSizeLimitKib?: number
}

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

let availability: Promise<OpenSshAvailability> | undefined

/** Finds sshd, or installs Debian's openssh-server where that is missing and we are root. Asked once per process. */
export function openSshAvailability(): Promise<OpenSshAvailability> {
  return (availability ??= findOrInstall())
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
    if (sshd) await end(sshd)
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

async function writeConfig(base: string, port: number, settings: SshdSettings): Promise<string> {
  const file = join(base, 'sshd_config')
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(base, 'host_key')}`,
    `PidFile ${join(base, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(base, 'client_key.pub')}`,
    // The temporary folder is writable by others above us, which StrictModes would refuse.
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AllowTcpForwarding no',
    'PrintMotd no',
    'UseDNS no',
    `MaxStartups ${settings.maxStartups ?? '200'}`,
    `MaxSessions ${settings.maxSessions ?? 100}`,
    ...(settings.cipher === undefined ? [] : [`Ciphers ${settings.cipher}`]),
    'LogLevel VERBOSE',
    `Subsystem sftp internal-sftp ${settings.sftpArguments ?? ''}`,
  ]
  await writeFile(file, lines.join('\n') + '\n')
  return file
}

/** Resolves once sshd listens; rejects with what it wrote where it exits instead. */
async function launchSshd(
  sshd: string,
  { configFile, settings, note }: { configFile: string; settings: SshdSettings; note: (text: string) => void },
): Promise<ChildProcess> {
  const args = ['-D', '-e', '-f', configFile, ...(await penaltiesOff(sshd, configFile))]
  const { fileSizeLimitKib } = settings
  const child = spawn(...(fileSizeLimitKib ? limited(sshd, args, fileSizeLimitKib) : ([sshd, args] as const)), {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))
  child.stderr.setEncoding('utf8').on('data', note)
  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.stderr.on('data', (text: string) => {
      output += text
      if (output.includes('Server listening on')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`sshd exited with ${code}: ${output}`)))
  })
  return child
}

/** Without the signal that comes with the limit, which would end the server where it should answer. */
function limited(sshd: string, args: readonly string[], fileSizeLimitKib: number): [string, string[]] {
  const script = `trap '' XFSZ; ulimit -f ${fileSizeLimitKib}; exec "$@"`
  return ['bash', ['-c', script, 'sshd', sshd, ...args]]
}

/** OpenSSH 9.8 and later shut out an address after failed logins, which tests of failed logins would run into. */
async function penaltiesOff(sshd: string, configFile: string): Promise<string[]> {
  const option = ['-o', 'PerSourcePenalties=no']
  return run(sshd, ['-t', '-f', configFile, ...option]).then(
    () => option,
    () => [],
  )
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // Each connection is a process in a session of its own that outlives the listener: end those, too.
  const connections = await descendantsOf(child.pid)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  for (const pid of connections) killIfAlive(pid)
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** All processes below one, read from /proc; none where there is no /proc. */
async function descendantsOf(ancestor: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const pairs = await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const))
  const below = (parent: number): number[] =>
    pairs.filter(([, itsParent]) => itsParent === parent).flatMap(([pid]) => [pid, ...below(pid)])
  return below(ancestor)
}

async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const match = /^PPid:\s+(\d+)$/m.exec(status)
  return match ? Number(match[1]) : undefined
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

async function findOrInstall(): Promise<OpenSshAvailability> {
  const found = await findSshd()
  if (found) return { available: true, sshd: found }
  if (userInfo().uid !== 0) return { available: false, reason: 'sshd is missing, and only root may install it' }
  if (!(await findOnPath('apt-get'))) return { available: false, reason: 'sshd is missing, and so is apt-get' }
  const failure = await install().then(
    () => undefined,
    (error: Error) => error.message,
  )
  const installed = await findSshd()
  if (installed) return { available: true, sshd: installed }
  return { available: false, reason: `sshd is missing, and installing it failed: ${failure ?? 'no sshd afterwards'}` }
}

/**
 * Installs openssh-server, one test process at a time (`flock` on a folder leaves no file behind).
 * Nothing listens afterwards: the package is kept from starting its service now (policy-rc.d) and at boot.
 */
async function install(): Promise<void> {
  const script = `
    set -e
    [ -x /usr/sbin/sshd ] && exit 0
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\\nexit 101\\n' > "$policy"
      chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=120 update
    apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends openssh-server
    if command -v systemctl > /dev/null; then systemctl disable ssh.service ssh.socket || true; fi`
  console.info("OpenSSH's server is missing: installing Debian's openssh-server")
  await run('flock', ['/var/lib/apt', 'sh', '-c', script], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 })
}

async function findSshd(): Promise<string | undefined> {
  // sshd insists on being started by its absolute path; sbin is often not on an ordinary user's PATH.
  return findOnPath('sshd', ['/usr/sbin', '/usr/local/sbin'])
}

async function findOnPath(program: string, first: readonly string[] = []): Promise<string | undefined> {
  const folders = [...first, ...(readEnvironment()['PATH'] ?? '').split(delimiter)]
  for (const folder of folders.filter((each) => each.startsWith('/'))) {
    const file = join(folder, program)
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return file
  }
  return undefined
}
