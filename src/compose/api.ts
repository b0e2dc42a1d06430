import { createTokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { createHttpServer, type HttpServerOptions } from '../http/server.js'
import { endAllLostRuns } from '../services/lost-runs.js'
import { dailyRetriesStep } from '../services/daily-retries.js'
import { keepReconciling } from '../services/reconciler.js'
import { ensureSearchAttributes } from '../schedules/temporal.js'
import { publishedKeys } from '../signing/manifest-keys.js'
import { composeConsole } from './console.js'
import { apiChecks } from './health-checks.js'
import { composeWatch, type WatchPace } from './watch.js'
import { createLogger } from '../telemetry/logger.js'
import { startTracing } from '../telemetry/tracing.js'
import { DisposableStack } from './disposable-stack.js'
import { composeOperationsMetrics, openMetrics } from './metrics.js'
import { composeScheduleSync } from './schedule-sync.js'
import { logTls, openShared, tracingOf, type Shared, type SharedOverrides } from './shared.js'
import { composeUseCases } from './use-cases.js'

export type { HomePage } from '../http/home-page.js'

export interface ApiOverrides extends SharedOverrides {
  /** For the local stack: gives a token that the Sandbox page is filled with. */
  readonly sandbox?: HttpServerOptions['sandbox']
  readonly pace?: WatchPace
  /** For tests: the folder with the built pages of the console. */
  readonly consoleFolder?: string
}

export interface Api extends AsyncDisposable {
  /** Begins to answer; gives the URL that it answers at. */
  listen(): Promise<string>
}

/** The process that answers GraphQL and REST and keeps the schedules what the registrations say. */
export async function composeApi(config: Config, overrides: ApiOverrides = {}): Promise<Api> {
  await using opened = new DisposableStack()
  const own = overrides.logger ?? createLogger(config.log)
  opened.use(await startTracing(tracingOf(config, 'tidemark-api'), own))
  const metrics = opened.use(await openMetrics(config.metrics.address, own))
  const shared = await openShared(config, { ...overrides, logger: own, metrics }, opened)
  const { logger, fetch, stores, gateways, events } = shared
  logTls(config, logger)
  composeOperationsMetrics(config, shared)
  const schedules = composeScheduleSync(config, shared)
  const verifier = createTokenVerifier(config.oauth, fetch)
  const useCases = composeUseCases(config, shared, schedules)
  const console = composeConsole(config, shared, { verifier, folder: overrides.consoleFolder })
  const steps = [
    dailyRetriesStep({ ...stores, runStore: stores.runs, runs: useCases.runs, events }),
    ...(console ? [console.step] : []),
  ]
  const watch = composeWatch(config, shared, { kind: 'API', verifier, steps, pace: overrides.pace }, opened)
  const stopping = new AbortController()
  let reconciling: Promise<void> | undefined
  opened.defer(() => reconciling)
  // Before the wait for the reconciler, which may wait for its turn in the queue.
  opened.use(schedules)
  const server = await createHttpServer({
    http: config.http,
    issuer: config.oauth.issuer,
    scopePrefix: config.oauth.scopePrefix,
    ...useCases,
    verifier,
    manifestKeys: await publishedKeys(config.manifestKeys.publicKeys),
    checks: apiChecks(shared, verifier),
    logger,
    metrics,
    console: console?.options,
    ...(overrides.sandbox && { sandbox: overrides.sandbox }),
  })
  opened.defer(() => server.close())
  opened.defer(() => stopping.abort())
  const closing = opened.move()
  return {
    listen: async () => {
      const lostRuns = { runs: stores.runs, gateway: gateways.runs, events }
      const parts = {
        ...{ schedules, events, ping: () => shared.temporal.ping() },
        prepare: () => prepareTemporal(shared, config),
        endLostRuns: (signal: AbortSignal) => endAllLostRuns(lostRuns, signal),
      }
      reconciling = keepReconciling(parts, stopping.signal, config.schedule.reconcileSeconds)
      const address = await server.listen({ host: config.http.host, port: config.http.port })
      logger.info({ address }, 'the API answers')
      watch.start()
      return address
    },
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}

/** Temporal may have been replaced by an empty server since the process started. */
async function prepareTemporal({ temporal, claim }: Shared, config: Config): Promise<void> {
  await ensureSearchAttributes(temporal, config.temporal.namespace)
  await claim.claim()
}
