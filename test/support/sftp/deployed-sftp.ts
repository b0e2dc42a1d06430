import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { describe } from 'vitest'
import { freePort } from './openssh.js'
import { openSshAvailability } from './openssh-availability.js'

const run = promisify(execFile)
const deployed = fileURLToPath(new URL('../../../deploy/sftp', import.meta.url))
const secret = 'role-password-of-a-test'
const fetchesSecret = 'password-of-the-recorder'
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const secrets = { tidemark_sftp: secret, tidemark_fetches: fetchesSecret } as const
/** What one tenant may have open at the same time: few, so that a test soon has more. */
export const sessionsOfOneTenant = 5
/** Mounts and processes of its own, as in a container. */
const namespace = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc']

/** The OpenSSH server as deploy/sftp sets it up, over a test's own database. */
export interface DeployedSftp extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly hostKeyFingerprint: string
  /** The account that writes. */
  readonly writerName: string
  /** Of that account. */
  readonly writerKey: string
  /** What the password of the database role is: nobody may see it. */
  readonly secret: string
  /** The chroot of the writer, as this process can reach it. */
  readonly folder: string
  /** The root of its file system, as this process can reach it. */
  readonly root: string
  /** Runs a script of bash within its mounts and processes. */
  run(script: string): Promise<string>
  log(): string
}

/**
 * Starts deploy/sftp as its image does, in a mount namespace of its own: the accounts are written to a copy of /etc, all
 * else lies in memory, and nothing of it is left on this machine.
 * @param databaseUrl as the owner of Tidemark's tables
 * @param fetches whether the server records what tenants fetch
 */
export async function startDeployedSftp(
  databaseUrl: string,
  { fetches = false }: { readonly fetches?: boolean } = {},
): Promise<DeployedSftp> {
  const base = await mkdtemp(join(tmpdir(), 'tidemark-deployed-'))
  const port = await freePort()
  await prepareFiles(base, port)
  await createRole(databaseUrl)
  if (fetches) await createFetchesRole(databaseUrl)
  const child = spawn('unshare', [...namespace, 'bash', join(base, 'run.sh')], {
    env: { ...environment(databaseUrl), ...(fetches && { SFTP_FETCHES_PASSWORD: fetchesSecret }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const note = (output: string): void => void (log += output)
  child.stdout.setEncoding('utf8').on('data', note)
  child.stderr.setEncoding('utf8').on('data', note)
  // With it everything in its namespace ends: the server, what it has forked, and the loop beside it.
  const killAll = (): void => void child.kill('SIGKILL')
  process.once('exit', killAll)
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', () => log.includes('Server listening on') && resolve())
    child.once('exit', (code) => reject(new Error(`deploy/sftp exited with ${code}: ${log}`)))
  })
  const own = `/proc/${child.pid}/root`
  const root = `${own}/mnt`
  return {
    host: '127.0.0.1',
    port,
    hostKeyFingerprint: (await readFile(`${root}/client/host-key-fingerprint`, 'utf8')).trim(),
    writerName: '_tidemark',
    writerKey: await readFile(`${root}/client/id_ed25519`, 'utf8'),
    secret,
    folder: `${root}/data`,
    root: own,
    run: (script) => runWithin(child.pid as number, script),
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      killAll()
      await exited
      process.off('exit', killAll)
      await rm(base, { recursive: true, force: true })
    },
  }
}

/** In the namespaces that `unshare`, the process of that number, has made. */
async function runWithin(pid: number, script: string): Promise<string> {
  const namespaces = [`--mount=/proc/${pid}/ns/mnt`, `--pid=/proc/${pid}/ns/pid_for_children`]
  const variables = { PATH: systemPath, SFTP_STATE: '/mnt/state', SFTP_DATA: '/mnt/data' }
  return (await run('nsenter', [...namespaces, 'bash', '--norc', '-euc', script], { env: variables })).stdout
}

async function prepareFiles(base: string, port: number): Promise<void> {
  await chmod(base, 0o755)
  await cp('/etc', join(base, 'etc'), { recursive: true, verbatimSymlinks: true })
  await cp(deployed, join(base, 'lib'), { recursive: true })
  // In the image the server has the container's port 22.
  const config = await readFile(join(deployed, 'sshd_config'), 'utf8')
  await writeFile(join(base, 'lib/sshd_config'), config.replace(/^Port 22$/m, `Port ${port}\nListenAddress 127.0.0.1`))
  const script = `
    set -euo pipefail
    # sshd takes programs and chroots only where nobody but root can write: not below /tmp.
    mount -t tmpfs -o mode=755 none /mnt
    cp -r ${base}/lib /mnt/lib
    chmod -R go-w /mnt/lib
    mount --bind ${base}/etc /etc
    mkdir -p /run/sshd /mnt/state /mnt/data /mnt/client /mnt/tenants
    mount -t tmpfs -o mode=1777 none /tmp
    SFTP_CLIENT_UID=0 bash /mnt/lib/keys.sh
    exec bash /mnt/lib/start.sh`
  await writeFile(join(base, 'run.sh'), script)
}

function environment(databaseUrl: string): Record<string, string> {
  const { hostname, port, pathname } = new URL(databaseUrl)
  return {
    PATH: systemPath,
    SFTP_STATE: '/mnt/state',
    SFTP_DATA: '/mnt/data',
    SFTP_CLIENT: '/mnt/client',
    SFTP_TENANTS: '/mnt/tenants',
    SFTP_CONFIG: '/mnt/lib/sshd_config',
    SFTP_SYNC_SECONDS: '1',
    SFTP_TENANT_SESSIONS: String(sessionsOfOneTenant),
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: pathname.slice(1),
    PGUSER: 'tidemark_sftp',
    PGPASSWORD: secret,
  }
}

/** Runs role.sql as compose does, with the password on psql's input; for a role of another name where one is given. */
export async function createRole(databaseUrl: string, role = 'tidemark_sftp', password = secret): Promise<void> {
  const script = await readFile(join(deployed, 'role.sql'), 'utf8')
  await runRoleScript(databaseUrl, script.replaceAll('tidemark_sftp', role), password)
}

/** The same for the role that records fetches. */
async function createFetchesRole(databaseUrl: string): Promise<void> {
  await runRoleScript(databaseUrl, await readFile(join(deployed, 'fetches-role.sql'), 'utf8'), fetchesSecret)
}

async function runRoleScript(databaseUrl: string, script: string, password: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-role-'))
  try {
    await writeFile(join(folder, 'role.sql'), script)
    // Detached, so without a terminal to ask for the password, as in a container.
    const psql = spawn('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '-f', join(folder, 'role.sql'), databaseUrl], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    psql.stdin.end(`${password}\n${password}\n`)
    const [errors] = await Promise.all([text(psql.stderr), once(psql, 'close')])
    if (psql.exitCode !== 0) throw new Error(`role.sql failed: ${errors}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** As the role itself, to see what it may do. */
export async function connectAsRole(
  databaseUrl: string,
  role: keyof typeof secrets = 'tidemark_sftp',
): Promise<pg.Client> {
  const url = new URL(databaseUrl)
  url.username = role
  url.password = secrets[role]
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return client
}

/** What this machine lacks for it, or undefined. */
async function missing(): Promise<string | undefined> {
  const openSsh = await openSshAvailability()
  if (!openSsh.available) return openSsh.reason
  if (userInfo().uid !== 0) return 'only root may make accounts and mounts'
  const script = 'mount -t tmpfs none /mnt && psql --version'
  return run('unshare', [...namespace, 'bash', '-euc', script]).then(
    () => undefined,
    (error: Error) => `a mount namespace and psql are needed: ${error.message}`,
  )
}

/** A `describe` that runs where deploy/sftp can, and elsewhere says plainly that this part did not run. */
export async function describeWithDeployedSftp(name: string, body: () => void): Promise<void> {
  const reason = await missing()
  if (reason !== undefined) console.warn(`DID NOT RUN: "${name}": ${reason}`)
  describe.runIf(reason === undefined)(name, body)
}
