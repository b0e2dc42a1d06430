import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { IssuerFailure, ProcessInfo, ProcessStore } from '../database/operations/process-store.js'
import type { ProcessKind } from '../domain/process.js'
import type { WatchStep } from './watch.js'

const heartbeatSeconds = 10

export interface HeartbeatOptions {
  readonly kind: ProcessKind
  readonly version: string
  readonly taskQueue: string
  /** What an API reports of the keys of the token issuer. */
  readonly issuer?: () => Promise<IssuerFailure>
}

/** The heartbeat of this process in the database, as a step of the watch loop, and its end. */
export interface Heartbeat {
  readonly step: WatchStep
  /** Records that the process stops in an orderly way. It does not throw: a process also stops while the database is away. */
  stop(): Promise<void>
}

export function createHeartbeat(processes: ProcessStore, options: HeartbeatOptions): Heartbeat {
  const { kind, version, taskQueue, issuer = async () => null } = options
  const info: ProcessInfo = {
    id: randomUUID(),
    kind,
    host: hostname(),
    pid: process.pid,
    version,
    taskQueue,
    startedAt: new Date(),
  }
  return {
    step: {
      name: 'heartbeat',
      everySeconds: heartbeatSeconds,
      inEachProcess: true,
      run: async () => {
        await processes.beat(info, await issuer())
      },
    },
    stop: () => processes.stop(info.id).catch(() => undefined),
  }
}
