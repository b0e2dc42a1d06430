import { spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { eventually } from '../../support/eventually.js'

export interface PgBouncer extends AsyncDisposable {
  /** The same URL, through the pooler. */
  through(url: string): string
  log(): string
}

/** PgBouncer before the Postgres that the URLs name, for the logins in them. It refuses to run as root. */
export async function startPgBouncer(mode: 'transaction' | 'session', urls: readonly string[]): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-pgbouncer-'))
  const [{ hostname, port: serverPort }] = urls.map((url) => new URL(url)) as [URL]
  const port = await freePort()
  const login = (url: string): string => {
    const { user, password } = new pg.Client({ connectionString: url })
    return `"${user}" "${String(password)}"`
  }
  await writeFile(join(folder, 'users'), [...new Set(urls.map(login))].join('\n'))
  await writeFile(
    join(folder, 'config'),
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${folder}/users
pool_mode = ${mode}
max_client_conn = 200
default_pool_size = 10
`,
  )
  const nobody = 65534
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  await chmod(folder, 0o755)
  if ('uid' in asNobody) await chown(folder, nobody, nobody)
  const child = spawn('pgbouncer', [join(folder, 'config')], { ...asNobody, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += String(data)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const through = (url: string): string => {
    const other = new URL(url)
    other.host = `127.0.0.1:${port}`
    return other.href
  }
  await eventually('PgBouncer to answer', async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${log}`)
    const client = new pg.Client({ connectionString: through(urls[0] ?? '') })
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    )
  })
  return {
    through,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
