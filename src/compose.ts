import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { createActivities } from '../activities/index.js'
import { createTokenVerifier } from './auth/token-verifier.js'
import { loadCatalog } from './catalog/load.js'
import { type Config, ConfigError } from './config/config.js'
import { tlsOf } from './config/postgres-tls.js'
import { csvFiles } from './csv/csv-files.js'
import { valueFormat } from './csv/value-format.js'
import { type Database, databaseSchema, openDatabase } from './database/client.js'
import { createAuditStore } from './database/audit-store.js'
import { createDeliveryStore } from './database/delivery-store.js'
import { createLedgerStore } from './database/ledger-store.js'
import { createManifestStore } from './database/publication/manifest-store.js'
import { createPublicationStore } from './database/publication/publication-store.js'
import { applyMigrations } from './database/migrate.js'
import { createRegistrationStore } from './database/registration-store.js'
import { createRetentionStore } from './database/retention-store.js'
import { createRunStore } from './database/run-store.js'
import { refusalOf } from './database/refused-connection.js'
import { ensureServiceLogin, UnsafeLoginError } from './database/service-login.js'
import { InvalidTenantError } from './domain/access.js'
import { type Actor, commandActor, isTenantId, tenantIdRule } from './domain/actor.js'
import { createSftpKeyStore } from './database/sftp-key-store.js'
import { createTransact } from './database/unit-of-work.js'
import type { Catalog, Entity } from './domain/entity.js'
import type { OnStep } from './domain/run-step.js'
import type { Run } from './domain/run.js'
import { createHttpServer, type HttpServerOptions } from './http/server.js'
import { withCircuitBreaker } from './schedules/circuit-breaker.js'
import { ensureRetentionSchedule } from './schedules/retention-schedule.js'
import { createRunGateway } from './schedules/run-gateway.js'
import { createScheduleGateway } from './schedules/schedule-gateway.js'
import { scheduleSpec } from './schedules/schedule-spec.js'
import { ensureSearchAttributes, openTemporal } from './schedules/temporal.js'
import { createAudit } from './services/audit.js'
import { checkSource } from './services/check-source.js'
import { eraseTenant, type Receipt } from './services/erasure.js'
import { outboundFetch } from './outbound-fetch.js'
import { createDeliveries } from './services/deliveries.js'
import { endAllLostRuns, endLostRuns } from './services/lost-runs.js'
import { keepReconciling } from './services/reconciler.js'
import { removeRegistration } from './services/remove-registration.js'
import { createRegistrations } from './services/registrations.js'
import { createRuns } from './services/runs.js'
import { createScheduleSync } from './services/schedule-sync.js'
import { setRetention } from './services/set-retention.js'
import { createSftpKeys, removeKeyByFingerprint } from './services/sftp-keys.js'
import { sourceReport, type SourceReport } from './services/source-report.js'
import { createSftpTarget } from './sftp/sftp.js'
import { createSource } from './source/source.js'
import { createAlerts } from './telemetry/alerts.js'
import { createEvents, type Events } from './telemetry/events.js'
import { createLogger, type Logger } from './telemetry/logger.js'
import { installTemporalRuntime } from './telemetry/temporal-runtime.js'
import type { Report } from './verify/report.js'
import { type OnProgress, verify, type VerifyRequest } from './verify/verify.js'

export type { HomePage } from './http/home-page.js'
export { isLoopback, loopbackOrigin } from './http/addresses.js'
export { openAuthorizedKeys } from './authorized-keys.js'
export type { SourceReport } from './services/source-report.js'
export { scramVerifier } from './database/scram-verifier.js'
export type { Remark, Report } from './verify/report.js'
export type { Run } from './domain/run.js'
export type { OnProgress, Progress, VerifyRequest } from './verify/verify.js'

/** What a caller of the composition root may bring of its own. */
export interface Overrides {
  readonly logger?: Logger
  /** For the local stack: gives a token that the Sandbox page is filled with. */
  readonly sandbox?: HttpServerOptions['sandbox']
  /** Hears of each run that has ended. */
  readonly onRunFinished?: (run: Run) => void
  /** For fault tests: hears of each step of each run before it is taken. */
  readonly onStep?: OnStep
  /** A bundle of the workflows that was made already, as a file. */
  readonly workflowBundle?: string
}

/** Why a service could not start, or ended, as one line of the log. */
export function reportFailure(error: unknown): void {
  const logger = createLogger({ level: 'info' })
  if (error instanceof ConfigError) logger.fatal({ problems: error.problems }, 'the configuration is not usable')
  else logger.fatal({ err: error }, 'the service can not go on')
}

/** What every process needs: the catalog, the database with its stores, and the way to Temporal. */
async function composeCommon(config: Config, overrides: Overrides) {
  const logger = overrides.logger ?? createLogger(config.log)
  const fetch = outboundFetch(config.proxy)
  const alerts = createAlerts(logger, { ...config.alerts, fetch })
  const catalog = await loadCatalog(config.catalogFile)
  const database = await openSafely(config)
  const temporal = openTemporal(config.temporal)
  const gateways = {
    schedules: createScheduleGateway(temporal, config.temporal),
    runs: createRunGateway(temporal, config.temporal),
  }
  const stores = {
    transact: createTransact(database),
    registrations: createRegistrationStore(database),
    runs: createRunStore(database),
    deliveries: createDeliveryStore(database),
    publications: createPublicationStore(database),
    manifests: createManifestStore(database),
    audit: createAuditStore(database),
    retention: createRetentionStore(database),
    sftpKeys: createSftpKeyStore(database),
  }
  const dispose = async (): Promise<void> => {
    await temporal[Symbol.asyncDispose]()
    await database.close()
    await alerts[Symbol.asyncDispose]()
  }
  const events = withListener(createEvents(logger, alerts), overrides.onRunFinished)
  return { logger, fetch, events, catalog, database, temporal, gateways, stores, dispose }
}

function withListener(events: Events, onRunFinished: Overrides['onRunFinished']): Events {
  if (!onRunFinished) return events
  return {
    ...events,
    runFinished: (run) => {
      events.runFinished(run)
      onRunFinished(run)
    },
  }
}

function logTls({ database, source }: Config, { logger }: Common): void {
  logger.info({ database: tlsOf(database.url), source: tlsOf(source.url) }, 'TLS of the connections to Postgres')
}

/** @throws UnsafeLoginError, RefusedConnectionError; a database that can't be reached now is no reason not to start. */
async function openSafely({ database: options }: Config): Promise<Database> {
  const database = openDatabase(options)
  const problem: unknown = await database.check().catch((error: unknown) => error)
  const refusal = problem instanceof UnsafeLoginError ? problem : refusalOf(problem)
  if (!refusal) return database
  await database.close()
  throw refusal
}

type Common = Awaited<ReturnType<typeof composeCommon>>

export interface Api extends AsyncDisposable {
  /** Begins to answer; gives the URL that it answers at. */
  listen(): Promise<string>
}

/** The process that answers GraphQL and REST and keeps the schedules what the registrations say. */
export async function composeApi(config: Config, overrides: Overrides = {}): Promise<Api> {
  const common = await composeCommon(config, overrides)
  logTls(config, common)
  const schedules = composeScheduleSync(config, common)
  const { catalog, stores, events, gateways, logger } = common
  const temporalUi = { url: config.temporal.uiUrl, namespace: config.temporal.namespace }
  const server = await createHttpServer({
    http: config.http,
    issuer: config.oauth.issuer,
    scopePrefix: config.oauth.scopePrefix,
    registrations: createRegistrations({ catalog, ...stores, schedules, events }),
    runs: createRuns({ catalog, ...stores, gateway: gateways.runs, events, temporalUi }),
    deliveries: createDeliveries(stores),
    audit: createAudit({ ...stores, events }),
    sftpKeys: createSftpKeys({ ...stores, endpoint: config.sftpEndpoint, events }),
    verifier: createTokenVerifier(config.oauth, common.fetch),
    readiness: () => readiness(common),
    logger,
    ...(overrides.sandbox && { sandbox: overrides.sandbox }),
  })
  const stopping = new AbortController()
  let reconciling: Promise<void> | undefined
  return {
    listen: async () => {
      const lostRuns = { runs: stores.runs, gateway: gateways.runs, events }
      const parts = { schedules, endLostRuns: (signal: AbortSignal) => endAllLostRuns(lostRuns, signal), events }
      reconciling = keepReconciling(parts, stopping.signal, config.schedule.reconcileSeconds)
      const address = await server.listen({ host: config.http.host, port: config.http.port })
      logger.info({ address }, 'the API answers')
      return address
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await server.close()
      await reconciling
      await common.dispose()
    },
  }
}

function composeScheduleSync(config: Config, { catalog, stores, gateways, events }: Common) {
  return createScheduleSync({
    catalog,
    ...stores,
    gateway: withCircuitBreaker(gateways.schedules),
    specOf: ({ registration, pausedAt }, names) =>
      scheduleSpec(registration, names, { ...config.schedule, isPaused: pausedAt !== null }),
    events,
  })
}

async function readiness({ database, temporal }: Common): Promise<Record<string, 'ok' | string>> {
  const check = (part: Promise<unknown>): Promise<string> =>
    part.then(
      () => 'ok',
      () => 'unavailable',
    )
  const [postgres, temporalServer] = await Promise.all([check(database.check()), check(temporal.ping())])
  return { postgres, temporal: temporalServer }
}

export interface WorkerProcess extends AsyncDisposable {
  /** Works until {@link stop} is called; then hands over what it can't finish within a few seconds. */
  run(): Promise<void>
  stop(): void
}

/** The process that runs exports. @throws where Temporal can't be reached. */
export async function composeWorker(config: Config, overrides: Overrides = {}): Promise<WorkerProcess> {
  const common = await composeCommon(config, overrides)
  try {
    return await workerOf(config, overrides, common)
  } catch (error) {
    await common.dispose()
    throw error
  }
}

async function workerOf(config: Config, overrides: Overrides, common: Common): Promise<WorkerProcess> {
  logTls(config, common)
  installTemporalRuntime(common.logger, config.metrics.address)
  await ensureSearchAttributes(common.temporal, config.temporal.namespace)
  await ensureRetentionSchedule(common.temporal, config.temporal)
  const { catalog, stores, events, gateways, logger } = common
  const source = createSource({
    ...config.source,
    onHeld: (read) => events.sourceHeld(read),
    onFound: (found) => events.sourceRead(found),
  })
  const sftp = createSftpTarget(config.sftp)
  const activities = createActivities({
    catalog,
    ...stores,
    source,
    sftp,
    csvFiles,
    events,
    onStep: overrides.onStep ?? (() => undefined),
    endLostRuns: (tenantId, except) =>
      endLostRuns({ runs: stores.runs, gateway: gateways.runs, events }, tenantId, except),
    lineEnd: config.csv.lineEnd,
    hiddenName: config.hiddenName,
    ...config.run,
  })
  const connection = await NativeConnection.connect({
    address: config.temporal.address,
    tls: config.temporal.tls,
    ...(config.temporal.apiKey !== undefined && { apiKey: config.temporal.apiKey }),
  })
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    ...workflowCode(overrides.workflowBundle),
    activities,
    maxConcurrentActivityTaskExecutions: config.run.workerConcurrency,
    // Cancellation reaches an activity with the answer to a heartbeat, so these must not be held back for long.
    maxHeartbeatThrottleInterval: '2 seconds',
    // After the grace an export may take some seconds to tidy up, on a slow line too; force is for what hangs.
    shutdownGraceTime: '2 seconds',
    shutdownForceTime: '8 seconds',
  })
  return {
    run: () => {
      void checkSource({ catalog, source, events })
      const { namespace, taskQueue } = config.temporal
      logger.info({ namespace, taskQueue }, 'the worker takes tasks')
      return worker.run()
    },
    stop: () => worker.getState() === 'RUNNING' && worker.shutdown(),
    [Symbol.asyncDispose]: async () => {
      await connection.close()
      await sftp[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
      await common.dispose()
    },
  }
}

export interface Operator extends AsyncDisposable {
  /** Removes a tenant's registration and schedule. False where there was no registration. */
  removeRegistration(tenantId: string): Promise<boolean>
  /** For how many days the tenant's files are kept, 0 being for ever; null is as for everybody. */
  setRetention(tenantId: string, days: number | null): Promise<void>
  /** Removes an SFTP key by its fingerprint, `SHA256:…`. False where the tenant has none of it. */
  removeSftpKey(tenantId: string, fingerprint: string): Promise<boolean>
  /** @throws ExportError RUN_IN_PROGRESS where a run of the tenant does not end */
  eraseTenant(tenantId: string, signal: AbortSignal): Promise<Receipt>
}

/** What an operator does by command rather than over the API. A tenant that can't be one: InvalidTenantError. */
export async function composeOperator(config: Config, overrides: Overrides = {}): Promise<Operator> {
  const logger = overrides.logger ?? createLogger({ ...config.log, isCommand: true })
  const common = await composeCommon(config, { ...overrides, logger })
  const schedules = composeScheduleSync(config, common)
  const sftp = createSftpTarget(config.sftp)
  return {
    removeRegistration: (tenantId) => removeRegistration({ ...common.stores, schedules }, byCommand(tenantId)),
    setRetention: (tenantId, days) => setRetention(common.stores, byCommand(tenantId), days),
    removeSftpKey: (tenantId, fingerprint) =>
      removeKeyByFingerprint({ ...common.stores, events: common.events }, byCommand(tenantId), fingerprint),
    eraseTenant: (tenantId, signal) =>
      eraseTenant(
        { ...common.stores, schedules, gateway: common.gateways.runs, sftp, events: common.events },
        byCommand(tenantId),
        signal,
      ),
    [Symbol.asyncDispose]: async () => {
      await sftp[Symbol.asyncDispose]()
      await common.dispose()
    },
  }
}

/** @throws InvalidTenantError */
function byCommand(tenantId: string): Actor {
  if (!isTenantId(tenantId)) {
    throw new InvalidTenantError(`${JSON.stringify(tenantId)} can't be the id of a tenant, which ${tenantIdRule}.`)
  }
  return commandActor(tenantId)
}

export interface Verifier extends AsyncDisposable {
  /** Holds delivered files to the ledger, their manifests and the source. Outages are part of the report. */
  verify(request: VerifyRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Report>
}

/** What looks at delivered files, and writes nothing. */
export async function composeVerifier(config: Config): Promise<Verifier> {
  const catalog = await loadCatalog(config.catalogFile)
  const database = await openSafely(config)
  const source = createSource({ ...config.source, applicationName: 'tidemark-verify' })
  const sftp = createSftpTarget(config.sftp)
  const deps = {
    ledger: createLedgerStore(database),
    sftp,
    source,
    catalog,
    valueFormat,
    hiddenName: config.hiddenName,
  }
  return {
    verify: (request, signal, onProgress = () => undefined) => verify(deps, request, signal, onProgress),
    [Symbol.asyncDispose]: async () => {
      await sftp[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

export interface SourceChecker extends AsyncDisposable {
  readonly catalog: Catalog
  /** Checks the tables of these entities, or of all. @throws ExportError where the source cannot be asked */
  check(entities?: readonly Entity[]): Promise<SourceReport>
}

/** What checks the source before anything is exported. It needs nothing else to run. */
export async function composeSourceChecker(config: Config): Promise<SourceChecker> {
  const catalog = await loadCatalog(config.catalogFile)
  const source = createSource({ ...config.source, applicationName: 'tidemark-check' })
  return {
    catalog,
    check: (entities) => sourceReport({ catalog, source }, { countRows: true, ...(entities && { entities }) }),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}

export interface MigratedDatabase {
  /** The migrations that were applied now. */
  readonly applied: readonly string[]
  /** Whether the service's login was made now. */
  readonly loginMade: boolean
}

/** Brings Tidemark's tables to the current version, as their owner, and makes the login that the service has. */
export async function migrateDatabase(ownerUrl: string, serviceUrl: string): Promise<MigratedDatabase> {
  const folder = besideSource('prisma/migrations')
  const applied = await applyMigrations({ url: ownerUrl, schema: databaseSchema, folder })
  return { applied, loginMade: await ensureServiceLogin(ownerUrl, serviceUrl) }
}

/** The same for the tables of the sample source, which only the local stack and tests have. */
export function migrateSampleSource(url: string): Promise<string[]> {
  return applyMigrations({ url, schema: 'analytics', folder: besideSource('prisma/source/migrations') })
}

/** The workflows as they were bundled at build time, or from their source where nothing was built. */
function workflowCode(
  bundle = besideSource('workflow-bundle.js'),
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } }
  return { workflowsPath: besideSource('workflows/index.ts') }
}

/** What lies beside `src`, in the repository as in the image. */
function besideSource(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}
