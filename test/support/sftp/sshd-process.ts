import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

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

export async function writeConfig(base: string, port: number, settings: SshdSettings): Promise<string> {
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
export async function launchSshd(
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

export async function endSshd(child: ChildProcess): Promise<void> {
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
