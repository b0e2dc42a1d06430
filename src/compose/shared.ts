import { loadCatalog } from '../catalog/load.js'
import type { Config } from '../config/config.js'
import { tlsOf } from '../config/postgres-tls.js'
import type { Database } from '../database/client.js'
import type { Run } from '../domain/run.js'
import { createDeliveryTestGateway } from '../schedules/delivery-test-gateway.js'
import { createRunGateway } from '../schedules/run-gateway.js'
import { createScheduleGateway, type ScheduleGateway, type SchedulePauses } from '../schedules/schedule-gateway.js'
import { createTaskQueueClaim } from '../schedules/task-queue-claim.js'
import { createWebhookGateway } from '../schedules/webhook-gateway.js'
import { openTemporal } from '../schedules/temporal.js'
import { createEvents } from '../telemetry/create-events.js'
import type { Events } from '../telemetry/events.js'
import { createLogger, type Logger } from '../telemetry/logger.js'
import { meteredEvents } from '../telemetry/metered-events.js'
import { type Metrics, noMetrics } from '../telemetry/metrics.js'
import { watchPool } from '../telemetry/pool-metrics.js'
import { temporalTracing, type TracingOptions } from '../telemetry/tracing.js'
import { withSpans } from '../telemetry/with-spans.js'
import { createStores, openSafely } from './database.js'
import type { DisposableStack } from './disposable-stack.js'
import { guarded } from './guarded.js'
import { composeIncidents } from './incidents.js'
import { outboundFetch } from './outbound-fetch.js'
import type { WebhookOverrides } from './webhook-overrides.js'

/** What a caller may bring to each program. */
export interface SharedOverrides {
  readonly logger?: Logger
  /** Is called with each run that has ended. */
  readonly onRunFinished?: (run: Run) => void
  /** Is closed by its opener. Nothing is counted by default. */
  readonly metrics?: Metrics
  readonly webhooks?: WebhookOverrides
}

export type Shared = Awaited<ReturnType<typeof openShared>>

/** Opens what the API, the worker and an operator's commands need: the catalog, the database and Temporal. */
export async function openShared(config: Config, overrides: SharedOverrides, opened: DisposableStack) {
  const logger = overrides.logger ?? createLogger(config.log)
  const metrics = overrides.metrics ?? noMetrics
  const fetch = await outboundFetch(config.proxy)
  const catalog = await loadCatalog(config.catalogFile)
  const database = traced(await openSafely(config, opened, (pool) => watchPool(metrics, 'tidemark', pool)))
  const { incidents, ...incidentParts } = composeIncidents(config, { logger, fetch, database }, opened)
  const temporal = opened.use(openTemporal(config.temporal, temporalTracing()?.client))
  const stores = createStores(database)
  const installation = (): Promise<string> => stores.installation.id()
  const claim = createTaskQueueClaim(temporal, config.temporal, installation)
  const check = (): Promise<void> => claim.require()
  const schedules = createScheduleGateway(temporal, config.temporal, installation)
  const gateways = {
    schedules: tracedSchedules(guarded(schedules, check, ['apply', 'remove', 'backfill'])),
    runs: guarded(createRunGateway(temporal, config.temporal), check, ['start', 'cancel', 'end']),
    deliveryTests: guarded(createDeliveryTestGateway(temporal, config.temporal), check, ['start']),
    webhooks: guarded(createWebhookGateway(temporal, config.temporal), check, ['wake']),
  }
  const events = withListener(meteredEvents(createEvents(logger, incidents), metrics), overrides.onRunFinished)
  return {
    logger,
    metrics,
    fetch,
    events,
    incidents,
    incidentParts,
    catalog,
    database,
    stores,
    temporal,
    claim,
    foreignSchedules: schedules,
    gateways,
    webhookOverrides: overrides.webhooks,
  }
}

function traced(database: Database): Database {
  return withSpans('database', database, {
    forTenant: (tenantId) => ({ tenantId }),
    readForTenant: (tenantId) => ({ tenantId }),
    forOperations: () => ({}),
    readForOperations: () => ({}),
    tenantIds: () => ({}),
    count: () => ({}),
  })
}

type Schedules = ScheduleGateway & SchedulePauses

function tracedSchedules(schedules: Schedules): Schedules {
  return withSpans('schedule', schedules, {
    apply: ({ tenantId }) => ({ tenantId }),
    remove: (tenantId) => ({ tenantId }),
    compare: ({ tenantId }) => ({ tenantId }),
    pausedByPerson: (tenantId) => ({ tenantId }),
    backfill: (tenantId) => ({ tenantId }),
  })
}

function withListener(events: Events, onRunFinished: SharedOverrides['onRunFinished']): Events {
  if (!onRunFinished) return events
  return {
    ...events,
    runFinished: (run) => {
      events.runFinished(run)
      onRunFinished(run)
    },
  }
}

/** The collector of traces; undefined if traces are off. */
export function tracingOf({ tracing }: Config, serviceName: string): TracingOptions | undefined {
  return tracing && { ...tracing, serviceName: tracing.serviceName ?? serviceName }
}

export function logTls({ database, source }: Config, logger: Logger): void {
  logger.info({ database: tlsOf(database.url), source: tlsOf(source.url) }, 'TLS of the connections to Postgres')
}
