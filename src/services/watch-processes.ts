import type { ProcessStore, StoredProcess } from '../database/operations/process-store.js'
import type { Affected } from '../domain/incident.js'
import { deadAfterMs, type ProcessKind, tolerableSkewMs } from '../domain/process.js'
import type { TaskQueue } from '../schedules/task-queue.js'
import type { Incidents } from './incidents.js'
import type { WatchStep } from './watch.js'

export interface ProcessWatchDependencies {
  readonly processes: Pick<ProcessStore, 'list' | 'prune'>
  readonly pollers: TaskQueue['pollers']
  readonly incidents: Pick<Incidents, 'observe'>
  /** The number of tenants whose files are expected at some time. */
  readonly activeRegistrations: () => Promise<number>
  readonly taskQueue: string
  /** An absence is reported after this time, in ms: when a deployment starts, its processes start one after the other. */
  readonly confirmMs?: number
  /** A process without a heartbeat for this long counts as dead; {@link deadAfterMs} by default. */
  readonly silentMs?: number
}

const everySeconds = 10
/** An orderly stop is often a restart, so the process may be away for this long. */
const restartMs = 5 * 60_000

/** Finds out that no worker or no API is alive, that a clock is wrong, or that the keys of the issuer can't be fetched. */
export function processWatch(deps: ProcessWatchDependencies): WatchStep {
  const { incidents, taskQueue, confirmMs = 20_000, silentMs = deadAfterMs } = deps
  const confirmed = { worker: lasting(confirmMs), api: lasting(confirmMs) }
  return {
    name: 'processes',
    everySeconds,
    run: async () => {
      await deps.processes.prune()
      const ours = (await deps.processes.list()).filter((process) => process.taskQueue === taskQueue)
      const alive = ours.filter((process) => hasBeaten(process, silentMs))
      const workers = confirmed.worker(await workersAway(deps, ours, alive))
      if (workers) await incidents.observe('NO_WORKER', null, workers)
      const apis = confirmed.api(apisAway(ours, alive))
      if (apis) await incidents.observe('NO_API', null, apis)
      await incidents.observe('CLOCK_SKEWED', null, alive.flatMap(skewed))
      await incidents.observe('ISSUER_UNAVAILABLE', null, alive.flatMap(withoutIssuer))
    },
  }
}

/**
 * Passes what is found once something was found for that long. Until then it is undefined, and not empty: a process that has
 * just started must not resolve the incident that another process has opened.
 */
function lasting(ms: number): (found: Affected[]) => Affected[] | undefined {
  let since: number | undefined
  return (found) => {
    since = found.length === 0 ? undefined : (since ?? Date.now())
    return since === undefined || Date.now() - since >= ms ? found : undefined
  }
}

/** Whether the process runs and has sent a heartbeat recently. */
export function isAlive(process: StoredProcess): boolean {
  return hasBeaten(process, deadAfterMs)
}

function hasBeaten({ stoppedAt, silentMs }: StoredProcess, mostMs: number): boolean {
  return stoppedAt === null && silentMs < mostMs
}

/**
 * The heartbeat shows at once that a worker has died, and Temporal shows a worker that lives and takes no tasks. A worker of a
 * release without heartbeats counts as long as Temporal lists it.
 */
async function workersAway(
  { pollers, activeRegistrations, taskQueue }: ProcessWatchDependencies,
  processes: readonly StoredProcess[],
  alive: readonly StoredProcess[],
): Promise<Affected[]> {
  const workers = ofKind(processes, 'WORKER')
  const lastSeen = latest(workers)
  const lives = ofKind(alive, 'WORKER').length > 0
  const hasDied = lastSeen !== undefined && lastSeen.stoppedAt === null && !lives
  // While Temporal is away, the heartbeats alone decide.
  const isPolled = await pollers().then(
    (identities) => identities.length > 0,
    () => undefined,
  )
  const isServed = !hasDied && (isPolled ?? (lives || workers.some(isRestarting)))
  if (isServed || (await activeRegistrations()) === 0) return []
  return [about(`No worker takes tasks from the task queue ${taskQueue}. ${lastHeard(lastSeen)} Start a worker.`)]
}

/** Only workers find this: an API that looks is alive itself. A deployment that never had an API lacks none. */
function apisAway(processes: readonly StoredProcess[], alive: readonly StoredProcess[]): Affected[] {
  const apis = ofKind(processes, 'API')
  const lastSeen = latest(apis)
  if (lastSeen === undefined || ofKind(alive, 'API').length > 0 || apis.some(isRestarting)) return []
  return [about(`No API process responds. ${lastHeard(lastSeen)} Start the API.`)]
}

function skewed({ kind, host, pid, clockSkewMs }: StoredProcess): Affected[] {
  if (Math.abs(clockSkewMs) <= tolerableSkewMs) return []
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000)
  const direction = clockSkewMs > 0 ? 'ahead of' : 'behind'
  return [
    about(`The clock of ${named(kind)} (${host}, process ${pid}) is ${seconds} s ${direction} the database's clock.`),
  ]
}

function withoutIssuer({ host, pid, issuer }: StoredProcess): Affected[] {
  if (issuer === null) return []
  return [about(`The API (${host}, process ${pid}) since ${issuer.since.toISOString()}: ${issuer.problem}`)]
}

function isRestarting({ stoppedAt, silentMs }: StoredProcess): boolean {
  return stoppedAt !== null && silentMs < restartMs
}

function ofKind(processes: readonly StoredProcess[], kind: ProcessKind): StoredProcess[] {
  return processes.filter((process) => process.kind === kind)
}

function latest(processes: readonly StoredProcess[]): StoredProcess | undefined {
  return processes.toSorted((one, other) => one.silentMs - other.silentMs)[0]
}

function lastHeard(last: StoredProcess | undefined): string {
  if (last === undefined) return 'None has sent a heartbeat yet.'
  const what = last.stoppedAt === null ? 'sent its last heartbeat' : 'stopped'
  return `The last one (${last.host}, process ${last.pid}) ${what} at ${(last.stoppedAt ?? last.seenAt).toISOString()}.`
}

function named(kind: ProcessKind): string {
  return kind === 'API' ? 'the API' : 'a worker'
}

function about(message: string): Affected {
  return { tenantId: null, entity: null, since: null, message }
}
