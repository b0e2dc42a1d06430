import { createServer } from 'node:net'
import { once } from 'node:events'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker'
import { exportRunWorkflow } from '../contracts.js'
import type { Logger } from './logger.js'
import type { Metrics } from './metrics.js'

/** Seconds from 10 ms to 6 h, for what waits for the source or for the SFTP server. */
const longBuckets = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200]

const histogramBucketOverrides = Object.fromEntries(
  [
    'activity_execution_latency',
    'activity_succeed_endtoend_latency',
    'activity_schedule_to_start_latency',
    'workflow_endtoend_latency',
  ].map((name) => [name, longBuckets]),
)

let installed = false

/**
 * Sets up what Temporal's SDK has once for a process: its logs, also those of its native core, go to our logger, its metrics are
 * part of ours, and signals stay ours to handle. Only the first call counts.
 */
export async function installTemporalRuntime(logger: Logger, metrics?: Metrics): Promise<void> {
  if (installed) return
  installed = true
  const port = metrics && (await freePort())
  Runtime.install({
    logger: new DefaultLogger('WARN', (entry) => log(logger, entry)),
    shutdownSignals: [],
    telemetryOptions: {
      // Otherwise the core writes its own format to standard output.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(port !== undefined && { metrics: { prometheus: prometheusAt(`127.0.0.1:${port}`) } }),
    },
  })
  if (port !== undefined) metrics?.append('temporal', () => read(`http://127.0.0.1:${port}/metrics`))
}

/** The names and units that the dashboards which Temporal publishes expect. */
function prometheusAt(bindAddress: string) {
  return {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides,
  }
}

async function read(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`Temporal's exporter answered ${response.status}.`)
  return response.text()
}

/** The core cannot say which port it has, so it gets one that was free a moment ago. Only this process reads it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const closed = once(server, 'close')
  server.close()
  await closed
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}

function log(logger: Logger, { level, message, meta }: LogEntry): void {
  if (isLoggedAlready(message, meta)) return
  const fields = { ...meta, source: 'temporal' }
  if (level === 'ERROR') logger.error(fields, message)
  else if (level === 'WARN') logger.warn(fields, message)
  else logger.debug(fields, message)
}

/**
 * Activities log each failed attempt with its cause, and the end of a run with what failed: the events attemptFailed and
 * runFinished. The SDK would log both again, with a stack.
 */
function isLoggedAlready(message: string, meta: LogEntry['meta'] = {}): boolean {
  const { error, workflowType } = meta as { error?: unknown; workflowType?: unknown }
  if (message === 'Workflow failed') return workflowType === exportRunWorkflow
  return message === 'Activity failed' && (error instanceof ApplicationFailure || error instanceof CancelledFailure)
}
