import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { testLogins } from '../support/postgres/postgres.js'
import { newTenant, openStores, publishOnce, type Stores } from '../support/world/stores.js'

let stores: Stores
let service: pg.Client
beforeAll(async () => {
  stores = await openStores()
  service = new pg.Client({ connectionString: stores.serviceUrl, options: '-c search_path=tidemark' })
  await service.connect()
})
afterAll(async () => {
  await service?.end()
  await stores?.[Symbol.asyncDispose]()
})

const ask = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await service.query<Row>(sql, values)).rows

/** As the service does it: in a transaction that names the tenant, which is rolled back here. */
async function asTenant<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  await service.query('BEGIN')
  try {
    await service.query("SELECT set_config('tidemark.tenant', $1, true)", [tenantId])
    return await work()
  } finally {
    await service.query('ROLLBACK')
  }
}

const isOfOperations = "COALESCE(current_setting('tidemark.tenant'::text, true), ''::text) = ''::text"

/** The tables with rows of tenants, or those of operations, which have none. */
async function tables(kind: 'tenants' | 'operations' = 'tenants'): Promise<string[]> {
  const rows = await stores.query(
    `SELECT tablename FROM pg_policies WHERE schemaname = 'tidemark' AND policyname = $1 ORDER BY 1`,
    [kind === 'tenants' ? 'own_tenant' : 'operations'],
  )
  return rows.map(({ tablename }) => String(tablename))
}

const to = new Date('2026-11-23T00:00:00Z')

/** A tenant with a row in each table that runs and deliveries fill. */
async function tenantWithRows(): Promise<string> {
  const tenantId = newTenant()
  await stores.query(
    `INSERT INTO registration (tenant_id, version, export_option, frequency, created_at, updated_at, updated_by)
     VALUES ($1, 1, 'EXPORT_ALL', 'DAILY', now(), now(), 'test')`,
    [tenantId],
  )
  await stores.query(
    `INSERT INTO registered_entity (tenant_id, entity, active, activated_at) VALUES ($1, 'user', true, now())`,
    [tenantId],
  )
  await stores.query(
    `INSERT INTO registration_change (tenant_id, version, changed_by, changed_at, after) VALUES ($1, 1, 'test', now(), '{}')`,
    [tenantId],
  )
  await publishOnce(stores, tenantId, 'user', { to })
  return tenantId
}

describe('every table of the service', () => {
  test('every table has forced row-level security with a policy, and the service does not own it', async () => {
    const found = await stores.query(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS held,
        pg_has_role('${testLogins.service.username}', c.relowner, 'MEMBER') AS owned,
        (SELECT qual FROM pg_policies p
         WHERE p.tablename = c.relname AND schemaname = 'tidemark' AND roles = '{tidemark_service}') AS policy
      FROM pg_class c WHERE relnamespace = 'tidemark'::regnamespace AND relkind IN ('r', 'p')
        AND relname <> '_prisma_migrations' ORDER BY 1`)
    const operations = await tables('operations')
    expect(found.map(({ name }) => name).toSorted()).toEqual([...operations, ...(await tables())].toSorted())
    for (const { name, ...rest } of found) {
      const policy = operations.includes(String(name))
        ? `(${isOfOperations})`
        : "(tenant_id = current_setting('tidemark.tenant'::text, true))"
      expect({ name, ...rest }).toEqual({ name, held: true, owned: false, policy })
    }
  })

  test('a table of operations shows no row to a transaction of a tenant', async () => {
    const info = { kind: 'API', host: 'h', pid: 1, version: '1', taskQueue: 'q', startedAt: to } as const
    await stores.processes.beat({ ...info, id: newTenant().slice(2) }, null)
    await stores.watchSteps.take('step', newTenant().slice(2), 1)
    await stores.consoleSessions.begin(
      {
        ...{
          secretHash: Buffer.alloc(32, 1),
          familyId: newTenant().slice(2),
          tenantId: 'acme',
          subject: 'ada',
          name: 'Ada',
        },
        ...{ tokens: Buffer.from('encrypted'), authTime: null },
      },
      1,
    )
    for (const table of ['process', 'watch_step', 'console_session', 'installation']) {
      expect(await tables('operations')).toContain(table)
      expect(await ask(`SELECT 1 FROM ${table}`), table).toHaveLength(1)
      expect(await asTenant('acme', () => ask(`SELECT 1 FROM ${table}`)), table).toEqual([])
    }
  })

  test('a table shows no row without a tenant, and a tenant sees only its own rows', async () => {
    const [one, other] = [await tenantWithRows(), await tenantWithRows()]
    for (const table of await tables()) {
      const owners = `SELECT DISTINCT tenant_id FROM ${table}`
      expect(await ask(owners), table).toEqual([])
      const found = await asTenant(one, () => ask<{ tenant_id: string }>(owners))
      expect(found, table).toEqual(found.length === 0 ? [] : [{ tenant_id: one }])
      const all = await stores.query(`${owners} WHERE tenant_id IN ($1, $2) ORDER BY 1`, [one, other])
      if (all.length === 2) expect(found, table).toEqual([{ tenant_id: one }])
    }
  })

  test('a table takes no row of another tenant, neither a new one nor a changed one', async () => {
    const [one, other] = [await tenantWithRows(), await tenantWithRows()]
    for (const table of await tables()) {
      const [row] = await stores.query(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE tenant_id = $1 LIMIT 1`, [
        other,
      ])
      if (!row) continue
      // 23514: a watermark's trigger comes first, which does not see the other's delivery.
      const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`
      await expect(
        asTenant(one, () => ask(insert, [row['row']])),
        table,
      ).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|23514)$/) as unknown })
      // Either the table takes no changes at all, or this one violates the policy, or it finds no such row.
      const changed = await asTenant(one, async () => {
        await ask('SAVEPOINT before')
        const stolen = await service
          .query(`UPDATE ${table} SET tenant_id = $1 WHERE tenant_id = $2`, [other, one])
          .catch((error: { code: string }) => error.code)
        await ask('ROLLBACK TO SAVEPOINT before')
        const touched = await service
          .query(`UPDATE ${table} SET tenant_id = tenant_id WHERE tenant_id = $1`, [other])
          .catch((error: { code: string }) => error.code)
        return { stolen, touched: typeof touched === 'string' ? touched : touched.rowCount }
      })
      expect({ table, ...changed }).toEqual({
        table,
        // 23514: the ledger takes no changes at all.
        stolen: expect.stringMatching(/^(42501|23514)$/) as unknown,
        touched: expect.toBeOneOf([0, '42501']) as unknown,
      })
    }
  })
})

describe('a connection of the pool', () => {
  test('a connection of the pool forgets the tenant with each transaction, committed or not', async () => {
    const [one, other] = [await tenantWithRows(), await tenantWithRows()]
    const database = openDatabase({ url: stores.serviceUrl, poolSize: 1 })
    try {
      const seen = (tenantId: string): Promise<string[]> =>
        database.forTenant(tenantId, async (transaction) =>
          (await transaction.run.findMany()).map((run) => run.tenantId),
        )
      const leftSetting = () => database.tenantIds(Prisma.sql`current_setting('tidemark.tenant', true)`)
      expect(await seen(one)).toEqual([one])
      expect(await leftSetting()).toEqual([''])
      expect(await seen(other)).toEqual([other])
      const broken = database.forTenant(one, () => Promise.reject(new Error('on purpose')))
      await expect(broken).rejects.toThrow('on purpose')
      expect(await leftSetting()).toEqual([''])
      expect(await database.tenantIds(Prisma.sql`(SELECT count(*)::text FROM run)`)).toEqual(['0'])
    } finally {
      await database.close()
    }
  })

  test('each of many transactions at once has its own tenant, whatever characters the id has', async () => {
    const database = openDatabase({ url: stores.serviceUrl, poolSize: 3 })
    const named = (tenantId: string, isolationLevel: Prisma.TransactionIsolationLevel): Promise<string | undefined> =>
      database.forTenant(
        tenantId,
        async (transaction) => {
          const settings = () => transaction.$queryRaw<{ name: string }[]>`
            SELECT current_setting('tidemark.tenant') || ' ' || current_setting('transaction_isolation') AS name`
          await settings()
          return (await settings())[0]?.name
        },
        { isolationLevel },
      )
    const hostile = ["'; COMMIT; SELECT 'a", '\\', "\\'; --", 'é€😀', '$1', '"', "''"]
    const tenants = [...hostile, ...Array.from({ length: 30 }, newTenant)]
    try {
      // The first ones begin while Prisma is still connecting.
      const committed = tenants.map((tenantId) => named(tenantId, 'ReadCommitted'))
      const repeatable = tenants.map((tenantId) => named(tenantId, 'RepeatableRead'))
      expect(await Promise.all(committed)).toEqual(tenants.map((tenantId) => `${tenantId} read committed`))
      expect(await Promise.all(repeatable)).toEqual(tenants.map((tenantId) => `${tenantId} repeatable read`))
    } finally {
      await database.close()
    }
  })
})

describe('functions over all tenants', () => {
  test('functions over all tenants return ids, numbers or summaries, and only the service may call them', async () => {
    const functions = await stores.query(`
      SELECT proname AS name, prorettype::regtype::text AS gives, prosecdef AS definer,
        has_function_privilege('${testLogins.service.username}', oid, 'EXECUTE') AS service,
        has_function_privilege('${testLogins.reader.username}', oid, 'EXECUTE') AS others
      FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace AND prorettype <> 'trigger'::regtype
        -- Those of the SFTP server's own role, which is not ours, and those that work on the rows of one tenant as their caller.
        AND proname NOT IN ('authorized_keys', 'sftp_tenants', 'keep_events', 'reserve_export_index') ORDER BY 1`)
    expect(functions.length).toBeGreaterThan(3)
    for (const { name, ...rest } of functions) {
      const numbers = ['remove_old_history', 'remove_old_events', 'remove_old_fetches', 'active_registrations']
      const gives = numbers.includes(String(name)) ? 'integer' : 'text'
      const summaries = 'tenant_summaries delivered_totals unfetched_totals newest_manifests broken_chains'.split(' ')
      const listing = [...summaries, 'webhooks_due', 'webhooks_failing']
      const isTable = listing.includes(String(name))
      const expected = { name, gives: isTable ? 'record' : gives }
      expect({ name, ...rest }).toEqual({ ...expected, definer: true, service: true, others: false })
    }
  })

  test('a transaction of a tenant gets no summaries and no numbers of all tenants', async () => {
    const tenantId = await tenantWithRows()
    const summaries = 'SELECT * FROM tenant_summaries(ARRAY[]::text[], NULL)'
    await expect(asTenant(tenantId, () => ask(summaries))).rejects.toMatchObject({ code: '42501' })
    const totals = "SELECT * FROM delivered_totals('-infinity')"
    await expect(asTenant(tenantId, () => ask(totals))).rejects.toMatchObject({ code: '42501' })
    const unfetched = "SELECT * FROM unfetched_totals('-infinity', 'infinity')"
    await expect(asTenant(tenantId, () => ask(unfetched))).rejects.toMatchObject({ code: '42501' })
    await expect(asTenant(tenantId, () => ask("SELECT record_fetch('embedded')"))).rejects.toMatchObject({
      code: '42501',
    })
    expect(await asTenant(tenantId, () => ask('SELECT active_registrations() AS n'))).toEqual([{ n: 0 }])
    expect(await ask(summaries)).toContainEqual(expect.objectContaining({ tenant_id: tenantId }))
  })
})

describe('functions that run as the owner', () => {
  test('functions of the owner find nothing in a schema that their caller can fill', async () => {
    const definers = await stores.query(`
      SELECT proname AS name, proconfig AS config FROM pg_proc
      WHERE pronamespace = 'tidemark'::regnamespace AND prosecdef ORDER BY 1`)
    expect(definers.length).toBeGreaterThan(5)
    for (const { name, config } of definers) {
      expect({ name, config }).toEqual({ name, config: ['search_path=pg_catalog, pg_temp'] })
    }
  })

  test('a caller cannot make functions of the owner run its own code', async () => {
    const traps = ['registration', 'run', 'delivery', 'manifest', 'retention', 'export_index']
    await service.query('BEGIN')
    try {
      await service.query(`
        CREATE FUNCTION pg_temp.evil() RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
        DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %s TO PUBLIC', pg_my_temp_schema()::regnamespace); END $$`)
      for (const table of traps) {
        await service.query(`
          CREATE TEMP VIEW ${table} AS
          SELECT pg_temp.evil() AS tenant_id, 1 AS scheduled_version, 2 AS version, now() AS updated_at, now() AS queued_at,
            NULL::timestamptz AS finished_at, 'QUEUED' AS status, now() AS published_at, current_date AS day, 1 AS revision,
            true AS present, 1 AS days, false AS indexed, now() AS removed_at, now() AS reserved_at, 0 AS written;
          GRANT SELECT ON ${table} TO PUBLIC`)
      }
      for (const call of [
        'registered_tenants()',
        'tenants_with_pending_schedule(1)',
        'tenants_with_unfinished_runs(now())',
        'tenants_with_files(NULL)',
        "tenants_with_old_files(current_date, 1, '', 1)",
        'tenant_summaries(ARRAY[]::text[], NULL)',
        'delivered_totals(now())',
        'unfetched_totals(now(), now())',
        'remove_old_fetches(1, 1)',
        "record_fetch('embedded', NULL, 'acme', '/exports/acme/2026/11/23/user/user.csv')",
        'broken_chains()',
        'tenants_with_old_index(now(), 1)',
        'newest_manifests(1)',
        'applied_migrations()',
        'active_registrations()',
        "tenants_with_failed_runs(NULL, NULL, NULL, '', 1)",
        "tenants_with_email_events(now(), '', 1)",
        "tenants_with_due_emails(now(), '', 1)",
        "tenant_of_email_token('00')",
        'failing_emails(now())',
      ]) {
        await service.query(`SELECT tidemark.${call}`)
      }
      // The trap itself works.
      await expect(service.query('SELECT tenant_id FROM pg_temp.registration')).rejects.toThrow(/ran as tidemark_app/)
    } finally {
      await service.query('ROLLBACK')
    }
  })
})
