import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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

/**
 * Each fault at each step: of every step one tenant, all held there at the same time in one worker when the fault
 * comes. The run is not the first of its day, so that two files and their manifest are about to be replaced.
 */
interface Attacked {
  readonly step: RunStep
  readonly tenant: TestTenant
}

interface Held extends Attacked {
  run: Run
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
  tenants = await Promise.all(runSteps.map(async (step) => ({ step, tenant: await preparedTenant(world) })))
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

const published = { status: 'SUCCEEDED', error: null, entities: ['PUBLISHED', 'PUBLISHED'] }

describe('at each step of a run', () => {
  test('the worker is killed, and another takes over', async () => {
    attack({ name: 'kill -9 of the worker at each step', times: runSteps.length })
    worker.signal('SIGKILL')
    await world.startWorker()
    await expectAllPublished()
    await expectHealthyAfterTheNextRun()
  })

  test('the worker is replaced by a deployment', async () => {
    attack({ name: 'SIGTERM of the worker at each step', times: runSteps.length })
    worker.signal('SIGTERM')
    await world.startWorker()
    await worker.ended
    await expectAllPublished()
    await expectHealthyAfterTheNextRun()
  })

  test('the worker is stopped, another finishes its runs, and it wakes up as a zombie that changes nothing', async () => {
    attack({ name: 'zombie worker at each step', times: runSteps.length })
    worker.signal('SIGSTOP')
    await world.startWorker()
    await expectAllPublished()
    const before = await Promise.all(held.map(({ tenant }) => stateOf(world, tenant)))
    worker.release()
    worker.signal('SIGCONT')
    // It ends once all its activities have.
    worker.signal('SIGTERM')
    await worker.ended
    for (const [at, { step, tenant }] of held.entries()) {
      expect(await stateOf(world, tenant), `what the zombie left at "${step}"`).toEqual(before[at])
    }
    await expectHealthyAfterTheNextRun()
  })

  test('Postgres ends all sessions', async () => {
    attack({ name: 'pg_terminate_backend at each step', times: runSteps.length })
    await world.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    worker.release()
    await expectAllPublished()
    await expectHealthyAfterTheNextRun()
  })

  test.each([
    ['cut', () => world.sftp.proxy.cut()],
    ['reset', () => world.sftp.proxy.reset()],
    ['half-closed by the server', () => world.sftp.proxy.halfClose('client')],
    ['half-closed by us', () => world.sftp.proxy.halfClose('server')],
  ])('the line to the SFTP server is %s', async (how, breakLine) => {
    attack({ name: `line to the SFTP server ${how} at each step`, times: runSteps.length })
    breakLine()
    worker.release()
    await expectAllPublished()
    await expectHealthyAfterTheNextRun()
  })

  test('the SFTP server is restarted', async () => {
    attack({ name: 'SFTP server restarted at each step', times: runSteps.length })
    await world.sftp.halt()
    worker.release()
    await world.sftp.start()
    await expectAllPublished()
    await expectHealthyAfterTheNextRun()
  })
})

async function expectAllPublished(): Promise<void> {
  for (const one of held) one.run = await one.tenant.finished(one.run.id, 120_000)
  const outcomes = held.map(({ step, run }) => [step, outcomeOf(run)])
  expect(outcomes).toEqual(runSteps.map((step) => [step, published]))
  await expectInvariants('after the attacked run')
}

async function expectHealthyAfterTheNextRun(): Promise<void> {
  await Promise.all(
    held.map(async ({ step, tenant }) => {
      await tenant.mutate({ inserts: 1, updates: 1, deletes: 0 })
      expect(await tenant.runNow(), step).toMatchObject({ status: 'SUCCEEDED' })
    }),
  )
  await expectInvariants('after the next run')
  await onlyWholeFilesSeen(
    world,
    held.map(({ tenant }) => tenant),
    await poller.stop(),
  )
  expect(poller.violations).toEqual([])
}

/** Names the step at which one fell. */
async function expectInvariants(when: string): Promise<void> {
  const fallen: string[] = []
  for (const { step, tenant } of held) {
    await holdAll(world, tenant).catch((error: Error) => fallen.push(`"${step}", ${when}: ${error.message}`))
  }
  expect(fallen).toEqual([])
}
