import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { type RunStep, runSteps } from '../../src/domain/run-step.js'
import { outcomeOf, preparedTenant } from '../support/attacked.js'
import { attack } from '../support/attacks.js'
import { farFromMidnight } from '../support/days.js'
import { type HeldWorker, startHeldWorker } from '../support/held-worker.js'
import { holdAll, onlyWholeFilesSeen } from '../support/invariants.js'
import { openSshAvailability } from '../support/openssh.js'
import { type Poller, startPoller } from '../support/poller.js'
import { startEmbeddedSftp, startOpenSshPlace } from '../support/sftp-place.js'
import { stateOf } from '../support/tenant-state.js'
import type { TestTenant } from '../support/tenant.js'
import { createWorld, type World } from '../support/world.js'
import { inParallel } from '../../workflows/in-parallel.js'

/**
 * Each fault at each step: of every step one tenant, all held there at the same time in one worker when the fault
 * comes. The run is not the first of its day, so that two files and their manifest are about to be replaced.
 */
interface Attacked {
  readonly step: RunStep
  readonly tenant: TestTenant
}

interface Held extends Attacked {
  readonly run: Run
}

let world: World
let tenants: Attacked[]
let poller: Poller
let worker: HeldWorker
let held: Held[]

beforeAll(async () => {
  const { available } = await openSshAvailability()
  world = await createWorld({
    worker: false,
    sftp: available ? startOpenSshPlace : startEmbeddedSftp,
    environment: {
      EXPORT_ENTITY_CONCURRENCY: '1',
      WORKER_CONCURRENCY: '60',
      DATABASE_POOL_SIZE: '30',
      SOURCE_POOL_SIZE: '30',
      SFTP_MAX_CONNECTIONS: '40',
    },
  })
  await farFromMidnight()
  await world.startWorker()
  tenants = []
  await inParallel(runSteps, 4, async (step) => void tenants.push({ step, tenant: await preparedTenant(world) }))
  await world.stopWorkers()
})
afterAll(() => world[Symbol.asyncDispose]())

beforeEach(async () => {
  await farFromMidnight()
  await Promise.all(tenants.map(({ tenant }) => tenant.mutate({ inserts: 1, updates: 2, deletes: 1 })))
  poller = startPoller(world.sftp.folder)
  const steps = Object.fromEntries(tenants.map(({ step, tenant }) => [tenant.id, step]))
  worker = await startHeldWorker(world.environment, steps)
  held = await Promise.all(tenants.map(async (each) => ({ ...each, run: await each.tenant.startRun() })))
  await worker.allHeld()
})

afterEach(async () => {
  worker.signal('SIGKILL')
  await worker.ended
  await poller.stop()
  await world.stopWorkers()
})

/** What is done to the worker, a server or the line while the runs are held; the runs go on afterwards, here or there. */
type Fault = () => unknown

/** The same worker goes on, and finds what has happened. */
const then = (fault: Fault): Fault => {
  return async () => {
    await fault()
    worker.release()
  }
}

const faults: [string, Fault][] = [
  [
    'kill -9 of the worker',
    async () => {
      worker.signal('SIGKILL')
      await world.startWorker()
    },
  ],
  [
    'SIGTERM of the worker, as in a deployment',
    async () => {
      worker.signal('SIGTERM')
      await world.startWorker()
      await worker.ended
    },
  ],
  ['all sessions ended by Postgres', then(() => endAllSessions())],
  ['line to the SFTP server cut', then(() => world.sftp.proxy.cut())],
  ['line to the SFTP server reset', then(() => world.sftp.proxy.reset())],
  ['line to the SFTP server half-closed by the server', then(() => world.sftp.proxy.halfClose('client'))],
  ['line to the SFTP server half-closed by us', then(() => world.sftp.proxy.halfClose('server'))],
  [
    'restart of the SFTP server',
    then(async () => {
      await world.sftp.halt()
      await world.sftp.start()
    }),
  ],
]

test.each(faults)('at each step of a run: %s', async (name, fault) => {
  attack({ name: `${name}, at each step`, times: runSteps.length })
  await fault()
  expect(await outcomes()).toEqual(allPublished)
  expect(await brokenInvariants()).toEqual([])
  expect(await nextRuns()).toEqual(allPublished)
  expect(await brokenInvariants()).toEqual([])
  expect(await brokenPromisesToPollers()).toEqual([])
})

test('at each step of a run: a worker is stopped, another finishes, and it wakes up as a zombie', async () => {
  attack({ name: 'zombie worker, at each step', times: runSteps.length })
  worker.signal('SIGSTOP')
  await world.startWorker()
  expect(await outcomes()).toEqual(allPublished)
  const before = await states()
  worker.release()
  worker.signal('SIGCONT')
  // It ends once all its activities have.
  worker.signal('SIGTERM')
  await worker.ended
  expect(await states()).toEqual(before)
  expect(await brokenInvariants()).toEqual([])
  expect(await nextRuns()).toEqual(allPublished)
  expect(await brokenInvariants()).toEqual([])
  expect(await brokenPromisesToPollers()).toEqual([])
})

const published = { status: 'SUCCEEDED', error: null, entities: ['PUBLISHED', 'PUBLISHED'] }
const allPublished = Object.fromEntries(runSteps.map((step) => [step, published]))

async function endAllSessions(): Promise<void> {
  await world.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
}

/** How the attacked runs have ended, by the step at which they were. */
function outcomes() {
  return byStep(async ({ tenant, run }) => outcomeOf(await tenant.finished(run.id, 120_000)))
}

/** How the runs after the attacked ones end. Rows have changed until then. */
function nextRuns() {
  return byStep(async ({ tenant }) => {
    await tenant.mutate({ inserts: 1, updates: 1, deletes: 0 })
    return outcomeOf(await tenant.runNow())
  })
}

function states() {
  return byStep(({ tenant }) => stateOf(world, tenant))
}

async function byStep<T>(look: (held: Held) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(held.map(async (each) => [each.step, await look(each)] as const)))
}

async function brokenInvariants(): Promise<string[]> {
  const broken: string[] = []
  for (const { step, tenant } of held) {
    await holdAll(world, tenant).catch((error: Error) => broken.push(`at "${step}": ${error.message}`))
  }
  return broken
}

async function brokenPromisesToPollers(): Promise<string[]> {
  const seen = await poller.stop()
  const broken = [...poller.violations]
  for (const { step, tenant } of held) {
    await onlyWholeFilesSeen(world, [tenant], seen).catch((error: Error) =>
      broken.push(`at "${step}": ${error.message}`),
    )
  }
  return broken
}
