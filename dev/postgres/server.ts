import { setTimeout as sleep } from 'node:timers/promises'
import { readFile, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { type PostgresBinaries, postgresBinaries } from './binaries.js'
import { clusterPassword, ensureCluster, postgresEnvironment, superuser } from './cluster.js'
import { openPostgresHome, type PostgresHome } from './home.js'
import { rememberedPort, reportMoved } from '../machine/ports.js'
import { endFormerProcess, spawnLogged, type ManagedProcess, type StopStep } from '../machine/processes.js'
import type { Report } from '../machine/report.js'
import { StartError } from '../machine/start-error.js'

export interface PostgresOptions {
  /** The folder of its data, password, port and log. Only one stack may use it at a time. */
  readonly folder: string
  /** The required port. Without it, the port of the last start, or any free port. */
  readonly port?: number | undefined
  /** Postgres settings by name. They override those of the local stack. */
  readonly settings?: Readonly<Record<string, string>>
  readonly report: Report
}

/** A running Postgres that listens on 127.0.0.1 only. */
export interface LocalPostgres {
  readonly port: number
  /** The superuser's URL of a database. The database need not exist. */
  url(database: string): string
  /** Makes a database if it is missing. */
  ensureDatabase(name: string): Promise<void>
  /** Resolves with the exit code or signal, as text, when Postgres has ended. */
  readonly exited: Promise<string>
  /** Stops it cleanly: open transactions are rolled back, and committed ones are kept. */
  stop(): Promise<void>
}

/** A fast shutdown, then an immediate one, after which the next start recovers. Neither loses a committed row. */
const stopSteps: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 5000 },
  { signal: 'SIGQUIT', waitMs: 2000 },
  { signal: 'SIGKILL', waitMs: 1000 },
]

/** fsync and synchronous_commit stay on, so that committed rows survive a crash of the machine. */
const usualSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const attempts = 4

/**
 * Starts Postgres on the folder. The first start makes the database cluster. If a killed stack left a Postgres running
 * on the folder, it is ended first.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const folder = resolve(options.folder)
  const cluster = await openCluster(folder, options.report)
  for (let attempt = 1; ; attempt++) {
    const started = await tryStart(folder, cluster, options)
    if (typeof started !== 'string') return started
    // A killed server's last children may still use memory, or another process took the port.
    if (attempt === attempts) throw new StartError(started)
    await sleep(attempt * 200)
  }
}

interface Cluster extends PostgresHome {
  readonly binaries: PostgresBinaries
  readonly password: string
}

async function openCluster(folder: string, report: Report): Promise<Cluster> {
  await endPostgresLeftOn(folder, report)
  const home = await openPostgresHome(folder, report)
  const binaries = await postgresBinaries({ user: home.user, folder, report })
  const password = await clusterPassword(join(folder, 'password'))
  const isNew = await ensureCluster(binaries, home, password)
  if (isNew) report(`Postgres: made a new database cluster, version ${binaries.majorVersion}`)
  return { ...home, data: await realpath(home.data), binaries, password }
}

/** Returns the running server, or why it did not start. */
async function tryStart(
  folder: string,
  cluster: Cluster,
  { port: wanted, settings, report }: PostgresOptions,
): Promise<LocalPostgres | string> {
  await endFormerPostgres(cluster.data, report)
  const port = await rememberedPort(join(folder, 'port'), { wanted, onMoved: reportMoved('Postgres', report) })
  const logFile = join(folder, 'postgres.log')
  const allSettings = { ...usualSettings, ...settings, port: String(port) }
  const server = await spawnPostgres(cluster.binaries.postgres, cluster, allSettings, logFile)
  const url = (database: string): string => postgresUrl(cluster.password, port, database)
  if (await answers(server, url('postgres'))) return localPostgres(server, port, url)
  const reason = await server.lastLogLines(5)
  return `Postgres did not start (${await server.exited}). Its log is ${logFile}:\n${reason}`
}

function localPostgres(server: ManagedProcess, port: number, url: LocalPostgres['url']): LocalPostgres {
  return {
    port,
    url,
    ensureDatabase: (name) => ensureDatabase(url('postgres'), name),
    exited: server.exited,
    stop: () => server.stop(stopSteps),
  }
}

function postgresUrl(password: string, port: number, database: string): string {
  return `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

function spawnPostgres(
  command: string,
  { data, user }: PostgresHome,
  settings: Readonly<Record<string, string>>,
  logFile: string,
): Promise<ManagedProcess> {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return spawnLogged({ command, args: ['-D', data, ...options], environment: postgresEnvironment, logFile, user })
}

/** Ends a Postgres that a killed stack left running on the folder. */
export async function endPostgresLeftOn(folder: string, report: Report): Promise<void> {
  const data = await realpath(join(resolve(folder), 'data')).catch(() => undefined)
  if (data !== undefined) await endFormerPostgres(data, report)
}

/** postmaster.pid names a server's process and data directory. It remains after a reboot or a kill. */
async function endFormerPostgres(data: string, report: Report): Promise<void> {
  const pidFile = join(data, 'postmaster.pid')
  const dataThen = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[1] ?? data
  const pid = await endFormerProcess(pidFile, `-D ${dataThen} `, stopSteps)
  if (pid !== undefined) report(`Ended the Postgres (process ${pid}) that an earlier stack left running`)
}

/** Waits until the server answers a query. False if the server ends first. */
async function answers(server: ManagedProcess, url: string): Promise<boolean> {
  const deadline = Date.now() + 120_000
  while (!server.ended) {
    const problem = await query(url, 'SELECT 1').then(
      () => undefined,
      (error: unknown) => error,
    )
    if (problem === undefined) return true
    if (isFinal(problem) || Date.now() > deadline) {
      await server.stop(stopSteps)
      throw new StartError(
        'Postgres runs but refuses the login of the local stack. Is its password file missing or changed?',
        { cause: problem },
      )
    }
    await sleep(25)
  }
  return false
}

/** Whether waiting can't help: a wrong password, or a missing database. */
function isFinal(problem: unknown): boolean {
  const code = (problem as { code?: string }).code ?? ''
  return code.startsWith('28') || code.startsWith('3D')
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const exists = await query(adminUrl, 'SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (exists > 0) return
  await query(adminUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)}`)
}

/** Runs one statement on a new connection and returns the number of rows. */
async function query(url: string, text: string, values: readonly unknown[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text, [...values])).rowCount ?? 0
  } finally {
    await client.end().catch(() => undefined)
  }
}
