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
  /** The server's own folder: its database, ports and log. To be held by one stack at a time. */
  readonly folder: string
  /** The ports that it must listen on; without them the ones of last time, or any. */
  readonly port?: number | undefined
  readonly uiPort?: number | undefined
  readonly report: Report
}

/** A running Temporal development server that listens on 127.0.0.1 alone and keeps its state. */
export interface LocalTemporal {
  /** host:port for clients and workers. */
  readonly address: string
  readonly uiUrl: string
  /** Resolves when the server has ended, stopped or not, with how, in words. */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 6000 },
  { signal: 'SIGKILL', waitMs: 2000 },
]
const attempts = 4
const startMs = 120_000

/** Starts the server on the folder. One that a killed stack left running on the folder is ended first. */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const folder = resolve(options.folder)
  await makePrivateFolder(folder)
  const database = databaseIn(folder)
  const pidFile = join(folder, 'temporal.pid')
  const logFile = join(folder, 'temporal.log')
  for (let attempt = 1; ; attempt++) {
    await endTemporalLeftOn(folder, options.report)
    const port = await rememberedPort(join(folder, 'port'), {
      wanted: options.port,
      onMoved: reportMoved('Temporal', options.report),
    })
    const uiPort = await rememberedPort(join(folder, 'ui-port'), {
      wanted: options.uiPort,
      onMoved: reportMoved('Temporal UI', options.report),
    })
    const server = await spawnLogged({
      ...withPidFile(pidFile, options.cliPath, serverArgs(options, database, port, uiPort)),
      environment: serverEnvironment(folder),
      logFile,
    })
    const address = `127.0.0.1:${port}`
    if (await answers(server, address, options)) return localTemporal(server, address, uiPort)
    // A port may have been taken since it was chosen; the server's inner services choose theirs the same way.
    const reason = await server.lastLogLines(5)
    if (attempt === attempts) {
      throw new StartError(`Temporal did not start (${await server.exited}; ${logFile}):\n${reason}`)
    }
    await sleep(attempt * 200)
  }
}

/** Ends the server that a killed stack left running on the folder, if there is one. */
export async function endTemporalLeftOn(folder: string, report: Report): Promise<void> {
  const marker = `--db-filename ${databaseIn(resolve(folder))} `
  const pid = await endFormerProcess(join(folder, 'temporal.pid'), marker, stopSteps)
  if (pid !== undefined) report(`Ended the Temporal server (process ${pid}) of an earlier stack`)
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
 * Tenants get their turns on the task queue by fairness key. Turns are kept by each partition for itself, and pollers go to
 * partitions at random, so that with the usual four some tasks would wait until all others are done. One takes far more
 * tasks in a second than there are files. The server of docker-compose.yml has the same (deploy/temporal).
 */
export const dynamicConfig = {
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
}

/** The ports that are not named here, for metrics and HTTP, are any free ones. */
function serverArgs(options: TemporalOptions, database: string, port: number, uiPort: number): string[] {
  return [
    ...['server', 'start-dev', '--db-filename', database],
    ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--namespace', options.namespace],
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...['--log-level', 'error'],
  ]
}

/** A home of its own: neither TEMPORAL_* variables nor configuration files of the user reach the server. */
function serverEnvironment(folder: string): Record<string, string | undefined> {
  return { PATH: readEnvironment()['PATH'], HOME: folder, TZ: 'UTC' }
}

/** Waits until the namespace and its search attributes are served; false if the server ended instead. */
async function answers(server: ManagedProcess, address: string, options: TemporalOptions): Promise<boolean> {
  // The SDK's own retries would hide that the server has ended, and go on after the connection is closed.
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
        throw new StartError(`Temporal did not become ready in ${startMs / 1000} s`, { cause: problem })
      }
      await sleep(100)
    }
    return false
  } finally {
    await connection.close()
  }
}
