import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { dayFolder, isoDay } from '../../src/domain/delivery-path.js'
import type { Run } from '../../src/domain/run.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/postgres/hold-table.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_MAX_ATTEMPTS: '5' } })
})
afterAll(() => world[Symbol.asyncDispose]())

const few = { user: 40, site_category: 3, site: 4, user_login_events: 20 }

test('if one entity fails, the others are published, nothing is disabled, and the next run covers the window (promise 4)', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user, site, user logins' })
  const [first] = await tenant.backfill(midnight(3))
  expect(first?.status).toBe('SUCCEEDED')

  await world.sql('ALTER TABLE analytics.site RENAME TO site_away')
  const [second] = await tenant.backfill(midnight(2))
  await world.sql('ALTER TABLE analytics.site_away RENAME TO site')

  expect(second?.status).toBe('PARTIALLY_FAILED')
  expect(statuses(second)).toEqual({ site: 'FAILED', user: 'PUBLISHED', user_login_events: 'PUBLISHED' })
  const site = second?.entities.find(({ entity }) => entity === 'site')
  expect(site).toMatchObject({ attempts: 1, path: null, sha256: null, revision: null })
  expect(site?.error).toEqual({
    code: 'SOURCE_SCHEMA_MISMATCH',
    message: expect.stringMatching(/analytics.site.* does not exist/),
  })
  const onThatDay = (await tenant.delivered()).filter(({ resource }) => resource.window.to === iso(midnight(2)))
  expect(onThatDay.map(({ resource }) => resource.entity).toSorted()).toEqual(['user', 'user_login_events'])

  const failure = await failureInTemporal(second)
  expect(failure).toMatchObject({ type: 'PARTIALLY_FAILED', nonRetryable: true })
  expect(failure.message).toMatch(
    /^SOURCE_SCHEMA_MISMATCH \(1 entity: site\): Reading site of \S+ from analytics\.site: .* What to do: Run check-source/,
  )
  const { state } = await world.temporal.schedule.getHandle(scheduleId(tenant.id)).describe()
  expect(state.paused).toBe(false)

  const [third] = await tenant.backfill(midnight(1))
  expect(third?.status).toBe('SUCCEEDED')
  expect(third?.entities.map(({ entity, mode, from }) => [entity, mode, from])).toEqual([
    ['site', 'DELTA', midnight(3)],
    ['user', 'DELTA', midnight(2)],
    ['user_login_events', 'DELTA', midnight(2)],
  ])
})

test('if every entity fails, no file and no manifest is delivered, and the next run is the full load (promises 4, 5)', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  await world.sql('ALTER TABLE analytics.site RENAME TO site_away')
  const [first] = await tenant.backfill(midnight(2))
  await world.sql('ALTER TABLE analytics.site_away RENAME TO site')
  expect(first).toMatchObject({ status: 'FAILED', manifestPath: null })
  expect(await tenant.files()).toEqual([])
  expect((await failureInTemporal(first)).type).toBe('FAILED')

  const [second] = await tenant.backfill(midnight(1))
  expect(second?.entities).toMatchObject([{ status: 'PUBLISHED', mode: 'FULL', fullLoadReason: 'FIRST' }])
})

test('an obstacle on the server is retried and reported with its code, and the run succeeds once it is gone', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user, site' })
  // A file is stored where the folder of the entity must be.
  const inTheWay = join(world.sftp.folder, dayFolder(tenant.id, midnight(1)), 'site')
  await mkdir(dirname(inTheWay), { recursive: true })
  await writeFile(inTheWay, 'no folder')
  await tenant.startBackfill(midnight(1))
  const run = await tenant.runUpTo(midnight(1))
  const failed = await eventually('the failure to be reported while the run continues', async () => {
    const site = (await latest(tenant, run)).entities.find(({ entity }) => entity === 'site')
    return site?.error && site
  })
  expect(failed).toMatchObject({ status: 'RUNNING', error: { code: 'SFTP_UNSAFE_PATH' } })
  await rm(inTheWay)

  const ended = await tenant.finished(run.id)
  expect(statuses(ended)).toEqual({ site: 'PUBLISHED', user: 'PUBLISHED' })
  expect(ended.status).toBe('SUCCEEDED')
  expect(ended.entities.map(({ error }) => error)).toEqual([null, null])
  expect(ended.entities.find(({ entity }) => entity === 'site')?.attempts).toBeGreaterThan(1)
})

test('a run succeeds although the SFTP server is down for some seconds', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user, site' })
  await world.sftp.halt()
  const started = await tenant.startRun()
  try {
    const failing = await eventually('both entities to be tried twice', async () => {
      const { entities } = await latest(tenant, started)
      return entities.length === 2 && entities.every(({ attempts, error }) => attempts > 1 && error) && entities
    })
    expect(failing.map(({ error }) => error?.code)).toEqual(['SFTP_UNAVAILABLE', 'SFTP_UNAVAILABLE'])
  } finally {
    await world.sftp.start()
  }
  const run = await tenant.finished(started.id)
  expect(run.status).toBe('SUCCEEDED')
  expect(Math.min(...run.entities.map(({ attempts }) => attempts))).toBeGreaterThan(1)
  expect(differences(await tenant.compare())).toEqual([])
})

test('if a connection breaks in the middle of a file, the file is sent again and no partial file stays (promise 7)', async () => {
  const tenant = await world.tenant({ rows: { user: 20_000 } })
  await tenant.register({ entityList: 'user' })
  world.sftp.proxy.afterBytes(500_000, () => world.sftp.proxy.cut())
  const run = await tenant.runNow()
  expect(run.entities).toMatchObject([{ status: 'PUBLISHED', attempts: 2, error: null }])
  expect(await tenant.hiddenFiles()).toEqual([])
  expect(differences(await tenant.compare())).toEqual([])
})

test('if the source ends a session in the middle of a read, the read is repeated', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  const held = await holdTable(world, 'site')
  const started = await tenant.startRun()
  const ended = await eventually('the read to wait, and its session to be ended', async () => {
    const rows = await world.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'tidemark-source'`,
    )
    return rows.length > 0 ? rows.length : undefined
  })
  expect(ended).toBe(1)
  const failed = await eventually(
    'the attempt to fail',
    async () => (await latest(tenant, started)).entities[0]?.error ?? undefined,
  )
  expect(failed.code).toBe('SOURCE_UNAVAILABLE')
  await held.release()
  expect(await tenant.finished(started.id)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a run waits for another run of the same tenant (promise 11)', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  await tenant.backfill(midnight(2))
  const held = await holdTable(world, 'site')
  await tenant.startBackfill(midnight(1))
  const going = await tenant.runUpTo(midnight(1))
  // By hand, past the use case that would refuse it.
  const waiting = await world.temporal.workflow.start('exportRun', {
    workflowId: `${scheduleId(tenant.id)}-second`,
    taskQueue: world.config.temporal.taskQueue,
    args: [{ tenantId: tenant.id }],
  })
  await eventually('the second run to wait', async () => {
    const { raw } = await waiting.describe()
    return raw.pendingActivities?.find(
      (activity) => activity.lastFailure?.applicationFailureInfo?.type === 'RUN_IN_PROGRESS',
    )
  })
  expect((await tenant.allRuns()).filter(({ status }) => status === 'RUNNING').map(({ id }) => id)).toEqual([going.id])
  await held.release()
  const first = await tenant.finished(going.id)
  await waiting.result()
  const second = (await tenant.allRuns()).find(({ workflowId }) => workflowId === waiting.workflowId)
  expect(second).toMatchObject({ status: 'SUCCEEDED', trigger: 'MANUAL' })
  expect(second?.entities[0]?.from).toEqual(midnight(1))
  expect(second?.startedAt?.getTime()).toBeGreaterThanOrEqual(first.finishedAt?.getTime() ?? Infinity)
})

test('if a connection breaks in the last attempt, the entity fails and no partial file stays (promise 7)', async () => {
  await world.stopWorkers()
  await world.startWorker({ EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0' })
  const tenant = await world.tenant({ rows: { user: 20_000 } })
  await tenant.register({ entityList: 'user' })
  world.sftp.proxy.afterBytes(500_000, () => world.sftp.proxy.cut())
  const run = await tenant.runNow()
  expect(run.entities).toMatchObject([{ status: 'FAILED', attempts: 1, error: { code: 'SFTP_UNAVAILABLE' } }])
  expect(await tenant.files()).toEqual([])
})

function iso(at: Date): string {
  return `${isoDay(at)}T00:00:00.000Z`
}

function statuses(run: Run | undefined): Record<string, string> {
  return Object.fromEntries(run?.entities.map(({ entity, status }) => [entity, status]) ?? [])
}

async function latest(tenant: TestTenant, { id }: Run): Promise<Run> {
  const run = (await tenant.allRuns()).find((each) => each.id === id)
  if (!run) throw new Error(`run ${id} is not on record`)
  return run
}

function differences(comparisons: Awaited<ReturnType<TestTenant['compare']>>): unknown[] {
  expect(comparisons.length).toBeGreaterThan(0)
  return comparisons.filter((each) => each.onlyInSource + each.onlyDelivered + each.miscounted > 0)
}

/** What the Temporal UI shows as the reason. */
async function failureInTemporal(run: Run | undefined): Promise<ApplicationFailure> {
  const error: unknown = await world.temporal.workflow
    .getHandle(run?.workflowId ?? '')
    .result()
    .catch((reason: unknown) => reason)
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause
  throw new Error('the workflow did not fail as expected', { cause: error })
}
