import { expect, test } from 'vitest'
import { createLogger } from '../../src/telemetry/logger.js'
import { type OperationsNumbers, watchOperations } from '../../src/telemetry/operations-metrics.js'
import { watchPool } from '../../src/telemetry/pool-metrics.js'
import { createPrometheusMetrics, type PrometheusMetrics } from '../../src/telemetry/prometheus.js'
import { noMetrics } from '../../src/telemetry/metrics.js'
import { valueOf } from './support/scrape.js'

const numbers: OperationsNumbers = {
  overdueTenants: 3,
  oldestUnpublishedSeconds: 90,
  openIncidents: [{ code: 'SFTP_UNAVAILABLE', severity: 'critical', count: 1 }],
  pendingRegistrations: 2,
  outboxAgeSeconds: null,
  processesAlive: [{ kind: 'worker', count: 2 }],
}
const pool = { totalCount: 4, idleCount: 1, waitingCount: 2, options: { max: 10 } }

function openMetrics(): PrometheusMetrics & { readonly log: string[] } {
  const log: string[] = []
  return {
    ...createPrometheusMetrics(createLogger({ level: 'info', destination: { write: (line) => void log.push(line) } })),
    log,
  }
}
/** As what the programs get. */
const asMetrics = (metrics: PrometheusMetrics) => ({ ...noMetrics, ...metrics })

test('numbers of all tenants are read once for all scrapes of 15 seconds, and count once in a process with two programs', async () => {
  const metrics = openMetrics()
  let reads = 0
  const read = async () => ((reads += 1), numbers)
  watchOperations(asMetrics(metrics), read)
  watchOperations(asMetrics(metrics), read)
  const text = await metrics.text()
  await metrics.text()
  expect(reads).toBe(1)
  expect(valueOf(text, 'tidemark_overdue_tenants')).toBe(3)
  expect(valueOf(text, 'tidemark_oldest_unpublished_window_seconds')).toBe(90)
  expect(valueOf(text, 'tidemark_incidents_open{code="SFTP_UNAVAILABLE",severity="critical"}')).toBe(1)
  expect(valueOf(text, 'tidemark_outbox_age_seconds')).toBe(0)
  expect(valueOf(text, 'tidemark_processes_alive{kind="worker"}')).toBe(2)
})

test('the pools of two programs in one process are added up, and a later scrape has the values of then', async () => {
  const metrics = openMetrics()
  const own = { ...pool }
  watchPool(asMetrics(metrics), 'tidemark', own)
  watchPool(asMetrics(metrics), 'tidemark', pool)
  const connections = 'tidemark_postgres_pool_connections{pool="tidemark"}'
  expect(valueOf(await metrics.text(), connections)).toBe(8)
  own.totalCount = 1
  expect(valueOf(await metrics.text(), connections)).toBe(5)
})

test('what cannot be read is missing from the answer, counted, and logged with its cause', async () => {
  const metrics = openMetrics()
  watchPool(asMetrics(metrics), 'source', pool)
  watchOperations(asMetrics(metrics), () => Promise.reject(new Error('no connection')))
  metrics.append('temporal', () => Promise.reject(new Error('connection refused')))
  await metrics.text()
  const text = await metrics.text()
  expect(valueOf(text, 'tidemark_overdue_tenants')).toBeUndefined()
  expect(valueOf(text, 'tidemark_postgres_pool_waiting_callers{pool="source"}')).toBe(2)
  expect(valueOf(text, 'tidemark_metrics_failures_total{part="operations"}')).toBe(2)
  expect(valueOf(text, 'tidemark_metrics_failures_total{part="temporal"}')).toBeGreaterThan(0)
  expect(metrics.log.join('')).toContain('no connection')
  expect(metrics.log.join('')).toContain('connection refused')
})

test('scrapes at the same time share one reading', async () => {
  const metrics = openMetrics()
  watchPool(asMetrics(metrics), 'source', pool)
  const texts = await Promise.all([metrics.text(), metrics.text()])
  expect(texts.map((text) => valueOf(text, 'tidemark_postgres_pool_connections{pool="source"}'))).toEqual([4, 4])
})
