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
  readonly issuer?: () => IssuerFailure
}

/** The heartbeat of this process in the database, as a step of the watch loop, and its end. */
export interface Heartbeat {
  readonly step: WatchStep
  /** Records that the process stops in an orderly way. It does not throw: a process also stops while the database is away. */
  stop(): Promise<void>
}

export function createHeartbeat(processes: ProcessStore, options: HeartbeatOptions): Heartbeat {
  const { kind, version, taskQueue, issuer = () => null } = options
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
        await processes.beat(info, issuer())
      },
    },
    stop: () => processes.stop(info.id).catch(() => undefined),
  }
}

/** What the API knows of the keys of the token issuer. */
export interface KeysCondition {
  /** Whether tokens can be verified: the keys of an earlier fetch remain usable for a day. */
  readonly usable: boolean
  /** Since when fetches fail, and why the last one did; null if the last fetch succeeded. */
  readonly failure: IssuerFailure
}

/** While earlier keys are usable, callers log in, and an outage of the issuer is reported only after this time. */
const tolerableMs = 10 * 60_000

/** Watches the keys of the token issuer as a step of the watch loop. The heartbeat takes what was found last. */
export function issuerWatch(condition: () => Promise<KeysCondition>) {
  let last: IssuerFailure = null
  const step: WatchStep = {
    name: 'issuer-keys',
    everySeconds: heartbeatSeconds,
    inEachProcess: true,
    run: async () => {
      last = reportable(await condition())
    },
  }
  return { step, failure: () => last }
}

function reportable({ usable, failure }: KeysCondition): IssuerFailure {
  if (failure === null || !usable) return failure
  if (Date.now() - failure.since.getTime() < tolerableMs) return null
  return { ...failure, problem: `${failure.problem}. Earlier keys remain usable for a day after their fetch.` }
}
