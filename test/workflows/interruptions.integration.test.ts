import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import type { Run } from '../../src/domain/run.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/postgres/hold-table.js'
import { startProgram } from '../support/programs/program.js'
import type { TestTenant } from '../support/world/tenant.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  // One after the other, so that it is known which entity is under way and which is not begun.
  world = await createWorld({ environment: { EXPORT_ENTITY_CONCURRENCY: '1' }, worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Slow enough that a file of some megabytes is under way for as long as a test needs. */
const bytesPerSecond = 300_000

afterEach(async () => {
  world.sftp.proxy.throttle(Infinity)
  await world.stopWorkers()
})

describe('a run that is ended on purpose', () => {
  beforeEach(() => world.startWorker())

  test('a run that is cancelled in the middle of a file ends within seconds, leaves no file and moves no watermark (promises 3, 7)', async () => {
    const tenant = await bigTenant()
    const before = await world.useCases.deliveries.watermarks(tenant.id)
    const run = await runInTheMiddleOfAFile(tenant)
    const handle = world.temporal.workflow.getHandle(run.workflowId)
    const asked = Date.now()
    await handle.cancel()
    const ended = await tenant.finished(run.id)

    expect(Date.now() - asked).toBeLessThan(10_000)
    expect(ended.status).toBe('CANCELLED')
    expect(ended.entities.map(({ entity, status, attempts }) => [entity, status, attempts])).toEqual([
      ['user', 'CANCELLED', 1],
      ['user_login_events', 'CANCELLED', 0],
    ])
    expect(await tenant.hiddenFiles()).toEqual([])
    expect(await world.useCases.deliveries.watermarks(tenant.id)).toEqual(before)
    await expect(handle.result()).rejects.toThrow()
    expect((await handle.describe()).status.name).toBe('CANCELLED')

    world.sftp.proxy.throttle(Infinity)
    const next = await tenant.runNow()
    expect(next.entities).toMatchObject([
      { entity: 'user', status: 'PUBLISHED', mode: 'DELTA', from: midnight(700) },
      { entity: 'user_login_events', status: 'PUBLISHED', mode: 'DELTA', from: midnight(700) },
    ])
    await expectEqualToSource(tenant)
  })

  test('after a run is terminated in the middle of a file, the next run ends it on record and succeeds (promise 4)', async () => {
    const tenant = await bigTenant()
    const run = await runInTheMiddleOfAFile(tenant)
    await world.temporal.workflow.getHandle(run.workflowId).terminate('by a test')
    await eventually('the activity to hear of it and to tidy up', async () =>
      (await tenant.hiddenFiles()).length === 0 ? true : undefined,
    )
    world.sftp.proxy.throttle(Infinity)
    const next = await tenant.runNow()
    const lost = await tenant.finished(run.id)
    expect(lost).toMatchObject({ status: 'FAILED', error: { code: 'RUN_LOST' } })
    expect(lost.entities.map(({ status }) => status)).toEqual(['FAILED', 'FAILED'])
    expect(next.status).toBe('SUCCEEDED')
    await expectEqualToSource(tenant)
  })

  test('a terminated scheduled run can be repeated for the same boundary', async () => {
    const tenant = await world.tenant({ rows: { user: 20, site_category: 1, site: 3 } })
    await tenant.register({ entityList: 'site' })
    const held = await holdTable(world, 'site')
    await tenant.startBackfill(midnight(1))
    const first = await tenant.runUpTo(midnight(1))
    await world.temporal.workflow.getHandle(first.workflowId).terminate('by a test')
    await held.release()
    const [again] = await tenant.backfill(midnight(1))
    expect(again).toMatchObject({ workflowId: first.workflowId, status: 'SUCCEEDED' })
    // Its activity may have published before it heard of the end: then there was nothing left to run again.
    const lost = await tenant.finished(first.id)
    expect(lost.error).toMatchObject({ code: 'RUN_LOST' })
    expect(['FAILED', 'PARTIALLY_FAILED']).toContain(lost.status)
  })

  test('a run that is cancelled while it waits for another run ends at once, and the other continues', async () => {
    const tenant = await world.tenant({ rows: { user: 20, site_category: 1, site: 3 } })
    await tenant.register({ entityList: 'site' })
    const held = await holdTable(world, 'site')
    const going = await tenant.startRun()
    await eventually('the first run to begin', async () =>
      (await tenant.allRuns()).some(({ id, status }) => id === going.id && status === 'RUNNING'),
    )
    await tenant.startBackfill(midnight(1))
    const waiting = world.temporal.workflow.getHandle(
      `${scheduleId(tenant.id)}-${midnight(1).toISOString().replace('.000Z', 'Z')}`,
    )
    await eventually('the second run to wait', async () => {
      const description = await waiting.describe().catch(() => undefined)
      return description?.raw.pendingActivities?.find(({ lastFailure }) => lastFailure)
    })
    await waiting.cancel()
    await expect(waiting.result()).rejects.toThrow()
    expect((await waiting.describe()).status.name).toBe('CANCELLED')
    await held.release()
    expect(await tenant.finished(going.id)).toMatchObject({ status: 'SUCCEEDED' })
    const cancelled = (await tenant.allRuns()).filter(({ id }) => id !== going.id)
    expect(cancelled).toMatchObject([{ status: 'CANCELLED', startedAt: null, waitingFor: null }])
  })
})

describe('a worker that goes away', () => {
  test('a worker that is shut down in the middle of a file leaves no file, and the next worker finishes the run', async () => {
    await world.startWorker()
    const tenant = await bigTenant()
    const run = await runInTheMiddleOfAFile(tenant)
    const asked = Date.now()
    await world.stopWorkers()
    expect(Date.now() - asked).toBeLessThan(12_000)
    expect(await tenant.hiddenFiles()).toEqual([])
    expect((await world.useCases.runStore.find(tenant.id, run.id))?.status).toBe('RUNNING')
    // Handed on at once, rather than missed when its heartbeats stay away.
    const { raw } = await world.temporal.workflow.getHandle(run.workflowId).describe()
    expect(raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message)).toEqual(['The worker was shut down.'])

    world.sftp.proxy.throttle(Infinity)
    await world.startWorker()
    await expectFinishedWhole(tenant, run)
  })

  test('after a worker is killed in the middle of a file, another worker finishes the run and removes the hidden file (promise 7)', async () => {
    const killed = startProgram('worker', [], world.environment)
    const tenant = await bigTenant()
    const run = await runInTheMiddleOfAFile(tenant)
    killed.signal('SIGKILL')
    await killed.ended
    expect(await tenant.hiddenFiles()).toHaveLength(1)

    world.sftp.proxy.throttle(Infinity)
    await world.startWorker()
    await expectFinishedWhole(tenant, run)
  })

  test('a run can be cancelled after its worker was killed, and the next run removes the hidden files', async () => {
    const killed = startProgram('worker', [], world.environment)
    const tenant = await bigTenant()
    // The only entity: no later activity would receive the cancellation.
    await tenant.register({ entityList: 'user' })
    const run = await runInTheMiddleOfAFile(tenant)
    await world.startWorker()
    killed.signal('SIGKILL')
    await killed.ended
    await world.temporal.workflow.getHandle(run.workflowId).cancel()
    const ended = await tenant.finished(run.id)
    expect(ended).toMatchObject({ status: 'CANCELLED', error: null })
    expect(ended.entities.map(({ status }) => status)).toEqual(['CANCELLED'])

    world.sftp.proxy.throttle(Infinity)
    await tenant.register({ entityList: 'user, user logins' })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    expect(await tenant.hiddenFiles()).toEqual([])
    await expectEqualToSource(tenant)
  })

  test('a worker that is cut off from Temporal publishes nothing after another worker has finished its run (promise 11)', async () => {
    const [host = '', port = ''] = world.config.temporal.address.split(':')
    const line = await startTcpProxy({ host, port: Number(port) })
    onTestFinished(() => line.stop())
    const zombie = startProgram('worker', [], {
      ...world.environment,
      TEMPORAL_ADDRESS: `${line.host}:${line.port}`,
    })
    const tenant = await bigTenant()
    const run = await runInTheMiddleOfAFile(tenant)
    line.sever()
    await world.startWorker(world.sftp.direct)
    await expectFinishedWhole(tenant, run)
    const files = await checksums(tenant)
    const watermarks = await world.useCases.deliveries.watermarks(tenant.id)

    world.sftp.proxy.throttle(Infinity)
    await eventually('the zombie to give up', () => zombie.output().includes('"attempt failed"'))
    zombie.signal('SIGKILL')
    await zombie.ended
    expect(zombie.output().match(/"file published"/g)).toHaveLength(2)
    expect(await checksums(tenant)).toEqual(files)
    expect(await tenant.hiddenFiles()).toEqual([])
    expect(await world.useCases.deliveries.watermarks(tenant.id)).toEqual(watermarks)
  })
})

test('a worker with other columns for an entity makes a full load with that reason (promise 5)', async () => {
  const tenant = await world.tenant({ rows: { user: 20, site_category: 1, site: 3 } })
  await tenant.register({ entityList: 'user, site' })
  const before = await world.startWorker()
  await tenant.backfill(midnight(2))
  await before.stop()

  const catalogFile = join(world.folder, 'catalog.json')
  await writeFile(catalogFile, await catalogWithout('site', 'launched_on'))
  await world.startWorker({ CATALOG_FILE: catalogFile })
  const [run] = await tenant.backfill(midnight(1))
  expect(run?.entities).toMatchObject([
    { entity: 'site', mode: 'FULL', fullLoadReason: 'COLUMNS_CHANGED', from: null, status: 'PUBLISHED' },
    { entity: 'user', mode: 'DELTA', fullLoadReason: null, from: midnight(2), status: 'PUBLISHED' },
  ])
  const files = (await tenant.delivered()).filter(({ resource }) => resource.entity === 'site')
  const headers = files.map(({ file }) => file.content.toString().split('\n')[0]?.split(','))
  expect(headers.map((columns) => columns?.includes('launched_on'))).toEqual([true, false])
})

/** A tenant whose first run had little to do, so that the next one is a large delta: its rows lie within two years. */
async function bigTenant(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 30_000, user_login_events: 5 } })
  await tenant.register({ entityList: 'user, user logins' })
  const [first] = await tenant.backfill(midnight(700))
  expect(first?.status).toBe('SUCCEEDED')
  return tenant
}

async function runInTheMiddleOfAFile(tenant: TestTenant): Promise<Run> {
  world.sftp.proxy.throttle(bytesPerSecond)
  const run = await tenant.startRun()
  await eventually('a hidden file to grow', async () =>
    (await tenant.files()).some(({ path, content }) => path.endsWith('.part') && content.length > 100_000),
  )
  return run
}

async function expectFinishedWhole(tenant: TestTenant, run: Run): Promise<void> {
  const ended = await tenant.finished(run.id)
  expect(ended.status).toBe('SUCCEEDED')
  expect(ended.entities.map(({ entity, attempts }) => [entity, attempts])).toEqual([
    ['user', 2],
    ['user_login_events', 1],
  ])
  expect(await tenant.hiddenFiles()).toEqual([])
  await expectEqualToSource(tenant)
}

async function expectEqualToSource(tenant: TestTenant): Promise<void> {
  const comparisons = await tenant.compare()
  expect(comparisons).toMatchObject([
    { entity: 'user', rows: 30_000, onlyInSource: 0, onlyDelivered: 0, miscounted: 0 },
    { entity: 'user_login_events', rows: 5, onlyInSource: 0, onlyDelivered: 0, miscounted: 0 },
  ])
}

/** The delivered files, each of which is what the manifest says. */
async function checksums(tenant: TestTenant): Promise<[path: string, hash: string][]> {
  return (await tenant.delivered()).map(({ file, resource }) => [file.path, resource.hash])
}

interface CatalogFile {
  entities: { name: string; columns: { name: string }[] }[]
}

async function catalogWithout(entity: string, column: string): Promise<string> {
  const file = new URL('../../src/catalog/default-catalog.json', import.meta.url)
  const catalog = JSON.parse(await readFile(file, 'utf8')) as CatalogFile
  const changed = catalog.entities.find(({ name }) => name === entity)
  if (changed) changed.columns = changed.columns.filter(({ name }) => name !== column)
  return JSON.stringify(catalog)
}
