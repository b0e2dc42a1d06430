import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attack } from '../support/attacks.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { forgeFile, forgeRows, replaceFile, type Undo } from './support/forgery.js'
import {
  csvRoundTrips,
  filesGiveTheSource,
  holdAll,
  manifestsTellTheTruth,
  noVersionTwice,
  nothingHiddenLeft,
  nothingLeaks,
  oneWriter,
  onlyWholeFilesSeen,
  rowsAreTheTenants,
  watermarksAreCovered,
  windowsTile,
  writesNothing,
} from './support/invariants.js'
import { runsHaveTheirEvents } from './support/run-events.js'
import { type Poller, startPoller } from './support/poller.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/**
 * Each invariant over an ordinary life of a tenant; and each is broken on purpose, to see that it would be noticed: a
 * test of the tests that rely on it.
 */
let world: World
let tenant: TestTenant
let poller: Poller
/** What it has seen, before anything was tampered with. */
let seen: Map<string, Set<string>>
/** A value of a row, as only the source and the files may have it. */
const planted = 'Quillfeather-Montague-1887'

beforeAll(async () => {
  await farFromMidnight()
  world = await createWorld({ environment: { EXPORT_FILES_TOGETHER: '32' } })
  poller = startPoller(world.sftp.folder)
  tenant = await world.tenant({ rows: { user: 30, site_category: 2, site: 9 } })
  await ordinaryLife()
  seen = await poller.stop()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Full loads, deltas, a failed run, an entity disabled and registered again, three runs on one day. */
async function ordinaryLife(): Promise<void> {
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(400), midnight(3))
  await tenant.mutate({ inserts: 2, updates: 2, deletes: 1 })
  await tenant.register({ entityList: 'site' })
  await tenant.backfill(midnight(2))
  const holder = await world.connect()
  await holder.query('BEGIN; LOCK TABLE analytics.site IN ACCESS EXCLUSIVE MODE')
  const lost = await tenant.startRun()
  const readWaits = async (): Promise<boolean> => {
    const { rowCount } = await holder.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
         AND application_name = 'tidemark-source'`,
    )
    return rowCount !== 0
  }
  await eventually('a read of the run to wait for the lock', readWaits)
  await world.temporal.workflow.getHandle(lost.workflowId).terminate('by a test')
  // Otherwise the attempt could publish its file before it learns that its run has ended.
  await eventually('the read of the ended run to stop', async () => !(await readWaits()))
  await holder.query('ROLLBACK')
  await tenant.register({ entityList: 'site, user' })
  for (let run = 1; run <= 3; run++) {
    await tenant.mutate({ inserts: 1, updates: 2, deletes: 1 })
    await plant()
    expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  }
}

async function plant(): Promise<void> {
  await world.sql(
    `UPDATE analytics.site SET name = $2 WHERE tenant_code = $1
       AND code = (SELECT min(code) FROM analytics.site WHERE tenant_code = $1 AND NOT is_deleted)`,
    [tenant.id, planted],
  )
}

/** What the check says once its subject is broken. Before and after, it has nothing to say. */
async function saidWhenBroken(check: () => Promise<void>, tamper: () => Promise<Undo>): Promise<string> {
  await check()
  const undo = await tamper()
  try {
    return await check().then(
      () => 'nothing',
      (error: Error) => error.message,
    )
  } finally {
    await undo()
    await check()
  }
}

/** The path of the entity's last file. */
async function lastFile(entity: string): Promise<string> {
  const files = (await tenant.delivered()).filter(({ resource }) => resource.entity === entity)
  return files.at(-1)?.file.path ?? ''
}

const lastSite = (): string => `tenant_id = '${tenant.id}' AND entity = 'site' AND id =
  (SELECT delivery_id FROM tidemark.watermark WHERE tenant_id = '${tenant.id}' AND entity = 'site')`

test('invariant 1: the files, applied in order by key, give the source (promise 2)', async () => {
  attack({ name: 'I1 by forged values' })
  const said = await saidWhenBroken(
    () => filesGiveTheSource(tenant),
    async () => forgeFile(world, await lastFile('site'), (text) => text.replaceAll(planted, 'somebody else')),
  )
  expect(said).toMatch(/^I1/)
})

test('invariant 2: each version of a row is delivered once (promise 2)', async () => {
  attack({ name: 'I2 by a row delivered again' })
  const [full, ...deltas] = (await tenant.delivered()).filter(({ resource }) => resource.entity === 'site')
  expect(full?.resource.mode).toBe('full')
  const [earlier, last] = [deltas.find(({ resource }) => resource.rows > 0), deltas.at(-1)]
  const again = earlier?.file.content.toString().split('\n')[1] ?? ''
  expect(earlier).not.toBe(last)
  const said = await saidWhenBroken(
    () => noVersionTwice(tenant),
    () => forgeFile(world, last?.file.path ?? '', (text) => `${text}${again}\n`),
  )
  expect(said).toMatch(/^I2/)
})

test('invariant 3: the windows tile (promise 1)', async () => {
  attack({ name: 'I3 by a gap' })
  const said = await saidWhenBroken(
    () => windowsTile(world, tenant),
    () => {
      const shift = (by: string) =>
        `UPDATE tidemark.delivery SET "from" = "from" ${by} interval '1 hour' WHERE ${lastSite()}`
      return forgeRows(world, shift('+'), shift('-'))
    },
  )
  expect(said).toMatch(/^I3/)
})

test('invariant 4: a poller of the final names sees only whole files (promise 7)', async () => {
  attack({ name: 'I4 by half a file' })
  const path = await lastFile('user')
  await onlyWholeFilesSeen(world, [tenant], seen)
  expect(poller.violations).toEqual([])
  expect(poller.rounds).toBeGreaterThan(10)

  const undo = await replaceFile(world, path, (text) => text.slice(0, text.length / 2))
  const half = await startPoller(world.sftp.folder).stop()
  await undo()
  await expect(onlyWholeFilesSeen(world, [tenant], half)).rejects.toThrow(/^I4/)
})

test('invariant 5: the manifests agree with the files and name all of them (promise 8)', async () => {
  attack({ name: 'I5 by a changed, and by an unnamed file' })
  const path = await lastFile('site')
  const ofChanged = await saidWhenBroken(
    () => manifestsTellTheTruth(tenant),
    () => replaceFile(world, path, (text) => text.replace(planted, 'x')),
  )
  expect(ofChanged).toMatch(/differs from its manifest/)
  const ofUnnamed = await saidWhenBroken(
    () => manifestsTellTheTruth(tenant),
    async () => {
      const unnamed = join(world.sftp.folder, dirname(path), 'unnamed.csv')
      await writeFile(unnamed, 'code\n')
      return () => rm(unnamed)
    },
  )
  expect(ofUnnamed).toMatch(/manifests name/)
  // A poller notices, too, while the manifest stays what it is.
  const undo = await replaceFile(world, path, (text) => text.replace(planted, 'x'))
  const looking = startPoller(world.sftp.folder)
  await looking.stop()
  await undo()
  expect(looking.violations).not.toEqual([])
})

test('invariant 6: the watermark is the end of the last published file, and never goes back (promise 3)', async () => {
  attack({ name: 'I6 by a watermark that points elsewhere' })
  const said = await saidWhenBroken(
    () => watermarksAreCovered(world, tenant),
    () => {
      const shift = (by: string) =>
        `UPDATE tidemark.watermark SET "to" = "to" ${by} interval '1 hour' WHERE tenant_id = '${tenant.id}'`
      return forgeRows(world, shift('+'), shift('-'))
    },
  )
  expect(said).toMatch(/^I6/)
  const back = `UPDATE tidemark.watermark SET "to" = "to" - interval '1 hour' WHERE tenant_id = '${tenant.id}'`
  await expect(world.sql(back)).rejects.toThrow(/back/)
})

test('invariant 7: every row belongs to the tenant of its path (promise 13)', async () => {
  attack({ name: 'I7 by a row of another tenant' })
  const said = await saidWhenBroken(
    () => rowsAreTheTenants(tenant),
    async () => forgeFile(world, await lastFile('site'), (text) => text.replace(tenant.id, 't-somebody-else')),
  )
  expect(said).toMatch(/^I7/)
})

test('invariant 8: publishing a published window again writes nothing', async () => {
  attack({ name: 'I8 by a run with something to do' })
  await writesNothing(world, tenant, () => tenant.backfill(midnight(2)))
  await writesNothing(world, tenant, () => tenant.backfill(midnight(0)))
  await expect(writesNothing(world, tenant, () => tenant.runNow())).rejects.toThrow(/^I8/)
})

test('invariant 9: a window has one writer (promise 11)', async () => {
  attack({ name: 'I9 by a second delivery of a window' })
  const second = `INSERT INTO tidemark.delivery SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', gen_random_uuid(), 'run_id', gen_random_uuid(), 'revision', revision + 100))).*
    FROM tidemark.delivery d WHERE ${lastSite()}`
  await oneWriter(world, tenant)
  // The database refuses it, so that the check has nothing to find unless the index has gone.
  await expect(world.sql(second)).rejects.toThrow(/delivery_one_for_each_sequence/)
  const index = 'tidemark.delivery_one_for_each_sequence'
  const [made] = await world.sql<{ sql: string }>(`SELECT pg_get_indexdef('${index}'::regclass) AS sql`)
  await world.sql(`DROP INDEX ${index}`)
  const said = await saidWhenBroken(
    () => oneWriter(world, tenant),
    () => forgeRows(world, second, `DELETE FROM tidemark.delivery WHERE tenant_id = '${tenant.id}' AND revision > 100`),
  )
  expect(said).toMatch(/^I9/)
  await world.sql(made?.sql ?? '')
})

test('invariant 10: no credential and no value of a row is in the logs and histories (promise 13)', async () => {
  attack({ name: 'I10 by looking for what is there' })
  const password = new URL(world.config.database.url).password
  const secrets = [world.sftp.secret, world.config.database.url, planted, ...(password ? [password] : [])]
  await nothingLeaks(world, tenant, secrets)
  await expect(nothingLeaks(world, tenant, ['exportEntity'])).rejects.toThrow(/^I10/)
})

test('invariant 11: hidden files are removed by the next run', async () => {
  attack({ name: 'I11 by a hidden file' })
  const said = await saidWhenBroken(
    () => nothingHiddenLeft(tenant),
    async () => {
      const hidden = join(world.sftp.folder, dirname(await lastFile('site')), '.site.csv.forgotten.part')
      await writeFile(hidden, 'code\n')
      return () => rm(hidden)
    },
  )
  expect(said).toMatch(/^I11/)
})

test('invariant 12: COPY and a second reader get exactly the values of the source (promise 12)', async () => {
  attack({ name: 'I12 by a value that only one reader gets' })
  await tenant.runNow()
  await filesGiveTheSource(tenant)
  const said = await saidWhenBroken(
    () => csvRoundTrips(world, tenant),
    async () => forgeFile(world, await lastFile('site'), (text) => text.replace(planted, `${planted} `)),
  )
  expect(said).toMatch(/^I12/)
})

test('invariant 13: each run that has ended has exactly its events (promise 14)', async () => {
  attack({ name: 'I13 by an event of a failure that is lost' })
  const ofTenant = (type: string) => `SET type = '${type}' WHERE tenant_id = '${tenant.id}' AND type`
  const said = await saidWhenBroken(
    () => runsHaveTheirEvents(world, tenant),
    () =>
      forgeRows(
        world,
        `UPDATE tidemark.event ${ofTenant('test')} = 'export.failed'`,
        `UPDATE tidemark.event ${ofTenant('export.failed')} = 'test'`,
      ),
  )
  expect(said).toMatch(/I13: failures of run/)
})

test('all invariants hold after an ordinary life of a tenant', async () => {
  attack({ name: 'an ordinary life' })
  await holdAll(world, tenant)
  expect((await tenant.allRuns()).map(({ status }) => status)).toContain('FAILED')
})
