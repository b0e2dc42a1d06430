import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { readEnvironment } from '../../src/config/env.js'
import { makePrivateFolder } from '../machine/private-files.js'
import { rememberedPort, reportMoved } from '../machine/ports.js'
import { endFormerProcess, spawnLogged, withPidFile, type ManagedProcess, type StopStep } from '../machine/processes.js'
import type { Report } from '../machine/report.js'
import { prepareNamespace, type NamespaceWish } from './namespace.js'
import { StartError } from '../machine/start-error.js'

export interface TemporalOptions extends NamespaceWish {
  /** The Temporal CLI to run, see {@link findTemporalCli}. */
  readonly cliPath: string
  /** The folder of its database, ports and log. Only one stack may use it at a time. */
  readonly folder: string
  /** The required ports. Without them, the ports of the last start, or any free ports. */
  readonly port?: number | undefined
  readonly uiPort?: number | undefined
  readonly report: Report
}

/** A running Temporal development server. It listens on 127.0.0.1 only and keeps its state on disk. */
export interface LocalTemporal {
  /** host:port for clients and workers. */
  readonly address: string
  readonly uiUrl: string
  /** Resolves with the exit code or signal, as text, when the server has ended. */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 6000 },
  { signal: 'SIGKILL', waitMs: 2000 },
]
const attempts = 4
const startMs = 120_000

/** Starts the server on the folder. If a killed stack left a server running on the folder, it is ended first. */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const folder = resolve(options.folder)
  await makePrivateFolder(folder)
  for (let attempt = 1; ; attempt++) {
    await endTemporalLeftOn(folder, options.report)
    const started = await tryStart(folder, options)
    if (typeof started !== 'string') return started
    // Another process may have taken a port, also one that the server's inner services chose.
    if (attempt === attempts) throw new StartError(started)
    await sleep(attempt * 200)
  }
}

/** Returns the running server, or why it did not start. */
async function tryStart(folder: string, options: TemporalOptions): Promise<LocalTemporal | string> {
  const [onMoved, onUiMoved] = [reportMoved('Temporal', options.report), reportMoved('Temporal UI', options.report)]
  const port = await rememberedPort(join(folder, 'port'), { wanted: options.port, onMoved })
  const uiPort = await rememberedPort(join(folder, 'ui-port'), { wanted: options.uiPort, onMoved: onUiMoved })
  const logFile = join(folder, 'temporal.log')
  const args = serverArgs(options, databaseIn(folder), port, uiPort)
  const server = await spawnLogged({
    ...withPidFile(join(folder, 'temporal.pid'), options.cliPath, args),
    environment: serverEnvironment(folder),
    logFile,
  })
  const address = `127.0.0.1:${port}`
  if (await answers(server, address, options)) return localTemporal(server, address, uiPort)
  const reason = await server.lastLogLines(5)
  return `Temporal did not start (${await server.exited}). Its log is ${logFile}:\n${reason}`
}

/** Ends a server that a killed stack left running on the folder. */
export async function endTemporalLeftOn(folder: string, report: Report): Promise<void> {
  const marker = `--db-filename ${databaseIn(resolve(folder))} `
  const pid = await endFormerProcess(join(folder, 'temporal.pid'), marker, stopSteps)
  if (pid !== undefined) report(`Ended the Temporal server (process ${pid}) that an earlier stack left running`)
}

function databaseIn(folder: string): string {
  return join(folder, 'temporal.db')
}

function localTemporal(server: ManagedProcess, address: string, uiPort: number): LocalTemporal {
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    exited: server.exited,
    stop: () => server.stop(stopSteps),
  }
}

/**
 * Fairness between tenants uses the fairness keys of the task queue. Each partition applies them separately, and pollers
 * choose partitions at random. With the default of four partitions some tasks would wait until all others are done. One
 * partition is fast enough. The server of docker-compose.yml has the same settings (deploy/temporal).
 */
export const dynamicConfig = {
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
}

/** The server chooses free ports for metrics and HTTP. */
function serverArgs(options: TemporalOptions, database: string, port: number, uiPort: number): string[] {
  return [
    ...['server', 'start-dev', '--db-filename', database],
    ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--namespace', options.namespace],
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...['--log-level', 'error'],
  ]
}

/** The server gets its own home, so that no TEMPORAL_* variable or configuration file of the user affects it. */
function serverEnvironment(folder: string): Record<string, string | undefined> {
  return { PATH: readEnvironment()['PATH'], HOME: folder, TZ: 'UTC' }
}

/** Waits until the namespace and its search attributes are available. False if the server ends first. */
async function answers(server: ManagedProcess, address: string, options: TemporalOptions): Promise<boolean> {
  // Without interceptors the SDK does not retry. Its retries would hide that the server has ended.
  const connection = Connection.lazy({
    address,
    interceptors: [],
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 500 },
  })
  const deadline = Date.now() + startMs
  try {
    while (!server.ended) {
      const problem = await prepareNamespace(connection, options)
      if (problem === undefined) return !server.ended
      if (Date.now() > deadline) {
        await server.stop(stopSteps)
        throw new StartError(`Temporal did not become ready within ${startMs / 1000} s.`, { cause: problem })
      }
      await sleep(100)
    }
    return false
  } finally {
    await connection.close()
  }
}
