import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SFTPWrapper } from 'ssh2'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { deliveryPath } from '../../src/domain/delivery-path.js'
import type { Run } from '../../src/domain/run.js'
import { attack } from '../support/attacks.js'
import { farFromMidnight, midnight } from '../support/days.js'
import { eventually } from '../support/eventually.js'
import { holdAll } from '../support/invariants.js'
import { startMortalPostgres } from '../support/mortal-postgres.js'
import { describeWithOpenSsh, type SshdSettings } from '../support/openssh.js'
import { poll } from '../support/polled.js'
import { connectSsh } from '../support/sftp-clients.js'
import { type OpenSshPlace, startOpenSshPlace } from '../support/sftp-place.js'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js'
import type { TestTenant } from '../support/tenant.js'
import { createWorld, type World } from '../support/world.js'

/** Until a run has ended that had to try again: generous, and far from for ever. */
const boundMs = 120_000

const few = { user: 40, site_category: 3, site: 5 }
/** Some megabytes of users. */
const many = { ...few, user: 12_000 }
const fewTries = { EXPORT_MAX_ATTEMPTS: '2' }

/** A tenant who had a first delivery of the sites, and none of the users. */
async function aTenant(world: World, rows: Record<string, number> = few): Promise<TestTenant> {
  const tenant = await world.tenant({ rows, before: midnight(3) })
  await tenant.register({ entityList: 'site' })
  const [first] = await tenant.backfill(midnight(2))
  expect(first?.status).toBe('SUCCEEDED')
  await tenant.register({ entityList: 'site, user' })
  await tenant.mutate({ inserts: 2, updates: 2, deletes: 1 })
  return tenant
}

async function attackedRun(tenant: TestTenant): Promise<Run> {
  return tenant.finished((await tenant.startRun()).id, boundMs)
}

/** What each entity's part of a run came to. */
const parts = (run: Run) => run.entities.map(({ entity, status, error }) => [entity, status, error?.code ?? null])

function expectAllFailed(run: Run, code: string): void {
  expect(parts(run)).toEqual([
    ['site', 'FAILED', code],
    ['user', 'FAILED', code],
  ])
}

/** The next run covers everything, and all that is promised holds. */
async function expectHealed(world: World, tenant: TestTenant): Promise<void> {
  const next = await attackedRun(tenant)
  expect(next.error).toBeNull()
  expect(next.status).toBe('SUCCEEDED')
  await holdAll(world, tenant)
}

await describeWithOpenSsh('the line to the server', () => {
  let place: OpenSshPlace
  let world: World
  beforeAll(async () => {
    await farFromMidnight()
    world = await createWorld({
      sftp: async (folder) => (place = await startOpenSshPlace(folder)),
      // For the black hole. Everything else answers sooner, or breaks.
      environment: { SFTP_TIMEOUT_SECONDS: '5' },
    })
  })
  afterAll(() => world[Symbol.asyncDispose]())
  afterEach(() => {
    place.proxy.throttle(Infinity)
    place.proxy.delay(0)
    place.proxy.mend()
  })

  /** The server as it is in one test, with a worker that does not try for long where it fails for good. */
  async function serverWith(settings: SshdSettings): Promise<void> {
    await place.server.restart(settings)
    onTestFinished(() => place.server.restart({}))
  }
  async function withFewTries(): Promise<void> {
    await world.stopWorkers()
    await world.startWorker(fewTries)
    onTestFinished(async () => {
      await world.stopWorkers()
      await world.startWorker()
    })
  }

  it('the connection is refused for the time of a run: the failure is told, and the next run covers it', async () => {
    attack({ name: 'lines: the connection is refused' })
    await withFewTries()
    const tenant = await aTenant(world)
    await world.sftp.halt()
    onTestFinished(() => world.sftp.start())
    const run = await attackedRun(tenant)
    await world.sftp.start()
    expect(run.status).toBe('FAILED')
    expectAllFailed(run, 'SFTP_UNAVAILABLE')
    await expectHealed(world, tenant)
  })

  it('no session is permitted on a connection: the failure is told', async () => {
    attack({ name: 'lines: MaxSessions 0' })
    await withFewTries()
    const tenant = await aTenant(world)
    await serverWith({ maxSessions: 0 })
    const run = await attackedRun(tenant)
    expect(run.status).toBe('FAILED')
    expectAllFailed(run, 'SFTP_UNAVAILABLE')
    await place.server.restart({})
    await expectHealed(world, tenant)
  })

  it('one session is permitted on a connection: everything is published', async () => {
    attack({ name: 'lines: MaxSessions 1' })
    const tenant = await aTenant(world)
    await serverWith({ maxSessions: 1 })
    expect(await attackedRun(tenant)).toMatchObject({ status: 'SUCCEEDED' })
    await expectHealed(world, tenant)
  })

  it('one login at a time is permitted: whoever is dropped tries again', async () => {
    attack({ name: 'lines: MaxStartups 1' })
    const tenant = await aTenant(world)
    await serverWith({ maxStartups: '1:100:1' })
    // A login that takes its time, so that the entities' meet.
    place.proxy.delay(100)
    expect(await attackedRun(tenant)).toMatchObject({ status: 'SUCCEEDED' })
    place.proxy.delay(0)
    expect(place.server.log()).toContain('past MaxStartups')
    await expectHealed(world, tenant)
  })

  it.each<[string, () => void | Promise<void>]>([
    ['sshd is restarted', () => place.server.restart()],
    ['the line is reset (RST)', () => place.proxy.reset()],
    ['the server says its last word (FIN)', () => place.proxy.halfClose('client')],
    ["the server hears the client's last word (FIN)", () => place.proxy.halfClose('server')],
    ['the line becomes a black hole', () => place.proxy.blackHole()],
  ])('%s in the middle of a file: the file is sent again', async (what, happen) => {
    attack({ name: `lines: ${what} in the middle of a file` })
    const tenant = await aTenant(world, many)
    const polled = poll(world, tenant)
    place.proxy.afterBytes(500_000, () => void happen())
    const started = await tenant.startRun()
    await eventually(
      'the failure to be told while the run goes on',
      async () => {
        const run = (await tenant.allRuns()).find(({ id }) => id === started.id)
        return run?.entities.some(({ error, attempts }) => error?.code === 'SFTP_UNAVAILABLE' || attempts > 1)
      },
      boundMs,
    )
    place.proxy.mend()
    const run = await tenant.finished(started.id, boundMs)
    expect(run.status).toBe('SUCCEEDED')
    expect(run.entities.find(({ entity }) => entity === 'user')?.attempts).toBeGreaterThan(1)
    expect(await tenant.hiddenFiles()).toEqual([])
    await expectHealed(world, tenant)
    await polled.check()
  })

  describe('is slow', () => {
    it.each<[string, () => void]>([
      ['1 KB/s', () => place.proxy.throttle(1000)],
      ['500 ms of latency each way', () => place.proxy.delay(500)],
    ])('%s: small files arrive at the first attempt', async (what, slow) => {
      attack({ name: `lines: ${what}` })
      await world.stopWorkers()
      await world.startWorker({ SFTP_TIMEOUT_SECONDS: '30' })
      const tenant = await aTenant(world, { user: 8, site_category: 1, site: 2 })
      slow()
      const run = await tenant.finished((await tenant.startRun()).id, 2 * boundMs)
      expect(run.status).toBe('SUCCEEDED')
      expect(run.entities.map(({ attempts }) => attempts)).toEqual([1, 1])
      place.proxy.throttle(Infinity)
      place.proxy.delay(0)
      await expectHealed(world, tenant)
    })
  })

  it.each<[string, () => Promise<() => Promise<void>>, string]>([
    ['is read-only', () => readOnly(place), 'SFTP_PERMISSION_DENIED'],
    ['shows another host key', () => place.server.changeHostKey(), 'SFTP_HOST_KEY_MISMATCH'],
    ['has our key revoked', () => revoked(place), 'SFTP_AUTHENTICATION_FAILED'],
  ])('the server %s: the failure is told at the first attempt', async (what, change, code) => {
    attack({ name: `lines: the server ${what}` })
    const tenant = await aTenant(world)
    const before = (await tenant.files()).map(({ path }) => path)
    const mend = await change()
    const run = await attackedRun(tenant)
    await mend()
    expect(run.status).toBe('FAILED')
    expectAllFailed(run, code)
    expect(run.entities.map(({ attempts }) => attempts)).toEqual([1, 1])
    expect((await tenant.files()).map(({ path }) => path)).toEqual(before)
    await expectHealed(world, tenant)
  })

  it('a file is larger than the server permits: it fails, the others are published', async () => {
    attack({ name: 'lines: a limit to the size of files' })
    await withFewTries()
    const tenant = await aTenant(world, many)
    await serverWith({ fileSizeLimitKib: 300 })
    const run = await attackedRun(tenant)
    expect(parts(run)).toEqual([
      ['site', 'PUBLISHED', null],
      ['user', 'FAILED', 'SFTP_PROTOCOL'],
    ])
    expect(run.status).toBe('PARTIALLY_FAILED')
    expect(await tenant.hiddenFiles()).toEqual([])
    await place.server.restart({})
    await expectHealed(world, tenant)
  })

  it('a reader holds the file open while it is replaced: it reads the old one to the end', async () => {
    attack({ name: 'lines: the target file is held open by a reader' })
    const tenant = await aTenant(world, many)
    const first = await attackedRun(tenant)
    const path = deliveryPath(tenant.id, 'user', first.to)
    const old = (await tenant.files()).find((file) => file.path === path)?.content
    const reader = await openForReading(place, path)
    const beginning = await reader.read(0, 20_000)
    await tenant.mutate({ inserts: 5, updates: 5, deletes: 5 })
    await expectHealed(world, tenant)
    const ending = await reader.read(20_000, (old?.length ?? 0) - 20_000)
    await reader.close()
    expect(Buffer.concat([beginning, ending]).equals(old!)).toBe(true)
    const present = (await tenant.files()).find((file) => file.path === path)?.content
    expect(present?.equals(old!)).toBe(false)
  })

  it('several runs of one tenant are begun at once: one after the other publishes', async () => {
    attack({ name: 'lines: several runs of one tenant at once' })
    const tenant = await aTenant(world)
    const polled = poll(world, tenant)
    const ids = [randomUUID(), randomUUID()]
    await Promise.all([
      tenant.startBackfill(midnight(1)),
      ...ids.map((runId) =>
        // By hand, past the use case that would refuse the second.
        world.temporal.workflow.start('exportRun', {
          workflowId: `${scheduleId(tenant.id)}-${runId}`,
          taskQueue: world.config.temporal.taskQueue,
          args: [{ tenantId: tenant.id, manual: { runId, to: new Date().toISOString() } }],
        }),
      ),
    ])
    const runs = await Promise.all([
      ...ids.map((id) => tenant.finished(id, boundMs)),
      tenant.runUpTo(midnight(1)).then(({ id }) => tenant.finished(id, boundMs)),
    ])
    for (const run of runs) expect(run.error).toBeNull()
    await expectHealed(world, tenant)
    await polled.check()
  })
})

await describeWithOpenSsh('the disk of the server', () => {
  it.each<[string, SshdSettings, string]>([
    ['', {}, 'SFTP_NO_SPACE'],
    [', and the server does not tell', { sftpArguments: '-P statvfs' }, 'SFTP_PROTOCOL'],
  ])('is full for a file and then for a manifest%s: both heal when room is made', async (what, settings, code) => {
    attack({ name: `lines: the disk is full${what}`, times: 2 })
    let disk: SmallDisk | undefined
    const world = await createWorld({
      sftp: async (folder) => {
        await mkdir(join(folder, 'openssh'))
        disk = await mountSmallDisk(join(folder, 'openssh'))
        const place = await startOpenSshPlace(folder, settings)
        const dispose = async () => {
          await place[Symbol.asyncDispose]()
          await disk?.unmount()
        }
        return { ...place, [Symbol.asyncDispose]: dispose }
      },
      worker: false,
    })
    onTestFinished(() => world[Symbol.asyncDispose]())
    const room = disk
    // What was said when it could not be mounted stands: nothing is filled then.
    if (!room) return
    let fillAtManifest = false
    await world.startWorker(fewTries, {
      onStep: async (step) => {
        if (step !== 'write manifest' || !fillAtManifest) return
        fillAtManifest = false
        await room.fill()
      },
    })
    const tenant = await aTenant(world)

    await room.fill()
    expectAllFailed(await attackedRun(tenant), code)
    expect(await tenant.hiddenFiles()).toEqual([])
    await room.makeRoom()

    fillAtManifest = true
    const started = await tenant.startRun()
    await eventually('the failure of the manifest to be told', async () => {
      const { raw } = await world.temporal.workflow.getHandle(started.workflowId).describe()
      return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === code)
    })
    await room.makeRoom()
    expect(await tenant.finished(started.id, boundMs)).toMatchObject({ status: 'SUCCEEDED' })
    await expectHealed(world, tenant)
  })
})

describe("the source's and Tidemark's Postgres", () => {
  it.each(['restart', 'kill'] as const)('%s in the middle of a file: the run goes on, and publishes', async (how) => {
    attack({ name: `lines: Postgres, the source's and Tidemark's own, in the middle of a file: ${how}` })
    const postgres = await startMortalPostgres()
    const environment = { DATABASE_URL: postgres.url, SOURCE_DATABASE_URL: postgres.url }
    const world = await createWorld({ environment })
    onTestFinished(async () => {
      await world[Symbol.asyncDispose]()
      await postgres[Symbol.asyncDispose]()
    })
    const tenant = await aTenant(world, many)
    const polled = poll(world, tenant)
    world.sftp.proxy.throttle(1_000_000)
    const back = new Promise<void>((resolve, reject) => {
      world.sftp.proxy.afterBytes(500_000, () => void postgres[how]().then(resolve, reject))
    })
    const started = await tenant.startRun()
    await back
    world.sftp.proxy.throttle(Infinity)
    const run = await tenant.finished(started.id, boundMs)
    expect(run.status).toBe('SUCCEEDED')
    expect(run.entities.find(({ entity }) => entity === 'user')?.attempts).toBeGreaterThan(1)
    await expectHealed(world, tenant)
    await polled.check()
  })
})

async function readOnly({ server }: OpenSshPlace): Promise<() => Promise<void>> {
  await server.restart({ sftpArguments: '-R' })
  return () => server.restart({})
}

/** Connections that are open already are ended, too. */
async function revoked({ server }: OpenSshPlace): Promise<() => Promise<void>> {
  const mend = await server.revokeClientKey()
  await server.restart()
  return mend
}

/** A consumer that takes its time over a file. */
async function openForReading(place: OpenSshPlace, path: string) {
  const ssh = await connectSsh(place.server)
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    ssh.sftp((error, wrapper) => (error ? reject(error) : resolve(wrapper))),
  )
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(join(place.folder, path), 'r', (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const readOnce = (start: number, length: number) =>
    new Promise<Buffer>((resolve, reject) =>
      sftp.read(handle, Buffer.alloc(length), 0, length, start, (error, bytes, buffer) =>
        error ? reject(error) : resolve(buffer.subarray(0, bytes)),
      ),
    )
  return {
    read: async (start: number, length: number): Promise<Buffer> => {
      const pieces: Buffer[] = []
      for (let got = 0; got < length;) {
        const piece = await readOnce(start + got, Math.min(32_768, length - got))
        pieces.push(piece)
        got += piece.length
      }
      return Buffer.concat(pieces)
    },
    close: async () => {
      ssh.end()
    },
  }
}
