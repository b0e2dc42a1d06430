import { afterAll, beforeAll, expect, test } from 'vitest'
import { metricDefinitions } from '../../src/telemetry/metrics.js'
import { eventually } from '../support/eventually.js'
import { createWorld, type World } from '../support/world/world.js'
import { expressions, metricsIn } from '../deploy/support/observability.js'
import { seriesNames, startScraped, wrongHostKey } from './support/scrape.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

test('the endpoint of a worker has the metrics of a run, and those of Temporal in seconds', async () => {
  const worker = await startScraped('worker', world)
  const succeeded = 'tidemark_runs_total{status="SUCCEEDED",trigger="MANUAL"}'
  expect(await worker.value(succeeded)).toBe(0)
  expect(await worker.value('tidemark_attempts_failed_total{code="SFTP_UNAVAILABLE"}')).toBe(0)
  const tenant = await world.tenant({ rows: { user: 30 } })
  await tenant.register({ entityList: 'user' })
  await tenant.runNow()
  expect(await worker.value(succeeded)).toBe(1)
  expect(await worker.value('tidemark_published_files_total{entity="user"}')).toBe(1)
  expect(await worker.value('tidemark_published_rows_total{entity="user"}')).toBe(30)
  expect(await worker.value('tidemark_published_bytes_total{entity="user"}')).toBeGreaterThan(1000)
  for (const step of ['plan', 'read', 'upload', 'rename', 'record', 'finish']) {
    expect(await worker.value(`tidemark_step_seconds_count{step="${step}"}`)).toBeGreaterThan(0)
  }
  expect(await worker.value('tidemark_source_transaction_seconds_bucket{le="21600",entity="user"}')).toBe(1)
  expect(await worker.value('tidemark_sftp_connections')).toBeGreaterThan(0)
  expect(await worker.value('tidemark_sftp_connections_opened_total')).toBeGreaterThan(0)
  expect(await worker.value('tidemark_postgres_pool_limit_connections{pool="source"}')).toBe(8)
  expect(await worker.value('tidemark_postgres_pool_connections{pool="tidemark"}')).toBeGreaterThan(0)
  const completed = /^temporal_workflow_completed_total\{[^}]*workflow_type="exportRun"[^}]*\} 1$/m
  const text = await eventually('the end of the workflow', async () => {
    const scraped = await worker.scrape()
    return completed.test(scraped) && scraped
  })
  expect(text).toMatch(/^temporal_activity_execution_latency_seconds_bucket\{[^}]*le="21600"[^}]*\} /m)
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
})

test('an attempt that fails is counted by its code', async () => {
  const worker = await startScraped('worker', world, wrongHostKey)
  const tenant = await world.tenant({ rows: { user: 1 } })
  await tenant.register({ entityList: 'user' })
  expect(await tenant.runNow()).toMatchObject({ status: 'FAILED' })
  expect(await worker.value('tidemark_attempts_failed_total{code="SFTP_HOST_KEY_MISMATCH"}')).toBe(1)
  expect(await worker.value('tidemark_runs_total{status="FAILED",trigger="MANUAL"}')).toBe(1)
})

test('the API measures requests by route and status on a port of its own, and never on its public one', async () => {
  const api = await startScraped('api', world)
  expect((await fetch(`${api.url()}/metrics`)).status).toBe(404)
  expect((await fetch(`${api.url()}/export`)).status).toBe(401)
  expect((await fetch(`${api.url()}/made-up/by-a-caller`)).status).toBe(404)
  const count = 'tidemark_http_request_seconds_count{method="GET",route="/export",status="401"}'
  await eventually('the request to be measured', async () => (await api.value(count)) === 1)
  expect(await api.value('tidemark_http_rejections_total{reason="unauthenticated"}')).toBe(1)
  expect(await api.value('tidemark_http_rejections_total{reason="rate_limited"}')).toBe(0)
  expect(await api.value('tidemark_http_request_seconds_count{method="GET",route="none",status="404"}')).toBe(2)
  expect(await api.scrape()).not.toContain('by-a-caller')
})

test('the endpoints of the API and of a worker have each metric that the dashboard and the rules name', async () => {
  const [api, worker] = await Promise.all([startScraped('api', world), startScraped('worker', world)])
  const tenant = await world.tenant({ rows: { user: 3 } })
  await tenant.register({ entityList: 'user' })
  await tenant.runNow()
  const served = new Set([...seriesNames(await api.scrape()), ...seriesNames(await worker.scrape())])
  // Temporal's SDK has this counter once a workflow has failed.
  served.add('temporal_workflow_failed_total')
  const named = new Set(expressions().flatMap(metricsIn))
  expect(named.size).toBeGreaterThan(25)
  expect([...named].filter((name) => !served.has(name))).toEqual([])
  const alive = () => worker.value('tidemark_processes_alive{kind="WORKER"}')
  await eventually('the heartbeat of the worker in the metrics', async () => ((await alive()) ?? 0) > 0)
  for (const gauge of ['tidemark_overdue_tenants', 'tidemark_registrations_pending', 'tidemark_outbox_age_seconds']) {
    expect(await api.value(gauge)).toBeTypeOf('number')
  }
})

test('each metric has a sentence as its help, a unit in its name, and no tenant', () => {
  for (const [name, { help, kind, labels }] of Object.entries(metricDefinitions)) {
    expect(help).toMatch(/^(The|How) .*\.$/)
    expect(name).toMatch(kind === 'counter' ? /^tidemark_\w+_total$/ : /^tidemark_\w+(?<!_total)$/)
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/)
    expect(Object.keys(labels).filter((label) => /tenant/i.test(label))).toEqual([])
  }
})
