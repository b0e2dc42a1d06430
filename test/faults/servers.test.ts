import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { deliveryPath, manifestPath } from '../../src/domain/delivery-path.js'
import type { Run } from '../../src/domain/run.js'
import type { RunStep } from '../../src/domain/run-step.js'
import { attack } from '../support/attacks.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import {
  filesGiveTheSource,
  holdAll,
  ledgerOf,
  manifestsTellTheTruth,
  watermarksAreCovered,
  windowsTile,
} from './support/invariants.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { poll } from './support/polled.js'
import { type SftpPlace, startEmbeddedSftp, startOpenSshPlace } from '../support/sftp/sftp-place.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

const hourMs = 3_600_000
const hours = (after: Date, count: number) => new Date(after.getTime() + count * hourMs)

/** A world whose deliveries go to such a server, with a worker that tells of its steps. */
async function worldOn<Place extends SftpPlace>(
  start: (folder: string) => Promise<Place>,
  onStep: (step: RunStep, place: Place) => void = () => undefined,
): Promise<{ world: World; place: Place }> {
  let place: Place | undefined
  const sftp = async (folder: string) => (place = await start(folder))
  const world = await createWorld({ sftp, worker: false })
  onTestFinished(() => world[Symbol.asyncDispose]())
  await world.startWorker({}, { onStep: (step) => onStep(step, place!) })
  return { world, place: place! }
}

/** A tenant whose rows are older than its first file. */
async function aTenant(world: World): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 2000, site_category: 4, site: 5 }, before: midnight(3) })
  await tenant.register({ entityList: 'user, site' })
  return tenant
}

/** What each entity's part of a run came to. */
const parts = (run: Run) => run.entities.map(({ entity, status, error }) => [entity, status, error?.code ?? null])
const refused = (entity: string) => [entity, 'FAILED', 'SFTP_PERMISSION_DENIED']

/** Looks for the file all the time once it is there; counts how often it was not. */
function watch(file: string): { gaps(): Promise<number> } {
  let [watching, appeared, gaps] = [true, false, 0]
  const watched = (async () => {
    while (watching) {
      const isThere = await stat(file).then(
        () => true,
        () => false,
      )
      appeared ||= isThere
      if (appeared && !isThere) gaps += 1
      await turn()
    }
  })()
  const stop = async () => {
    watching = false
    await watched
    return gaps
  }
  onTestFinished(() => void stop())
  return { gaps: stop }
}

/**
 * A first delivery whose upload is cut, a delta, and a second run of its day, which replaces: everything is
 * published, and a poller sees no partial file. Returns how often a name had no file while it was replaced.
 */
async function deliverAll(world: World): Promise<number> {
  await farFromMidnight()
  const tenant = await aTenant(world)
  const polled = poll(world, tenant)
  world.sftp.proxy.afterBytes(100_000, () => world.sftp.proxy.cut())
  const [first] = await tenant.backfill(midnight(1))
  expect(first?.status).toBe('SUCCEEDED')
  expect(Math.max(...first!.entities.map(({ attempts }) => attempts))).toBe(2)

  await tenant.mutate({ inserts: 20, updates: 20, deletes: 5 })
  const delta = await tenant.runNow()
  expect(delta.entities).toMatchObject([
    { entity: 'site', status: 'PUBLISHED', mode: 'DELTA', revision: 1 },
    { entity: 'user', status: 'PUBLISHED', mode: 'DELTA', revision: 1 },
  ])
  const watched = watch(join(world.sftp.folder, deliveryPath(tenant.id, 'user', delta.to)))
  for (const revision of [2, 3]) {
    await tenant.mutate({ inserts: 20, updates: 20, deletes: 5 })
    const again = await tenant.runNow()
    expect(again.entities).toMatchObject([
      { entity: 'site', status: 'PUBLISHED', mode: 'DELTA', revision },
      { entity: 'user', status: 'PUBLISHED', mode: 'DELTA', revision },
    ])
  }
  const gaps = await watched.gaps()
  await polled.check()
  await holdAll(world, tenant)
  return gaps
}

describe('the embedded server', () => {
  test('the embedded server publishes everything, and replaces files in one step (promise 7)', async () => {
    attack({ name: 'servers: the embedded one', times: 4 })
    const { world } = await worldOn(startEmbeddedSftp)
    expect(await deliverAll(world)).toBe(0)
  })
})

await describeWithOpenSsh("OpenSSH's server", () => {
  const openSsh = (sftp?: string) => (folder: string) =>
    startOpenSshPlace(folder, { ...(sftp && { sftpArguments: sftp }) })

  test.each([
    ['with all extensions', undefined],
    ['without fsync', '-P fsync'],
    ['without statvfs', '-P statvfs'],
  ])('%s publishes everything, and replaces files in one step (promise 7)', async (kind, sftp) => {
    attack({ name: `servers: OpenSSH ${kind}`, times: 4 })
    const { world } = await worldOn(openSsh(sftp))
    expect(await deliverAll(world)).toBe(0)
  })

  test.each([
    ['without posix-rename', '-P posix-rename'],
    ['without posix-rename, fsync and statvfs', '-P posix-rename,fsync,statvfs'],
  ])('%s publishes everything, and no reader sees a partial file (promise 7)', async (kind, sftp) => {
    attack({ name: `servers: OpenSSH ${kind}`, times: 4 })
    const { world } = await worldOn(openSsh(sftp))
    await deliverAll(world)
    expect(world.log()).not.toContain(world.sftp.secret)
  })

  test('without posix-rename, a run recovers from a line that is cut at each request of a replacement', async () => {
    // The plain rename, a look at both files, removing the target, the rename again; syncing the folder takes three.
    const requests = 9
    attack({ name: 'servers: OpenSSH without posix-rename, the line cut at each request of a rename', times: requests })
    await farFromMidnight()
    let cutAt = 0
    const { world } = await worldOn(openSsh('-P posix-rename'), (step, { proxy }) => {
      if (step !== 'rename' || cutAt === 0) return
      cutAtRequest(proxy, cutAt)
      cutAt = 0
    })
    const tenant = await world.tenant({ rows: { site_category: 4, user: 5, site: 5 }, before: midnight(3) })
    await tenant.register({ entityList: 'site' })
    const polled = poll(world, tenant)
    await tenant.runNow()
    for (let request = 1; request <= requests; request += 1) {
      await tenant.mutate({ inserts: 1, updates: 2, deletes: 0 })
      cutAt = request
      const run = await tenant.runNow()
      expect(run.entities).toMatchObject([{ status: 'PUBLISHED' }])
      expect(run.status).toBe('SUCCEEDED')
    }
    await polled.check()
    await holdAll(world, tenant)
  })

  test('on a server that permits no overwrite, a second revision fails, the first stays whole, and the next day covers it (promises 4, 7)', async () => {
    attack({ name: 'servers: OpenSSH that permits neither overwriting nor removing', times: 4 })
    const { world, place } = await worldOn(openSsh('-P posix-rename,remove'))
    const tenant = await aTenant(world)
    const polled = poll(world, tenant)
    const [day, next] = [midnight(2), midnight(1)]
    const [first] = await tenant.backfill(day)
    expect(first?.status).toBe('SUCCEEDED')
    const delivered = await contents(tenant)

    // The file would be the same, byte by byte: its manifest would not.
    const same = await runUpTo(world, tenant, hours(day, 6))
    expect(parts(same)).toEqual([refused('site'), refused('user')])
    await insertSites(world, tenant, hours(day, 7))
    const other = await runUpTo(world, tenant, hours(day, 8))
    expect(parts(other)).toEqual([refused('site'), refused('user')])
    expect(other.status).toBe('FAILED')
    expect(other.entities[0]?.error?.message).toContain(manifestPath(tenant.id, day))
    expect(await contents(tenant)).toEqual(delivered)
    expect(await ledgerOf(world, tenant)).toHaveLength(2)
    expect(await pendingIntents(world, tenant)).toBe(0)

    const [covering] = await tenant.backfill(next)
    expect(covering?.entities).toMatchObject([
      { entity: 'site', status: 'PUBLISHED', mode: 'DELTA', from: day, rows: 3n },
      { entity: 'user', status: 'PUBLISHED', mode: 'DELTA', from: day, rows: 0n },
    ])
    expect(covering?.manifestPath).toBe(manifestPath(tenant.id, next))
    await filesGiveTheSource(tenant)

    // What must not be removed there is not forgotten: it goes when it may.
    expect(await tenant.hiddenFiles()).not.toEqual([])
    await place.server.restart({})
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    await polled.check()
    await holdAll(world, tenant)
  })

  test('on a server that permits no overwrite, file and manifest are published although lines are cut', async () => {
    attack({ name: 'servers: OpenSSH that permits neither overwriting nor removing, the line cut', times: 2 })
    let cutManifest = true
    const { world } = await worldOn(openSsh('-P posix-rename,remove'), (step, { proxy }) => {
      // The mark of the server is opened and read. Then the manifest is opened, and the content follows.
      if (step === 'write manifest' && cutManifest) cutAtRequest(proxy, 4)
      if (step === 'write manifest') cutManifest = false
    })
    const tenant = await aTenant(world)
    const polled = poll(world, tenant)
    world.sftp.proxy.afterBytes(100_000, () => world.sftp.proxy.cut())
    const [run] = await tenant.backfill(midnight(1))
    expect(run?.status).toBe('SUCCEEDED')
    expect(cutManifest).toBe(false)
    await polled.check()
    await manifestsTellTheTruth(tenant)
    await filesGiveTheSource(tenant)
    await watermarksAreCovered(world, tenant)
    // The server permits no client to remove them. The small file of `site` is complete before the cut in most runs, not in all.
    const left = (await tenant.hiddenFiles()).map((path) => path.split('/').at(-1)?.split('.')[1])
    expect(left.filter((name) => name !== 'site').toSorted()).toEqual(['datapackage', 'user'])
  })

  test('on a server that no longer permits renames, the stored file is not removed', async () => {
    attack({ name: 'servers: OpenSSH that permits no renames any more' })
    await farFromMidnight()
    const { world, place } = await worldOn(openSsh('-P posix-rename'))
    const tenant = await aTenant(world)
    const polled = poll(world, tenant)
    const first = await tenant.runNow()
    expect(first.status).toBe('SUCCEEDED')
    const before = await csvFiles(tenant)

    await place.server.restart({ sftpArguments: '-P posix-rename,rename' })
    await tenant.mutate({ inserts: 2, updates: 2, deletes: 1 })
    const failed = await tenant.runNow()
    expect(parts(failed)).toEqual([refused('site'), refused('user')])
    expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'SFTP_PERMISSION_DENIED' } })
    // Without its manifest: that had to go first, and could not come back.
    expect(await csvFiles(tenant)).toEqual(before)
    expect((await tenant.files()).filter(({ path }) => path.endsWith('/datapackage.json'))).toEqual([])

    await place.server.restart({ sftpArguments: '-P posix-rename' })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    await polled.check()
    await holdAll(world, tenant)
    await windowsTile(world, tenant)
  })
})

/** Cuts the line when the request of this number, counted from now, is on its way. */
function cutAtRequest(proxy: SftpPlace['proxy'], number: number): void {
  proxy.afterBytes(1, () => (number === 1 ? proxy.cut() : cutAtRequest(proxy, number - 1)))
}

/** A run by hand as if it had been asked for at some time in the past. */
async function runUpTo(world: World, tenant: TestTenant, to: Date): Promise<Run> {
  const runId = randomUUID()
  await world.temporal.workflow.start('exportRun', {
    workflowId: `${scheduleId(tenant.id)}-${runId}`,
    taskQueue: world.config.temporal.taskQueue,
    args: [{ tenantId: tenant.id, manual: { runId, to: to.toISOString() } }],
  })
  return tenant.finished(runId, 120_000)
}

/** Three new sites, dated back. */
async function insertSites(world: World, { id }: TestTenant, date: Date): Promise<void> {
  await world.sql(
    `INSERT INTO analytics.site SELECT (jsonb_populate_record(model.row, jsonb_build_object(
       'code', 'new ' || number, 'updated_at', $2::timestamptz))).*
     FROM generate_series(1, 3) AS number,
       (SELECT site AS row FROM analytics.site WHERE tenant_code = $1 ORDER BY code LIMIT 1) AS model`,
    [id, date],
  )
}

/** What everybody can see, each of which is what its manifest says. */
async function contents(tenant: TestTenant): Promise<[path: string, content: string][]> {
  await manifestsTellTheTruth(tenant)
  const visible = (await tenant.files()).filter(({ path }) => !path.includes('/.'))
  return visible.map(({ path, content }) => [path, content.toString()])
}

async function csvFiles(tenant: TestTenant): Promise<[path: string, content: string][]> {
  const files = (await tenant.files()).filter(({ path }) => path.endsWith('.csv'))
  return files.map(({ path, content }) => [path, content.toString()])
}

async function pendingIntents(world: World, { id }: TestTenant): Promise<number> {
  return (await world.useCases.publications.pendingIntents(id)).length
}
