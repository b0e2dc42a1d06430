import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { attack } from '../support/attacks.js'
import {
  expectHealed,
  fewRows,
  manyRows,
  outcomeOf,
  preparedTenant,
  runInTheMiddleOfAFile,
} from './support/attacked.js'
import { farFromMidnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdAll } from './support/invariants.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { type Poller, startPoller } from './support/poller.js'
import { type OpenSshPlace, startOpenSshPlace } from '../support/sftp/sftp-place.js'
import { createWorld, type World } from '../support/world/world.js'

const published = { status: 'SUCCEEDED', error: null, entities: ['PUBLISHED', 'PUBLISHED'] }

/** Slow enough that a file of two megabytes is under way for as long as a test needs. */
const slow = 300_000

await describeWithOpenSsh('faults of the line to the SFTP server', () => {
  let world: World
  let place: OpenSshPlace
  let poller: Poller
  beforeAll(async () => {
    world = await createWorld({
      worker: false,
      sftp: async (folder) => (place = await startOpenSshPlace(folder)),
      // Long enough for a busy machine, short enough to wait for.
      environment: { SFTP_TIMEOUT_SECONDS: '10' },
    })
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(async () => {
    await farFromMidnight()
    await world.startWorker()
    poller = startPoller(world.sftp.folder)
  })
  afterEach(async () => {
    world.sftp.proxy.mend()
    world.sftp.proxy.throttle(Infinity)
    world.sftp.proxy.delay(0)
    await world.stopWorkers()
    await poller.stop()
  })

  test('a run without a connection fails as SFTP_UNAVAILABLE, and the next run covers its windows (promise 4)', async () => {
    attack({ name: 'SFTP connection refused' })
    const tenant = await preparedTenant(world)
    await world.stopWorkers()
    await world.startWorker({ EXPORT_MAX_ATTEMPTS: '2', EXPORT_RETRY_MINUTES: '0' })
    await place.halt()
    try {
      const run = await tenant.runNow()
      expect(outcomeOf(run)).toEqual({
        status: 'FAILED',
        error: null,
        entities: ['SFTP_UNAVAILABLE', 'SFTP_UNAVAILABLE'],
      })
      expect(run.entities.map(({ attempts }) => attempts)).toEqual([2, 2])
    } finally {
      await place.start()
    }
    await expectHealed(world, tenant, poller)
  })

  test('a run needs only one session on an SFTP connection', async () => {
    attack({ name: 'SFTP server with MaxSessions 1' })
    const tenant = await preparedTenant(world)
    await place.server.restart({ maxSessions: 1 })
    try {
      expect(outcomeOf(await tenant.runNow())).toEqual(published)
      await expectHealed(world, tenant, poller)
    } finally {
      await place.server.restart({})
    }
  })

  test.each<[string, () => void | Promise<void>]>([
    ['cut', () => world.sftp.proxy.cut()],
    ['reset', () => world.sftp.proxy.reset()],
    ['half-closed by the server', () => world.sftp.proxy.halfClose('client')],
    ['half-closed by us', () => world.sftp.proxy.halfClose('server')],
    ['lost in a black hole', () => world.sftp.proxy.blackHole()],
    ['ended by a restart of the server', () => place.server.restart()],
  ])('a file is published by the next attempt after its line is %s', async (how, breakLine) => {
    attack({ name: `line to the SFTP server ${how}, mid-file` })
    const tenant = await preparedTenant(world, manyRows)
    world.sftp.proxy.throttle(slow)
    const run = await runInTheMiddleOfAFile(tenant)
    await breakLine()
    world.sftp.proxy.throttle(Infinity)
    await eventually('the attempt to fail', async () => {
      const { entities } = await tenant.find(run.id)
      return entities.some(({ error }) => error?.code === 'SFTP_UNAVAILABLE')
    })
    world.sftp.proxy.mend()
    const ended = await tenant.finished(run.id)
    expect(outcomeOf(ended)).toEqual(published)
    expect(Math.max(...ended.entities.map(({ attempts }) => attempts))).toBeLessThanOrEqual(4)
    await holdAll(world, tenant)
    await expectHealed(world, tenant, poller)
  })

  test.each([
    ['1 KB in a second', () => world.sftp.proxy.throttle(1000)],
    ['half a second later, each way', () => world.sftp.proxy.delay(500)],
  ])('a file is published over a line that carries everything %s', async (how, slowDown) => {
    attack({ name: `line to the SFTP server: ${how}` })
    const tenant = await preparedTenant(world, fewRows)
    await world.stopWorkers()
    // What a line of a kilobyte a second has to carry until somebody is let in takes seconds.
    await world.startWorker({ SFTP_TIMEOUT_SECONDS: '60' })
    slowDown()
    const ended = await tenant.finished((await tenant.startRun()).id, 180_000)
    world.sftp.proxy.throttle(Infinity)
    world.sftp.proxy.delay(0)
    expect(outcomeOf(ended)).toEqual(published)
    expect(ended.entities.map(({ attempts }) => attempts)).toEqual([1, 1])
    await expectHealed(world, tenant, poller)
  })
})
