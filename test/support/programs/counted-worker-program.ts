/**
 * A worker in a process of its own that counts: says on a line when it is ready, and, once SIGTERM has ended it, what it
 * has used (see {@link WorkerUse}).
 */
import 'reflect-metadata'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { peakRss } from '../../../bench/support/peak-rss.js'
import { composeWorker } from '../../../src/compose/worker.js'
import { loadConfig } from '../../../src/config/config.js'
import { readEnvironment } from '../../../src/config/env.js'
import { type Connections, countConnections } from './open-sockets.js'

export interface WorkerUse {
  readonly sftp: Connections
  /** Tidemark's database and the source, where they are one server. */
  readonly postgres: Connections
  /** How late the event loop came to what was due, in ms: in the mean, and 99 times of 100 less than. */
  readonly loopDelay: { readonly mean: number; readonly p99: number }
  /** The most memory that was resident, in bytes. */
  readonly peakRss: number
  /** Of all its threads, in seconds, since it was ready. */
  readonly cpuSeconds: number
}

const { WORKFLOW_BUNDLE = '', ...environment } = readEnvironment()
const connections = countConnections()
const config = loadConfig(environment)
const worker = await composeWorker(config, WORKFLOW_BUNDLE ? { workflowBundle: WORKFLOW_BUNDLE } : {})
const before = process.cpuUsage()
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
process.once('SIGTERM', () => worker.stop())
console.log(JSON.stringify({ ready: true }))
await worker.run()
const { user, system } = process.cpuUsage(before)
await worker[Symbol.asyncDispose]()
const use: WorkerUse = {
  sftp: connections(config.sftp.port),
  postgres: connections(Number(new URL(config.database.url).port)),
  loopDelay: { mean: delay.mean / 1e6, p99: delay.percentile(99) / 1e6 },
  peakRss: peakRss(),
  cpuSeconds: (user + system) / 1e6,
}
console.log(JSON.stringify({ use }))
process.exit(0)
