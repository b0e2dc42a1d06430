import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { compareWithSource } from '../../dev/demo/warehouse.js'
import { fillSample } from '../../dev/sample-data/fill.js'
import { attack } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { type RestorablePostgres, startRestorablePostgres } from './support/restorable-postgres.js'
import { csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { requestFullLoad } from '../support/world/stores.js'

/** What each entity's part of a run came to. */
const parts = (run: Run | undefined) =>
  Object.fromEntries(
    run?.entities.map(({ entity, status, mode, fullLoadReason, error }) => [
      entity,
      [status, mode, fullLoadReason, error?.code ?? null],
    ]) ?? [],
  )

const published = (mode: string, reason: string | null = null) => ['PUBLISHED', mode, reason, null]
const mismatch = ['FAILED', 'DELTA', null, 'SOURCE_SCHEMA_MISMATCH']

async function expectEqualToSource(tenant: TestTenant): Promise<void> {
  for (const comparison of await tenant.compare()) {
    expect(comparison).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
  }
}

describe('the columns of a source table change', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** A tenant with a first file of each entity. */
  async function aTenant(entityList = 'site, site category'): Promise<TestTenant> {
    const tenant = await world.tenant({ rows: { user: 6, site_category: 4, site: 5 }, before: midnight(3) })
    await tenant.register({ entityList })
    await tenant.backfill(midnight(3))
    return tenant
  }

  test('deltas continue with an appended column, and a requested full load fills it (promises 5, 12)', async () => {
    attack({ name: 'schema: a column is added to the source and appended to the catalog' })
    const tenant = await aTenant('user')
    await world.sql('ALTER TABLE analytics."user" ADD COLUMN nickname text')
    await world.stopWorkers()
    await world.startWorker({ CATALOG_FILE: await catalogWith('user', 'nickname') })
    onTestFinished(async () => {
      await world.stopWorkers()
      await world.startWorker()
    })
    const [changed] = await world.sql<{ code: string }>(
      `UPDATE analytics."user" SET nickname = 'Nick' WHERE code =
        (SELECT min(code) FROM analytics."user" WHERE tenant_code = $1) RETURNING code`,
      [tenant.id],
    )
    const run = await tenant.runNow()
    expect(parts(run)).toEqual({ user: published('DELTA') })
    const [full, delta] = await tenant.delivered()
    const header = (content?: Buffer) => content?.toString().split('\n')[0]
    expect(header(delta?.file.content)).toBe(`${header(full?.file.content)},nickname`)
    expect(csvRows(delta?.file.content ?? Buffer.from(''))).toEqual([
      expect.objectContaining({ code: changed?.code, nickname: 'Nick' }),
    ])

    await requestFullLoad(world.useCases, tenant.id, ['user'])
    expect(parts(await tenant.runNow())).toEqual({ user: published('FULL', 'REQUESTED') })
    const latest = csvRows((await tenant.delivered()).at(-1)?.file.content ?? Buffer.from(''))
    expect(latest.map(({ nickname }) => nickname).toSorted()).toEqual(['', '', '', '', '', 'Nick'])
  })

  test.each([
    [
      'dropped',
      'DROP COLUMN visibility',
      // What DDL fills a column with passes by the trigger: an update tells of it.
      "ADD COLUMN visibility text NOT NULL DEFAULT 'public'; UPDATE analytics.site SET visibility = 'private'",
    ],
    ['renamed', 'RENAME COLUMN visibility TO seen_by', 'RENAME COLUMN seen_by TO visibility'],
    [
      'retyped',
      'ALTER COLUMN visibility DROP DEFAULT, ALTER COLUMN visibility TYPE bytea USING visibility::bytea',
      "ALTER COLUMN visibility TYPE text USING convert_from(visibility, 'UTF8')",
    ],
  ])(
    'a column that is %s fails its entity by name, other entities are exported, and the next run succeeds after the fix (promise 4)',
    async (how, change, fix) => {
      attack({ name: `schema: a column is ${how} in the source` })
      const tenant = await aTenant()
      await tenant.mutate({ inserts: 1, updates: 1, deletes: 1 })
      await world.sql(`ALTER TABLE analytics.site ${change}`)
      const [failed] = await tenant.backfill(midnight(2))
      await world.sql(`ALTER TABLE analytics.site ${fix}`)
      expect(failed?.status).toBe('PARTIALLY_FAILED')
      expect(parts(failed)).toEqual({ site: mismatch, site_category: published('DELTA') })
      const message = failed?.entities.find(({ entity }) => entity === 'site')?.error?.message
      expect(message).toContain('analytics.site')
      expect(message).toContain('column visibility')

      const [, healed] = await tenant.backfill(midnight(1), midnight(0))
      expect(parts(healed)).toEqual({ site: published('DELTA'), site_category: published('DELTA') })
      expect(parts(await tenant.runNow())).toEqual({ site: published('DELTA'), site_category: published('DELTA') })
      await expectEqualToSource(tenant)
    },
  )

  test('deltas continue after a type becomes a wider one that prints alike', async () => {
    attack({ name: 'schema: a type changes in the source to a compatible one' })
    const tenant = await aTenant()
    await tenant.mutate({ inserts: 1, updates: 2, deletes: 1 })
    await world.sql('ALTER TABLE analytics.site_category ALTER COLUMN sort_order TYPE bigint')
    expect(parts(await tenant.runNow())).toEqual({ site: published('DELTA'), site_category: published('DELTA') })
    await expectEqualToSource(tenant)
  })

  test('a file has every row although ALTER TABLE rewrites the table during the read (promise 2)', async () => {
    attack({ name: 'schema: DDL during a read' })
    const tenant = await aTenant()
    await tenant.mutate({ inserts: 2, updates: 1, deletes: 1 })
    const other = await world.connect()
    await other.query('BEGIN; ALTER TABLE analytics.site ALTER COLUMN name TYPE varchar USING name || $$$$')
    const run = await tenant.startRun()
    await eventually('a read that waits for the table', async () => {
      const waiting = await world.sql(`SELECT FROM pg_stat_activity WHERE application_name = 'tidemark-source'
        AND datname = current_database() AND wait_event_type = 'Lock'`)
      return waiting.length > 0
    })
    await other.query('COMMIT')
    expect(parts(await tenant.finished(run.id))).toEqual({
      site: published('DELTA'),
      site_category: published('DELTA'),
    })
    await expectEqualToSource(tenant)
  })

  async function catalogWith(entityName: string, column: string): Promise<string> {
    interface CatalogFile {
      entities: { name: string; columns: object[] }[]
    }
    const catalog = JSON.parse(await readFile('src/catalog/default-catalog.json', 'utf8')) as CatalogFile
    const entity = catalog.entities.find(({ name }) => name === entityName)
    entity?.columns.push({ name: column, type: 'string', nullable: true, description: 'Added later.' })
    const path = join(world.folder, 'catalog.json')
    await writeFile(path, JSON.stringify(catalog))
    return path
  }
})

describe('the source', () => {
  let postgres: RestorablePostgres
  let world: World
  beforeAll(async () => {
    postgres = await startRestorablePostgres()
    world = await createWorld({ environment: { SOURCE_DATABASE_URL: postgres.url } })
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  })

  /** One statement on a connection of its own: those from before a restore are dead. */
  async function ask<Row extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** A category that is dated so many days ago: before the end of a window that is over. */
  const insert = (tenant: TestTenant, code: string, date: Date) =>
    ask(
      postgres.url,
      `INSERT INTO analytics.newsletter_category (tenant_code, code, name, sort_order, is_default, updated_at)
       VALUES ($1, $2, $2, 1, false, $3)`,
      [tenant.id, code, date],
    )

  async function aTenant(): Promise<TestTenant> {
    const tenant = await world.tenant({ rows: { user: 1 }, before: midnight(3) })
    await tenant.register({ entityList: 'newsletter category' })
    await insert(tenant, 'old', midnight(3.5))
    await tenant.backfill(midnight(3))
    return tenant
  }

  const entity = 'newsletter_category'
  const hour = 3_600_000
  const inWindow = new Date(midnight(1).getTime() - hour)

  test('a source that is restored from a backup gets full loads, and nothing is lost (promises 2, 5)', async () => {
    attack({ name: 'schema: the source is restored from a backup' })
    const tenant = await aTenant()
    // The same, without the timeline of the last file: as in a release that did not record timelines.
    const forgetful = await aTenant()
    const tenants = [tenant, forgetful]
    await postgres.backUp()
    for (const each of tenants) {
      await insert(each, 'lost by the restore', inWindow)
      const [delta] = await each.backfill(midnight(1))
      expect(parts(delta)).toEqual({ [entity]: published('DELTA') })
    }
    const [last] = await ask<{ xmax: string }>(postgres.url, 'SELECT pg_current_xact_id() AS xmax')

    await postgres.restore()
    await eventually('the end of the recovery', async () => {
      const [state] = await ask<{ standby: boolean }>(postgres.url, 'SELECT pg_is_in_recovery() AS standby')
      return state?.standby === false
    })
    for (const each of tenants) await insert(each, 'dated back', inWindow)
    await eventually('transaction ids that run past the last file', async () => {
      const [now] = await ask<{ xid: string }>(postgres.url, 'SELECT pg_current_xact_id() AS xid')
      return BigInt(now?.xid ?? 0) > BigInt(last?.xmax ?? 0)
    })
    await ask(
      world.ownerUrl,
      `SET session_replication_role = replica;
      UPDATE tidemark.delivery SET timeline = NULL WHERE tenant_id = '${forgetful.id}'`,
    )

    const [[reset], [unaware]] = [await tenant.backfill(midnight(0)), await forgetful.backfill(midnight(0))]
    expect(parts(reset)).toEqual({ [entity]: published('FULL', 'SOURCE_RESET') })
    await expectEqualToSource(tenant)
    expect(parts(unaware)).toEqual({ [entity]: published('DELTA') })
    expect(await forgetful.compare()).toMatchObject([{ onlyInSource: 1, onlyDelivered: 1 }])
  })

  test('a source that moves to another cluster gets full loads (promise 5)', async () => {
    attack({ name: 'schema: the source is moved to another cluster' })
    const tenant = await aTenant()
    const url = world.ownerUrl
    await fillSample({
      url,
      seed: 8,
      rows: 0,
      baseTime: midnight(2),
      tenants: [{ tenantId: tenant.id, share: 0, rows: { newsletter_category: 3 } }],
    })
    await world.stopWorkers()
    await world.startWorker({ SOURCE_DATABASE_URL: url })
    const [moved, next] = await tenant.backfill(midnight(1), midnight(0))
    expect(parts(moved)).toEqual({ [entity]: published('FULL', 'SOURCE_RESET') })
    expect(parts(next)).toEqual({ [entity]: published('DELTA') })
    expect(await compareWithSource(url, tenant.id, await tenant.delivered())).toMatchObject([
      { rows: 3, onlyInSource: 0, onlyDelivered: 0 },
    ])
  })
})
