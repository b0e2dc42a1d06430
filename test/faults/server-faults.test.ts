import { mkdtemp, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrateTestDatabase, urlsFor } from '../support/postgres/postgres.js'
import { makePrivateFolder } from '../../dev/machine/private-files.js'
import { startPostgres, type LocalPostgres } from '../../dev/postgres/server.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'
import { attack } from '../support/attacks.js'
import { expectHealed, manyRows, outcomeOf, preparedTenant, runInTheMiddleOfAFile } from './support/attacked.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { holdAll } from './support/invariants.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { type Poller, startPoller } from './support/poller.js'
import { type OpenSshPlace, startOpenSshPlace } from '../support/sftp/sftp-place.js'
import { mountSmallDisk, type SmallDisk } from './support/small-disk.js'
import { createWorld, type World } from '../support/world/world.js'

const published = { status: 'SUCCEEDED', error: null, entities: ['PUBLISHED', 'PUBLISHED'] }

/** Where a failure is tried again, it is tried once more. */
const environment = { EXPORT_MAX_ATTEMPTS: '2', EXPORT_RETRY_MINUTES: '0' }

let world: World
let poller: Poller
beforeEach(async () => {
  await farFromMidnight()
  await world.startWorker()
  poller = startPoller(world.sftp.folder)
})
afterEach(async () => {
  world.sftp.proxy.throttle(Infinity)
  await world.stopWorkers()
  await poller.stop()
})

await describeWithOpenSsh('an SFTP server that refuses', () => {
  let place: OpenSshPlace
  beforeAll(async () => {
    const sftp = async (folder: string) => (place = await startOpenSshPlace(folder))
    world = await createWorld({ worker: false, environment, sftp })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** Breaks something, and returns a function that fixes it. */
  type Break = () => Promise<() => Promise<void>>
  const changedSettings =
    (settings: Parameters<OpenSshPlace['server']['restart']>[0]): Break =>
    async () => {
      await place.server.restart(settings)
      return () => place.server.restart({})
    }
  const refusals: [what: string, code: string, attempts: number, breakIt: Break][] = [
    ['read-only target', 'SFTP_PERMISSION_DENIED', 1, changedSettings({ sftpArguments: '-R' })],
    ['quota', 'SFTP_PROTOCOL', 2, changedSettings({ fileSizeLimitKib: 1 })],
    ['host key changed', 'SFTP_HOST_KEY_MISMATCH', 1, () => place.server.changeHostKey()],
    [
      'key revoked',
      'SFTP_AUTHENTICATION_FAILED',
      1,
      async () => {
        const admit = await place.server.revokeClientKey()
        // Who is in already stays in.
        await place.server.restart()
        return admit
      },
    ],
  ]
  test.each(refusals)(
    '%s fails with %s, and the run after the fix succeeds (promise 4)',
    async (what, code, attempts, breakIt) => {
      attack({ name: `SFTP server: ${what}` })
      const tenant = await preparedTenant(world)
      const fix = await breakIt()
      try {
        const failed = await tenant.runNow()
        expect(outcomeOf(failed)).toEqual({ status: 'FAILED', error: null, entities: [code, code] })
        expect(failed.entities.map((each) => each.attempts)).toEqual([attempts, attempts])
      } finally {
        await fix()
      }
      await expectHealed(world, tenant, poller)
    },
  )

  test('a consumer that reads a file while it is replaced reads the old file to its end (promise 7)', async () => {
    attack({ name: 'target file held open by a reader' })
    const tenant = await preparedTenant(world)
    const [file] = (await tenant.delivered()).filter(({ resource }) => resource.revision === 1).slice(-1)
    const path = join(world.sftp.folder, file?.file.path ?? '')
    const reader = await open(path)
    try {
      expect(outcomeOf(await tenant.runNow())).toEqual(published)
      expect(await reader.readFile()).toEqual(file?.file.content)
      expect(await readFile(path)).not.toEqual(file?.file.content)
    } finally {
      await reader.close()
    }
    await expectHealed(world, tenant, poller)
  })

  test('two runs of one tenant that start at once run one after the other (promise 11)', async () => {
    attack({ name: 'two runs of one tenant at once' })
    const tenant = await preparedTenant(world)
    const earlier = await tenant.allRuns()
    const [asked] = await Promise.all([tenant.startRun(), tenant.startBackfill(midnight(0))])
    const due = await tenant.runUpTo(midnight(0), earlier)
    const ended = [await tenant.finished(asked.id), await tenant.finished(due.id)]
    expect(ended.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    await holdAll(world, tenant)
    await expectHealed(world, tenant, poller)
  })
})

await describeWithOpenSsh('an SFTP server whose disk is full', () => {
  let disk: SmallDisk | undefined
  beforeAll(async () => {
    const sftp = async (folder: string) => {
      const place = await startOpenSshPlace(folder)
      disk = await mountSmallDisk(place.folder)
      return place
    }
    world = await createWorld({ worker: false, environment, sftp })
  })
  afterAll(async () => {
    await disk?.unmount()
    await world[Symbol.asyncDispose]()
  })

  test('a full disk fails with SFTP_NO_SPACE, and the run succeeds once there is space', async ({ skip }) => {
    attack({ name: 'SFTP server: disk full' })
    if (!disk) return skip('only root may mount a small disk')
    const tenant = await preparedTenant(world)
    await disk.fill()
    const failed = await tenant.runNow()
    expect(outcomeOf(failed)).toEqual({ status: 'FAILED', error: null, entities: ['SFTP_NO_SPACE', 'SFTP_NO_SPACE'] })
    await disk.makeRoom()
    await expectHealed(world, tenant, poller)
  })
})

describe('a Postgres that goes away in the middle of a file', () => {
  let folder: string
  let postgres: LocalPostgres
  const start = () => startPostgres({ folder, report: () => undefined })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-faults-'))
    await makePrivateFolder(folder)
    postgres = await start()
    await postgres.ensureDatabase('tidemark')
    const url = postgres.url('tidemark')
    await migrateTestDatabase(url)
    world = await createWorld({ worker: false, database: urlsFor(url) })
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await postgres.stop()
    await removePostgresFolder(folder)
  })

  test.each([
    ['restarted', () => postgres.stop()],
    ['killed', () => killPostgres(folder, postgres)],
  ])('after %s the next attempt publishes the file', async (how, end) => {
    attack({ name: `Postgres ${how}, mid-file` })
    const tenant = await preparedTenant(world, manyRows)
    world.sftp.proxy.throttle(300_000)
    const { id } = await runInTheMiddleOfAFile(tenant)
    await end()
    postgres = await start()
    world.sftp.proxy.throttle(Infinity)
    expect(outcomeOf(await tenant.finished(id))).toEqual(published)
    await holdAll(world, tenant)
    await expectHealed(world, tenant, poller)
  })
})

async function killPostgres(folder: string, { exited }: LocalPostgres): Promise<void> {
  const [pid] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await exited
}
