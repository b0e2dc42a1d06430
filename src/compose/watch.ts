import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { activeRegistrations } from '../database/operations/active-registrations.js'
import type { ProcessKind } from '../domain/process.js'
import { createTaskQueue } from '../schedules/task-queue.js'
import { createHeartbeat, issuerWatch } from '../services/processes.js'
import { createOverdueEvents } from '../services/events/overdue-events.js'
import { createTenants } from '../services/tenants.js'
import { keepWatching, type WatchStep } from '../services/watch.js'
import { incidentWatch } from '../services/watch-incidents.js'
import { ledgerWatch } from '../services/watch-ledger.js'
import { processWatch } from '../services/watch-processes.js'
import { tenantWatch } from '../services/watch-tenants.js'
import type { DisposableStack } from './disposable-stack.js'
import { composeEmail } from './email.js'
import type { Shared } from './shared.js'
import { releaseVersion } from './version.js'

/** For tests: how fast the loop notices something, which users can't set. */
export interface WatchPace {
  /** The interval of each step. */
  readonly everySeconds: number
  /** A process that dies in a step keeps the step for this long. */
  readonly leaseSeconds: number
  /** A process without a heartbeat for this long counts as dead. */
  readonly silentMs: number
  /** The absence of all workers or APIs is reported after this time. */
  readonly confirmMs: number
}

export interface WatchOptions {
  readonly kind: ProcessKind
  /** For the API: the verifier, whose keys are watched. */
  readonly verifier?: Pick<TokenVerifier, 'keysCondition'>
  /** Further steps of the program. */
  readonly steps?: readonly WatchStep[]
  readonly pace?: WatchPace | undefined
}

/** The watch loop of a process. `start` begins it; it ends when `opened` is closed. */
export function composeWatch(config: Config, shared: Shared, options: WatchOptions, opened: DisposableStack) {
  const { catalog, database, stores, temporal, events, incidents } = shared
  const { taskQueue } = config.temporal
  const { pace } = options
  const keys = options.verifier && issuerWatch(options.verifier.keysCondition)
  const heartbeat = createHeartbeat(stores.processes, {
    kind: options.kind,
    version: releaseVersion(),
    taskQueue,
    ...(keys && { issuer: keys.failure }),
  })
  const taskQueues = createTaskQueue(temporal, config.temporal)
  const usual: WatchStep[] = [
    heartbeat.step,
    ...(keys ? [keys.step] : []),
    tenantWatch({
      tenants: createTenants({ catalog, ...stores, lateness: config.lateness }),
      incidents,
      overdueEvents: createOverdueEvents({ catalog, ...stores }),
    }),
    processWatch({
      processes: stores.processes,
      pollers: () => taskQueues.pollers(),
      incidents,
      activeRegistrations: () => activeRegistrations(database),
      taskQueue,
      ...(pace && { confirmMs: pace.confirmMs, silentMs: pace.silentMs }),
    }),
    ledgerWatch({ ledgerGaps: stores.ledgerGaps, incidents }),
    ...incidentWatch(incidents),
    ...composeEmail(config, shared),
    ...(options.steps ?? []),
  ]
  const steps = pace ? usual.map((step) => ({ ...step, everySeconds: pace.everySeconds })) : usual
  const stopping = new AbortController()
  let watching: Promise<void> | undefined
  opened.defer(() => watching && heartbeat.stop())
  opened.defer(() => watching)
  opened.defer(() => stopping.abort())
  return {
    start: (): void => {
      watching ??= keepWatching(
        { steps, watchSteps: stores.watchSteps, events, ...(pace && { leaseSeconds: pace.leaseSeconds }) },
        stopping.signal,
      )
    },
  }
}
