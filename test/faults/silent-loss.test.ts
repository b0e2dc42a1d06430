import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import type { Run } from '../../src/domain/run.js'
import { eventually } from '../support/eventually.js'
import { attack } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import { makeOwnTables, ownCatalog, ownEntity } from '../support/postgres/own-source.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

const never = new AbortController().signal
const tables = 'hidden hidden_by_setting day open untracked lost_trigger by_hand endless ahead ordered'.split(' ')
const views = ['legacy', 'copied', 'limited']

let folder: string
let database: TestDatabase
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-silent-'))
  database = await createMigratedDatabase()
  const entities = [...tables, ...views].map((name) =>
    ownEntity(name, name === 'by_hand' ? { changeTracking: 'application' } : {}),
  )
  const CATALOG_FILE = await ownCatalog(folder, ...entities)
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
  await makeOwnTables(world, ...tables, 'legacy_base', 'limited_base')
  await world.sql(`
    ALTER TABLE s.legacy_base ALTER updated_at DROP NOT NULL, ALTER change_xid DROP NOT NULL;
    CREATE VIEW s.legacy AS SELECT code, tenant, name, updated_at, change_xid FROM s.legacy_base;
    CREATE VIEW s.limited AS SELECT b.* FROM s.limited_base b, pg_sleep(0.5);
    CREATE MATERIALIZED VIEW s.refreshed AS SELECT * FROM s.open;
    CREATE VIEW s.copied AS SELECT * FROM s.refreshed;
    DROP TRIGGER touch ON s.untracked;
    ALTER TABLE s.untracked ALTER updated_at SET DEFAULT clock_timestamp(), ALTER change_xid SET DEFAULT pg_current_xact_id();
    DROP TRIGGER touch ON s.by_hand;
    GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader`)
  await world.startWorker()
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A tenant of one entity with rows that are all dated three days ago. */
async function aTenant(entity: string, rows: number, table = entity): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: {} })
  await world.sql(
    `INSERT INTO s.${table} (tenant, code, name, updated_at, change_xid)
     SELECT $1, 'c' || n, 'n' || n, $3, pg_current_xact_id() FROM generate_series(1, $2::int) n`,
    [tenant.id, rows, midnight(3)],
  )
  await tenant.register({ entityList: entity.replaceAll('_', ' ') })
  return tenant
}

const rename = (table: string, tenant: TestTenant, name: string) =>
  world.sql(`UPDATE s.${table} SET name = $2 WHERE tenant = $1 AND code = 'c1'`, [tenant.id, name])

/** Of each entity: `PUBLISHED FULL 5`, or the error's code. */
const outcome = (run: Run | undefined) =>
  run?.entities.map(({ status, mode, rows, error }) => error?.code ?? `${status} ${mode} ${rows}`)

const messageOf = (run: Run | undefined) => run?.entities[0]?.error?.message ?? ''

/** The names in all files that were delivered. */
async function namesIn(tenant: TestTenant): Promise<string[]> {
  return (await tenant.delivered()).flatMap(({ file }) => csvRows(file.content).map(({ name }) => name ?? ''))
}

/** What a read finds is announced a few seconds later. */
const pollFor = { timeout: 30_000 }

const alerts = () =>
  world
    .log()
    .split('\n')
    .filter((line) => line.includes('"alert":'))
    .map((line) => JSON.parse(line) as { alert: string; entity: string | null; message: string; tenantId: string })

describe('rows that row-level security hides (promise 2)', () => {
  test.each([
    ['no policy shows a row to the login', 'hidden', ''],
    [
      'a policy asks for a setting of the application',
      'hidden_by_setting',
      `CREATE POLICY by_app ON s.hidden_by_setting USING (tenant = current_setting('app.tenant', true))`,
    ],
  ])('a table is refused when %s, with the statement that fixes it', async (_, entity, policy) => {
    attack({ name: 'silent loss: row-level security hides every row from the login' })
    const tenant = await aTenant(entity, 100)
    await world.sql(`ALTER TABLE s.${entity} ENABLE ROW LEVEL SECURITY; ${policy}`)
    const refused = await tenant.runNow()
    expect(outcome(refused)).toEqual(['SOURCE_ROWS_HIDDEN'])
    expect(messageOf(refused)).toContain(`s.${entity}: row-level security may hide rows from tidemark_reader`)
    expect(await tenant.files()).toEqual([])

    const [, statement = ''] = /To fix it: (CREATE POLICY [^;]*)/.exec(messageOf(refused)) ?? []
    await world.sql(statement)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 100'])
  })

  test('a change made while row-level security is on for a day is in a later file', async () => {
    attack({ name: 'silent loss: row-level security is on for a day' })
    const tenant = await aTenant('day', 100)
    await tenant.backfill(midnight(2))
    await world.sql('ALTER TABLE s.day ENABLE ROW LEVEL SECURITY')
    await rename('day', tenant, 'changed meanwhile')
    const [refused] = await tenant.backfill(midnight(1))
    expect(outcome(refused)).toEqual(['SOURCE_ROWS_HIDDEN'])

    await using verifier = await composeVerifier(world.config)
    const report = await verifier.verify({ tenantId: tenant.id, withSource: true }, never)
    expect(report.notLookedAt).toEqual([
      { path: expect.stringMatching(/day\.csv$/), reason: expect.stringContaining('SOURCE_ROWS_HIDDEN') },
    ])

    await world.sql('ALTER TABLE s.day DISABLE ROW LEVEL SECURITY')
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED DELTA 1'])
    expect(await namesIn(tenant)).toContain('changed meanwhile')
  })

  test('a table is delivered when a policy shows every row to the login', async () => {
    attack({ name: 'silent loss: a policy that shows every row keeps delivering' })
    const tenant = await aTenant('open', 7)
    await world.sql(`ALTER TABLE s.open ENABLE ROW LEVEL SECURITY;
      CREATE POLICY all_rows ON s.open FOR SELECT TO tidemark_reader USING (true)`)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 7'])
    await world.sql(`CREATE POLICY less ON s.open AS RESTRICTIVE FOR SELECT TO tidemark_reader USING (code <> 'c1')`)
    expect(outcome(await tenant.runNow())).toEqual(['SOURCE_ROWS_HIDDEN'])
  })
})

describe('rows that no window takes (promise 2)', () => {
  test('a view with rows without a time or a transaction is refused, with their number', async () => {
    attack({ name: 'silent loss: rows behind a view have no updated_at or change_xid' })
    const tenant = await aTenant('legacy', 10, 'legacy_base')
    await world.sql(`ALTER TABLE s.legacy_base DISABLE TRIGGER touch`)
    await world.sql(
      `INSERT INTO s.legacy_base (tenant, code, updated_at, change_xid)
       SELECT $1, 'without ' || n, CASE WHEN n <= 30 THEN now() END, CASE WHEN n > 70 THEN pg_current_xact_id() END
       FROM generate_series(1, 90) n`,
      [tenant.id],
    )
    await world.sql(`ALTER TABLE s.legacy_base ENABLE ALWAYS TRIGGER touch`)
    const refused = await tenant.runNow()
    expect(outcome(refused)).toEqual(['SOURCE_ROWS_UNDECIDED'])
    expect(messageOf(refused)).toContain('s.legacy: 60 rows have no updated_at (NULL)')
    expect(messageOf(refused)).toContain('s.legacy: 70 rows have no change_xid (NULL)')
    expect(await tenant.files()).toEqual([])

    const [, statement = ''] =
      /To fix it: (UPDATE s\.legacy_base .*? SET NOT NULL, .*? SET NOT NULL)/.exec(messageOf(refused)) ?? []
    await world.sql(statement)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 100'])
  })

  test('a row at the time infinity is refused', async () => {
    attack({ name: 'silent loss: a row is dated infinity' })
    const tenant = await aTenant('endless', 3)
    await world.sql(`ALTER TABLE s.endless DISABLE TRIGGER touch`)
    await world.sql(`UPDATE s.endless SET updated_at = 'infinity' WHERE tenant = $1 AND code = 'c1'`, [tenant.id])
    await world.sql(`ALTER TABLE s.endless ENABLE ALWAYS TRIGGER touch`)
    const refused = await tenant.runNow()
    expect(outcome(refused)).toEqual(['SOURCE_ROWS_UNDECIDED'])
    expect(messageOf(refused)).toContain('s.endless: 1 row has infinity as updated_at')
  })

  test('a row of the year 2999 is reported, and the others are delivered', async () => {
    attack({ name: 'silent loss: a row is dated far in the future' })
    const tenant = await aTenant('ahead', 3)
    await world.sql(`ALTER TABLE s.ahead DISABLE TRIGGER touch`)
    await world.sql(`UPDATE s.ahead SET updated_at = '2999-01-01' WHERE tenant = $1 AND code = 'c1'`, [tenant.id])
    await world.sql(`ALTER TABLE s.ahead ENABLE ALWAYS TRIGGER touch`)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 2'])
    await expect.poll(alerts, pollFor).toContainEqual(
      expect.objectContaining({
        alert: 'SOURCE_ROWS_UNDECIDED',
        tenantId: tenant.id,
        message: expect.stringContaining('s.ahead: 1 row is dated more than a day in the future'),
      }),
    )
  })
})

describe('changes that no trigger records (promise 2)', () => {
  test('the first file of a table without a trigger is refused, and the statement in the error makes later changes arrive', async () => {
    attack({ name: 'silent loss: a table without the trigger' })
    const tenant = await aTenant('untracked', 5)
    const refused = await tenant.runNow()
    expect(outcome(refused)).toEqual(['SOURCE_CHANGES_UNTRACKED'])
    expect(messageOf(refused)).toContain('s.untracked: no trigger sets change_xid when a row is inserted or updated')
    expect(await tenant.files()).toEqual([])

    const [, statements = ''] = /To fix it: (.*)$/.exec(messageOf(refused)) ?? []
    await world.sql(statements)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 5'])
    await rename('untracked', tenant, 'changed')
    await tenant.runNow()
    expect(await namesIn(tenant)).toContain('changed')
  })

  test('an entity with earlier files is delivered as before when the trigger is gone, and an operator is alerted (promises 14, 15)', async () => {
    attack({ name: 'silent loss: a trigger is dropped after the first file' })
    const tenant = await aTenant('lost_trigger', 5)
    await tenant.backfill(midnight(2))
    await world.sql('ALTER TABLE s.lost_trigger DISABLE TRIGGER touch')
    await rename('lost_trigger', tenant, 'not recorded')
    expect(outcome((await tenant.backfill(midnight(1)))[0])).toEqual(['PUBLISHED DELTA 0'])
    const mine = await eventually('the alert', () => {
      const found = alerts().filter(
        ({ alert, entity }) => alert === 'SOURCE_CHANGES_UNTRACKED' && entity === 'lost_trigger',
      )
      return found.length > 0 && found
    })
    expect(mine).toHaveLength(1)
    expect(mine[0]?.message).toContain('the trigger touch is disabled')
    expect(mine[0]?.message).toContain('ALTER TABLE s.lost_trigger ENABLE ALWAYS TRIGGER "touch"')
  })

  test('an entity whose application sets the columns is delivered when the catalog says so', async () => {
    attack({ name: 'silent loss: the catalog vouches for the application' })
    const tenant = await aTenant('by_hand', 5)
    expect(outcome(await tenant.runNow())).toEqual(['PUBLISHED FULL 5'])
  })

  test('a view of a materialized view is refused', async () => {
    attack({ name: 'silent loss: rows of a materialized view' })
    const tenant = await world.tenant({ rows: {} })
    await tenant.register({ entityList: 'copied' })
    const refused = await tenant.runNow()
    expect(outcome(refused)).toEqual(['SOURCE_CHANGES_UNTRACKED'])
    expect(messageOf(refused)).toContain('s.refreshed: it is a materialized view')
  })
})

describe('settings of the source (promise 2)', () => {
  /** A run by a worker whose connections begin with these settings of the login. */
  async function runWith(tenant: TestTenant, settings: Readonly<Record<string, string>>): Promise<Run> {
    const role = `ALTER ROLE tidemark_reader IN DATABASE ${new URL(database.url).pathname.slice(1)}`
    for (const [name, value] of Object.entries(settings)) await world.sql(`${role} SET ${name} = ${value}`)
    await world.stopWorkers()
    await world.startWorker()
    try {
      return await tenant.runNow()
    } finally {
      await world.sql(`${role} RESET ALL`)
      await world.stopWorkers()
      await world.startWorker()
    }
  }

  test('no limit that the login has ends a run that our own limits allow', async () => {
    attack({ name: 'silent loss: limits of the login on the time of a read' })
    const tenant = await aTenant('limited', 5, 'limited_base')
    const run = await runWith(tenant, {
      ...{ statement_timeout: `'300ms'`, transaction_timeout: `'300ms'`, idle_session_timeout: `'300ms'` },
      ...{ idle_in_transaction_session_timeout: `'300ms'`, lock_timeout: `'300ms'`, tcp_user_timeout: `'300ms'` },
    })
    expect(outcome(run)).toEqual(['PUBLISHED FULL 5'])
    expect(run.entities.map(({ attempts }) => attempts)).toEqual([1])
  })

  test('an operator that the search_path of the login finds first hides no row', async () => {
    attack({ name: 'silent loss: an operator of another schema' })
    const tenant = await aTenant('ordered', 5)
    await world.sql(`CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO tidemark_reader;
      CREATE FUNCTION evil.never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR evil.< (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = evil.never)`)
    expect(outcome(await runWith(tenant, { search_path: 'evil, pg_catalog' }))).toEqual(['PUBLISHED FULL 5'])
  })
})
