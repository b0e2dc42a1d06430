import { exportErrors } from '../domain/errors.js'
import { runSteps } from '../domain/run-step.js'
import { runStatuses, runTriggers } from '../domain/run.js'

/** The values of a label; null if they are not known before they occur. */
type Labels = Readonly<Record<string, readonly string[] | null>>

interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** A full sentence: Prometheus and docs/reference/metrics.md show it. */
  readonly help: string
  readonly labels: Labels
  /** The upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[]
}

/** From 5 ms to 6 h, which is the longest time that a read of the source may take by default. */
const longBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600]
/** Of requests, which have one minute at most. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const endedStatuses = Object.keys(runStatuses).filter((status) => status !== 'QUEUED' && status !== 'RUNNING')

/** The reasons of {@link metricDefinitions.tidemark_http_rejections_total}, by the HTTP status of the response. */
export const rejectionReasons: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  429: 'rate_limited',
  503: 'unavailable',
}

/**
 * Every metric of Tidemark. Names follow the conventions of Prometheus: base units, and `_total` for counters. No metric has the
 * tenant as a label, because there may be thousands of tenants.
 */
export const metricDefinitions = {
  tidemark_runs_total: {
    kind: 'counter',
    help: 'The number of runs that have ended, by how they ended and by what started them.',
    labels: { status: endedStatuses, trigger: Object.keys(runTriggers) },
  },
  tidemark_published_files_total: {
    kind: 'counter',
    help: 'The number of deliveries that were published.',
    labels: { entity: null },
  },
  tidemark_published_rows_total: {
    kind: 'counter',
    help: 'The number of rows in published deliveries, without header rows.',
    labels: { entity: null },
  },
  tidemark_published_bytes_total: {
    kind: 'counter',
    help: 'The size of published deliveries in bytes.',
    labels: { entity: null },
  },
  tidemark_step_seconds: {
    kind: 'histogram',
    help: 'How long the steps of runs took, in seconds. The step upload contains the reading of the rows.',
    labels: { step: runSteps },
    buckets: longBuckets,
  },
  tidemark_attempts_failed_total: {
    kind: 'counter',
    help: 'The number of attempts of activities that failed, by error code. The runbook has a page for each code.',
    labels: { code: Object.keys(exportErrors) },
  },
  tidemark_source_transaction_seconds: {
    kind: 'histogram',
    help: 'How long the read of one file held a transaction of the source, in seconds. The source cannot clean up rows that changed since then.',
    labels: { entity: null },
    buckets: longBuckets,
  },
  tidemark_sftp_connections: {
    kind: 'gauge',
    help: 'The number of open connections to the SFTP server.',
    labels: {},
  },
  tidemark_sftp_connections_opened_total: {
    kind: 'counter',
    help: 'The number of connections to the SFTP server that were opened.',
    labels: {},
  },
  tidemark_http_request_seconds: {
    kind: 'histogram',
    help: 'How long the API took to answer requests, in seconds. The route is the path of the API, or none.',
    labels: { method: null, route: null, status: null },
    buckets: requestBuckets,
  },
  tidemark_http_rejections_total: {
    kind: 'counter',
    help: 'The number of requests that the API refused, by reason.',
    labels: { reason: Object.values(rejectionReasons) },
  },
  tidemark_postgres_pool_connections: {
    kind: 'gauge',
    help: 'The number of open connections in a pool of Postgres connections.',
    labels: { pool: null },
  },
  tidemark_postgres_pool_idle_connections: {
    kind: 'gauge',
    help: 'The number of open connections in a pool that nothing uses.',
    labels: { pool: null },
  },
  tidemark_postgres_pool_limit_connections: {
    kind: 'gauge',
    help: 'The most connections that a pool may open.',
    labels: { pool: null },
  },
  tidemark_postgres_pool_waiting_callers: {
    kind: 'gauge',
    help: 'The number of callers that wait for a connection of a pool.',
    labels: { pool: null },
  },
  tidemark_overdue_tenants: {
    kind: 'gauge',
    help: 'The number of tenants whose files are not published, although their expected time has passed.',
    labels: {},
  },
  tidemark_oldest_unpublished_window_seconds: {
    kind: 'gauge',
    help: 'How long ago the oldest window that should be published and is not published ended, in seconds.',
    labels: {},
  },
  tidemark_incidents_open: {
    kind: 'gauge',
    help: 'The number of open incidents, by code and severity. The runbook has a page for each code.',
    labels: { code: null, severity: null },
  },
  tidemark_registrations_pending: {
    kind: 'gauge',
    help: 'The number of registrations whose schedule does not match them yet.',
    labels: {},
  },
  tidemark_outbox_age_seconds: {
    kind: 'gauge',
    help: 'The age of the oldest message that waits to be posted, in seconds.',
    labels: {},
  },
  tidemark_processes_alive: {
    kind: 'gauge',
    help: 'The number of processes that have sent a heartbeat to the database recently, by kind.',
    labels: { kind: null },
  },
  tidemark_metrics_failures_total: {
    kind: 'counter',
    help: 'The number of times that a part of these metrics could not be read. That part is missing from the answer, and the log has the cause.',
    labels: { part: null },
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>

type Definitions = typeof metricDefinitions
type NamesOf<Kind extends MetricDefinition['kind']> = {
  [Name in keyof Definitions]: Definitions[Name]['kind'] extends Kind ? Name : never
}[keyof Definitions]

export type MetricName = keyof Definitions
export type CounterName = NamesOf<'counter'>
export type GaugeName = NamesOf<'gauge'>
export type HistogramName = NamesOf<'histogram'>
type LabelsOf<Name extends MetricName> = Readonly<Record<keyof Definitions[Name]['labels'], string>>

/** The value of a gauge for one combination of labels. */
export type Sample = { [Name in GaugeName]: readonly [Name, LabelsOf<Name>, number] }[GaugeName]

/** What the programs count and measure. */
export interface Metrics extends AsyncDisposable {
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void
  /** Reads gauges for each answer to Prometheus. The samples of several readers are added up. `part` is for failures. */
  watch(part: string, read: () => readonly Sample[] | Promise<readonly Sample[]>): void
  /** The same for numbers that are not this process's own: only the first reader of a part counts. */
  watchOnce(part: string, read: () => readonly Sample[] | Promise<readonly Sample[]>): void
  /** Adds the metrics of another exporter, in the text format of Prometheus, to each answer. */
  append(part: string, read: () => Promise<string>): void
}

/** Without METRICS_ADDRESS nothing is counted. */
export const noMetrics: Metrics = {
  add: () => undefined,
  observe: () => undefined,
  watch: () => undefined,
  watchOnce: () => undefined,
  append: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
