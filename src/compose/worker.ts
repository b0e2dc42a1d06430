import { existsSync } from 'node:fs'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import type { ActivityDependencies } from '../../activities/dependencies.js'
import { createActivities } from '../../activities/index.js'
import { createStartGate } from '../../activities/start-gate.js'
import { writeOldIndexes } from '../../activities/write-old-indexes.js'
import type { Config } from '../config/config.js'
import { csvFiles } from '../csv/csv-files.js'
import type { ManifestSigner } from '../domain/publication-ports.js'
import type { OnStep } from '../domain/run-step.js'
import { createFileEncryptors } from '../pgp/file-encryptor.js'
import { createSigningKeys } from '../pgp/signing-key.js'
import { createLastScheduledRun } from '../schedules/last-run.js'
import { ensureSearchAttributes } from '../schedules/temporal.js'
import { checkSource } from '../services/check-source.js'
import { contractTextOf } from '../services/contract-text.js'
import { endLostRuns } from '../services/lost-runs.js'
import { createServerCheck } from '../services/server/check-server.js'
import { createSftpProbe } from '../sftp/probe.js'
import { createSftpTarget, type SftpTarget, type WatchConnections } from '../sftp/sftp.js'
import { createManifestSigner } from '../signing/manifest-keys.js'
import { createSource, type Source } from '../source/source.js'
import { workflowTracing } from '../telemetry/workflow-tracing.js'
import { createLogger } from '../telemetry/logger.js'
import type { Metrics } from '../telemetry/metrics.js'
import { startTracing, temporalTracing } from '../telemetry/tracing.js'
import { watchPool } from '../telemetry/pool-metrics.js'
import { installTemporalRuntime } from '../telemetry/temporal-runtime.js'
import { startSmallServer, workerHealth } from '../http/small-server.js'
import { workerChecks } from './worker-checks.js'
import { composeWatch, type WatchPace } from './watch.js'
import { besideSource } from './beside-source.js'
import { DisposableStack } from './disposable-stack.js'
import { composeOperationsMetrics, openMetrics } from './metrics.js'
import { composeWebhookWorker } from './webhook-worker.js'
import { serverOf } from './server.js'
import { logTls, openShared, tracingOf, type Shared, type SharedOverrides } from './shared.js'

export interface WorkerOverrides extends SharedOverrides {
  /** For fault tests: is called with each step of each run before it is taken. */
  readonly onStep?: OnStep
  /** A bundle of the workflows that was made already, as a file. */
  readonly workflowBundle?: string
  readonly pace?: WatchPace
}

export interface WorkerProcess extends AsyncDisposable {
  /** Works until {@link stop} is called, and a few seconds longer, to finish what is under way. */
  run(): Promise<void>
  stop(): void
}

/** The process that runs exports. @throws where Temporal can't be reached. */
export async function composeWorker(config: Config, overrides: WorkerOverrides = {}): Promise<WorkerProcess> {
  await using opened = new DisposableStack()
  const logger = overrides.logger ?? createLogger(config.log)
  opened.use(await startTracing(tracingOf(config, 'tidemark-worker'), logger))
  const metrics = opened.use(await openMetrics(config.metrics.address, logger))
  const shared = await openShared(config, { ...overrides, logger, metrics }, opened)
  const { catalog, events, temporal } = shared
  logTls(config, logger)
  composeOperationsMetrics(config, shared)
  await installTemporalRuntime(logger, config.metrics.address === undefined ? undefined : metrics)
  await ensureSearchAttributes(temporal, config.temporal.namespace)
  await shared.claim.claim()
  const source = opened.use(openSource(config, shared))
  const sftp = opened.use(createSftpTarget(config.sftp, watchSftp(shared.metrics)))
  const signer = await signerOf(config)
  const deps = activityDependencies(config, overrides, shared, { source, sftp, signer })
  const connection = await NativeConnection.connect({
    address: config.temporal.address,
    tls: config.temporal.tls,
    ...(config.temporal.apiKey !== undefined && { apiKey: config.temporal.apiKey }),
  })
  opened.defer(() => connection.close())
  const worker = await Worker.create({
    connection,
    ...workerOptions(config),
    ...tracedCode(workflowCode(overrides.workflowBundle)),
    activities: createActivities(deps),
  })
  const webhooks = await composeWebhookWorker(config, shared, connection)
  const workers = [worker, ...(webhooks ? [webhooks.worker] : [])]
  const oldIndexes = {
    name: 'old-indexes',
    everySeconds: 60,
    run: (signal: AbortSignal) => writeOldIndexes(deps, signal),
  }
  const steps = [oldIndexes, ...(webhooks?.steps ?? [])]
  const watch = composeWatch(config, shared, { kind: 'WORKER', steps, pace: overrides.pace }, opened)
  if (config.health.address !== undefined) {
    const isWorking = (): boolean => worker.getState() === 'RUNNING'
    const routes = workerHealth({ isWorking, checks: workerChecks(config, shared, opened), logger })
    opened.use(await startSmallServer(config.health.address, routes, logger))
  }
  const closing = opened.move()
  return {
    run: () => {
      watch.start()
      void checkSource({ catalog, source, events })
      const { namespace, taskQueue } = config.temporal
      logger.info({ namespace, taskQueue }, 'the worker takes tasks')
      return runAll(workers)
    },
    stop: () => stopAll(workers),
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}

/** If one of them fails, the others stop. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.run().finally(() => stopAll(workers))))
}

function stopAll(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
}

function openSource(config: Config, { events, metrics }: Shared): Source {
  return createSource({
    ...config.source,
    onPool: (pool) => watchPool(metrics, 'source', pool),
    onHeld: (read) => events.sourceHeld(read),
    onFound: (found) => events.sourceRead(found),
  })
}

function activityDependencies(
  config: Config,
  { onStep = () => undefined }: WorkerOverrides,
  shared: Shared,
  targets: { readonly source: Source; readonly sftp: SftpTarget; readonly signer: ManifestSigner | undefined },
): ActivityDependencies {
  const { catalog, stores, events, gateways, metrics } = shared
  return {
    catalog,
    ...stores,
    ...targets,
    requireServer: createServerCheck(serverOf(config, shared, targets.sftp)),
    probeSftp: createSftpProbe(config.sftp),
    csvFiles,
    compared: new Set(),
    openEncryptor: createFileEncryptors({ ...stores, signingKeys: createSigningKeys(config.pgpSigningKey) }),
    events,
    metrics,
    onStep,
    endLostRuns: (tenantId, except) =>
      endLostRuns({ runs: stores.runs, gateway: gateways.runs, events }, tenantId, except),
    lastScheduledRun: createLastScheduledRun(shared.temporal),
    lineEnd: config.csv.lineEnd,
    hiddenName: config.hiddenName,
    contractText: contractTextOf(catalog, config.sftpEndpoint),
    ...config.run,
    reserveStart: createStartGate(config.run.startsPerSecond),
  }
}

async function signerOf({ manifestKeys: { signingKey } }: Config): Promise<ManifestSigner | undefined> {
  return signingKey && (await createManifestSigner(signingKey))
}

function watchSftp(metrics: Metrics): WatchConnections {
  return {
    onPool: (countOpen) => metrics.watch('sftp', () => [['tidemark_sftp_connections', {}, countOpen()]]),
    onOpened: () => metrics.add('tidemark_sftp_connections_opened_total', {}),
  }
}

function workerOptions({ temporal, run }: Config) {
  return {
    namespace: temporal.namespace,
    taskQueue: temporal.taskQueue,
    maxConcurrentActivityTaskExecutions: run.workerConcurrency,
    // The SDK's default follows the limit of Node's heap, so it would be thousands on a large machine.
    maxCachedWorkflows: run.workflowCacheSize,
    // All runs share one sandbox in one thread, instead of a sandbox for each.
    reuseV8Context: true,
    workflowThreadPoolSize: 1,
    // Cancellation reaches an activity with the answer to a heartbeat, so these must not be held back for long.
    maxHeartbeatThrottleInterval: '2 seconds',
    // After the grace an export may take some seconds to tidy up, on a slow line too; force is for what hangs.
    shutdownGraceTime: '2 seconds',
    shutdownForceTime: '8 seconds',
  } as const
}

/** A trace goes on in activities, and the spans of workflows leave their sandbox through a sink. */
function tracedCode(code: WorkflowCode): WorkflowCode & Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  const tracing = temporalTracing()
  if (!tracing) return code
  const { activity, sinks } = tracing
  const interceptors = { activity: [activity], ...(code.workflowsPath && { workflowModules: [workflowTracing()] }) }
  return { ...code, interceptors, sinks }
}

type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>

/**
 * The workflows as they were bundled at build time, or from their source where nothing was built. Only the bundle for traces
 * has the interceptors.
 */
function workflowCode(
  bundle = besideSource(temporalTracing() ? 'workflow-bundle-traced.js' : 'workflow-bundle.js'),
): WorkflowCode {
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } }
  return { workflowsPath: besideSource('workflows/index.ts') }
}
