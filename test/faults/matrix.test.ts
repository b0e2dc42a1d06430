import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WatchPace } from '../../src/compose/watch.js'
import type { Run } from '../../src/domain/run.js'
import { type RunStep, runSteps } from '../../src/domain/run-step.js'
import { attack, faultsSeed } from '../support/attacks.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { type HeldWorker, startHeldWorker } from './support/held-worker.js'
import { holdAll, manifestsTellTheTruth, onlyWholeFilesSeen, watermarksAreCovered } from './support/invariants.js'
import { openSshAvailability } from '../support/sftp/openssh-availability.js'
import { type Poller, startPoller } from './support/poller.js'
import { startEmbeddedSftp, startOpenSshPlace } from '../support/sftp/sftp-place.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { inParallel } from '../../src/domain/in-parallel.js'

/**
 * Each fault at each step of a run. There is one tenant for each step: all their runs are brought to their steps and
 * held there, then the fault comes for all of them at once. The run that is attacked is always a later one of its
 * day, so that files and a manifest that are there already are being replaced.
 */

/** Sessions of the attacked worker have a name of their own in Postgres. */
const attacked = 'attacked'

let world: World
const tenants = new Map<RunStep, TestTenant>()
let poller: Poller
let worker: HeldWorker | undefined

beforeAll(async () => {
  await farFromMidnight()
  const { available } = await openSshAvailability()
  world = await createWorld({
    worker: false,
    sftp: available ? startOpenSshPlace : startEmbeddedSftp,
    environment: {
      // One after the other: when the first entity is held, the manifest of the day is still there.
      EXPORT_ENTITY_CONCURRENCY: '1',
      // The next file of the same run is exported with it, so that batches are cut at each step as well.
      EXPORT_FILES_TOGETHER: process.env['MATRIX_FILES_TOGETHER'] ?? '32',
      WORKER_CONCURRENCY: '100',
      DATABASE_POOL_SIZE: '60',
      SOURCE_POOL_SIZE: '30',
      SFTP_MAX_CONNECTIONS: '60',
    },
  })
  await world.startWorker()
  await inParallel(runSteps, 4, async (step) => void tenants.set(step, await livingTenant()))
  await world.stopWorkers()
})
afterAll(() => world[Symbol.asyncDispose]())

beforeEach(() => {
  poller = startPoller(world.sftp.folder)
})
afterEach(async () => {
  await poller.stop()
  worker?.signal('SIGCONT')
  worker?.signal('SIGKILL')
  await worker?.ended
  worker = undefined
  await world.stopWorkers()
})

/** A tenant with a full load of yesterday and a delta of today. */
async function livingTenant(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 40, site: 8, site_category: 3 }, before: midnight(2) })
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(1))
  await change(tenant)
  expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  return tenant
}

const change = (tenant: TestTenant) => tenant.mutate({ entities: ['site', 'user'], inserts: 3, updates: 3, deletes: 1 })

const each = <T>(work: (tenant: TestTenant, step: RunStep) => Promise<T>): Promise<T[]> =>
  Promise.all([...tenants].map(([step, tenant]) => work(tenant, step)))

/** Starts a run of each tenant in a worker of its own process, and waits until all are held at their steps. */
async function holdAllRuns(environment: Record<string, string> = {}): Promise<{ held: HeldWorker; runs: Run[] }> {
  const steps = Object.fromEntries([...tenants].map(([step, { id }]) => [id, step]))
  const url = `${world.config.database.url}?application_name=${attacked}`
  const settings = { ...world.environment, DATABASE_URL: url, ...environment }
  const held = await startHeldWorker(settings, steps, oneLook)
  worker = held
  const runs = await each(async (tenant) => {
    await change(tenant)
    return tenant.startRun()
  })
  await held.allHeld()
  return { held, runs }
}

const allSucceeded = Object.fromEntries(runSteps.map((step) => [step, 'SUCCEEDED']))

/** The watch loop looks once and not again, so that a worker without an activity asks the database nothing. */
const oneLook: WatchPace = { everySeconds: 3600, leaseSeconds: 10, silentMs: 3_600_000, confirmMs: 3_600_000 }

/**
 * How the attacked runs end, by the step that each was attacked at. The next runs succeed, and everything holds that
 * must hold.
 */
async function healed(runs: readonly Run[]): Promise<Record<string, string | undefined>> {
  const ended = await each((tenant) => tenant.finished(idOf(tenant, runs), 180_000))
  await each(async (tenant) => {
    await change(tenant)
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  })
  await each((tenant) => holdAll(world, tenant))
  const seen = await poller.stop()
  expect(poller.violations).toEqual([])
  expect(poller.rounds).toBeGreaterThan(5)
  await onlyWholeFilesSeen(world, [...tenants.values()], seen)
  return Object.fromEntries([...tenants.keys()].map((step, index) => [step, ended[index]?.status]))
}

function idOf({ id }: TestTenant, runs: readonly Run[]): string {
  const run = runs.find(({ tenantId }) => tenantId === id)
  if (!run) throw new Error(`${id} has no run`)
  return run.id
}

const times = runSteps.length

test('kill -9 of a worker at each step loses nothing, and another worker takes over (promises 2, 3, 7, 8)', async () => {
  attack({ name: 'kill -9 of the worker at each step', times })
  const { held, runs } = await holdAllRuns()
  held.signal('SIGKILL')
  await held.ended
  await world.startWorker()
  expect(await healed(runs)).toEqual(allSucceeded)
})

test('SIGTERM of a worker at each step, as in a deployment, loses nothing (promises 2, 3, 7, 8)', async () => {
  attack({ name: 'SIGTERM of the worker at each step', times })
  const { held, runs } = await holdAllRuns()
  await world.startWorker()
  held.signal('SIGTERM')
  held.release()
  await held.ended
  expect(await healed(runs)).toEqual(allSucceeded)
})

test('a worker that is stopped at each step and wakes up after another has taken over is fenced (promise 11)', async () => {
  attack({ name: 'a zombie worker wakes up at each step', times })
  const [host = '', port = ''] = world.config.temporal.address.split(':')
  const line = await startTcpProxy({ host, port: Number(port) })
  const { held, runs } = await holdAllRuns({ TEMPORAL_ADDRESS: `${line.host}:${line.port}` })
  held.signal('SIGSTOP')
  // When the worker wakes up, Temporal can't tell it that its activity has timed out.
  line.sever()
  await world.startWorker()
  await each((tenant) => tenant.finished(idOf(tenant, runs), 180_000))
  held.release()
  held.signal('SIGCONT')
  await quiet()
  // It has removed nothing that the later attempt published: not even a manifest, which it publishes again.
  await each((tenant) => eventually(`the manifests of ${tenant.id} to tell the truth`, () => tellsTheTruth(tenant)))
  // Nor is it killed while it writes its index: no later attempt knows of that file.
  await each((tenant) =>
    eventually(`${tenant.id} without hidden files`, async () => (await tenant.hiddenFiles()).length === 0),
  )
  held.signal('SIGKILL')
  await held.ended
  await line.stop()
  await each((tenant) => watermarksAreCovered(world, tenant))
  expect(await healed(runs)).toEqual(allSucceeded)
})

test('an attempt at each step is cancelled after SIGTERM and the end of the grace period (promises 2, 3, 7, 8)', async () => {
  attack({ name: 'SIGTERM of the worker and the end of its grace at each step', times })
  const { held, runs } = await holdAllRuns()
  await world.startWorker()
  held.signal('SIGTERM')
  await held.ended
  expect(await healed(runs)).toEqual(allSucceeded)
})

test('the end of all Postgres sessions of a worker at each step loses nothing (promises 2, 3, 7, 8)', async () => {
  attack({ name: 'pg_terminate_backend at each step', times })
  const { held, runs } = await holdAllRuns()
  const ended = await world.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    attacked,
  ])
  expect(ended.length).toBeGreaterThan(0)
  held.release()
  expect(await healed(runs)).toEqual(allSucceeded)
})

const ends: readonly (readonly [how: string, breakThem: () => void])[] = [
  ['cut', () => world.sftp.proxy.cut()],
  ['half-closed by the server', () => world.sftp.proxy.halfClose('client')],
  ['reset', () => world.sftp.proxy.reset()],
  ['half-closed by us', () => world.sftp.proxy.halfClose('server')],
]
/** `MATRIX=all` takes all of them; by default one, by the seed. */
const chosenEnds = process.env['MATRIX'] === 'all' ? ends : [ends[faultsSeed % ends.length]!]

test.each(chosenEnds)(
  'all SFTP connections are %s at each step, and nothing is lost (promises 2, 3, 7, 8)',
  async (how, breakThem) => {
    attack({ name: `SFTP connections ${how} at each step`, times })
    const { held, runs } = await holdAllRuns()
    breakThem()
    held.release()
    expect(await healed(runs)).toEqual(allSucceeded)
  },
)

test('a restart of the SFTP server at each step loses nothing (promises 2, 3, 7, 8)', async () => {
  attack({ name: 'SFTP server restarted at each step', times })
  const { held, runs } = await holdAllRuns()
  await world.sftp.halt()
  held.release()
  await eventually('attempts to fail', () => (held.output().match(/"attempt failed"/g)?.length ?? 0) >= 8)
  await world.sftp.start()
  expect(await healed(runs)).toEqual(allSucceeded)
})

async function tellsTheTruth(tenant: TestTenant): Promise<boolean> {
  return manifestsTellTheTruth(tenant).then(
    () => true,
    () => false,
  )
}

/** Waits until the zombie has nothing more to ask the database: it has done what it could. */
async function quiet(): Promise<void> {
  let quietLooks = 0
  await eventually('the zombie to be quiet', async () => {
    const busy = await world.sql(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND (state <> 'idle' OR query_start > now() - interval '3 s')`,
      [attacked],
    )
    quietLooks = busy.length === 0 ? quietLooks + 1 : 0
    return quietLooks > 10
  })
}
