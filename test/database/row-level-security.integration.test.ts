import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeApi } from '../../src/compose/api.js'
import { composeAdmin } from '../../src/compose/admin.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { composeWorker } from '../../src/compose/worker.js'
import { migrateDatabase } from '../../src/compose/migration.js'
import { type Database, openDatabase } from '../../src/database/client.js'
import { ensureServiceLogin } from '../../src/database/service-login.js'
import { loadConfig } from '../../src/config/config.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { urlFor } from '../../dev/logins.js'
import { createMigratedDatabase, createTestDatabase, testLogins } from '../support/postgres.js'
import { newTenant, openStores, publishOnce, type Stores } from '../support/stores.js'

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

async function tables(): Promise<string[]> {
  const rows = await stores.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'tidemark' AND tablename <> '_prisma_migrations' ORDER BY 1",
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
  test('is held by row-level security, forced, with a policy on the tenant, and belongs to somebody else', async () => {
    const found = await stores.query(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS held,
        pg_has_role('${testLogins.service.username}', c.relowner, 'MEMBER') AS owned,
        (SELECT qual FROM pg_policies p
         WHERE p.tablename = c.relname AND schemaname = 'tidemark' AND roles = '{tidemark_service}') AS policy
      FROM pg_class c WHERE relnamespace = 'tidemark'::regnamespace AND relkind IN ('r', 'p')
        AND relname <> '_prisma_migrations' ORDER BY 1`)
    expect(found.length).toBeGreaterThan(7)
    for (const { name, ...rest } of found) {
      expect({ name, ...rest }).toEqual({
        name,
        held: true,
        owned: false,
        policy: "(tenant_id = current_setting('tidemark.tenant'::text, true))",
      })
    }
  })

  test('shows nothing without a tenant, and of a tenant only its own', async () => {
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

  test('takes no row of another tenant, neither a new one nor one that is changed', async () => {
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
  test('forgets the tenant with each transaction, committed or not', async () => {
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

  test('is told the tenant whose transaction it is, of many at once, and whatever characters it has', async () => {
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

describe('what is asked about all tenants', () => {
  test('gives ids alone, and to nobody but the service', async () => {
    const functions = await stores.query(`
      SELECT proname AS name, prorettype::regtype::text AS gives, prosecdef AS definer,
        has_function_privilege('${testLogins.service.username}', oid, 'EXECUTE') AS service,
        has_function_privilege('${testLogins.reader.username}', oid, 'EXECUTE') AS others
      FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace AND prorettype <> 'trigger'::regtype
        -- Those of the SFTP server's own role, which is not ours.
        AND proname NOT IN ('authorized_keys', 'sftp_tenants') ORDER BY 1`)
    expect(functions.length).toBeGreaterThan(3)
    for (const { name, ...rest } of functions) {
      // It removes old rows of all tenants, and tells only how many.
      const gives = name === 'remove_old_history' ? 'integer' : 'text'
      expect({ name, ...rest }).toEqual({ name, gives, definer: true, service: true, others: false })
    }
  })
})

describe('what runs as the owner', () => {
  test('looks for nothing in a schema that its caller can fill', async () => {
    const definers = await stores.query(`
      SELECT proname AS name, proconfig AS config FROM pg_proc
      WHERE pronamespace = 'tidemark'::regnamespace AND prosecdef ORDER BY 1`)
    expect(definers.length).toBeGreaterThan(5)
    for (const { name, config } of definers) {
      expect({ name, config }).toEqual({ name, config: ['search_path=pg_catalog, pg_temp'] })
    }
  })

  test('can’t be made to run what its caller has written', async () => {
    const traps = ['registration', 'run', 'delivery', 'manifest', 'retention']
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
            true AS present, 1 AS days;
          GRANT SELECT ON ${table} TO PUBLIC`)
      }
      for (const call of [
        'registered_tenants()',
        'tenants_with_pending_schedule(1)',
        'tenants_with_unfinished_runs(now())',
        'tenants_with_files(NULL)',
        "tenants_with_old_files(current_date, 1, '', 1)",
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

describe('a login that row-level security does not hold', () => {
  const unsafe = { name: 'UnsafeLoginError' }

  test('is refused by each connection, with what to do', async () => {
    const database = openDatabase({ url: stores.url, poolSize: 1 })
    try {
      await expect(database.check()).rejects.toMatchObject(unsafe)
      await expect(database.check()).rejects.toThrow(/DATABASE_OWNER_URL/)
      await expect(database.forTenant('one', (transaction) => transaction.run.count())).rejects.toThrow(/postgres/)
    } finally {
      await database.close()
    }
  })

  test.each([
    ['may make roles', 'ALTER ROLE login CREATEROLE', /bypasses it/],
    ['may replicate', 'ALTER ROLE login REPLICATION', /bypasses it/],
    ['may run programs', 'GRANT pg_execute_server_program TO login', /bypasses it/],
    ['owns the schema', 'ALTER SCHEMA tidemark OWNER TO login', /the owner of/],
    ['owns a table', 'ALTER TABLE tidemark.manifest OWNER TO login', /the owner of/],
    ['owns a function', 'ALTER FUNCTION tidemark.registered_tenants() OWNER TO login', /the owner of/],
    ['may become the owner', 'GRANT postgres TO login', /superuser/],
    ['finds a table without it', 'ALTER TABLE tidemark.run DISABLE ROW LEVEL SECURITY', /not forced on run/],
    [
      'finds a table where it is not forced',
      'ALTER TABLE tidemark.run NO FORCE ROW LEVEL SECURITY',
      /not forced on run/,
    ],
  ])('is one that %s', async (_, change, why) => {
    await using own = await createMigratedDatabase()
    const login = { username: `login_${randomUUID().slice(0, 8)}`, password: 'of the login' }
    const url = urlFor(own.url, login)
    await ensureServiceLogin(own.url, url)
    const admin = new pg.Client({ connectionString: own.url })
    await admin.connect()
    const check = async () => {
      const database = openDatabase({ url, poolSize: 1 })
      try {
        await database.check()
      } finally {
        await database.close()
      }
    }
    try {
      await check()
      await admin.query(change.replace('login', login.username))
      await expect(check()).rejects.toThrow(why)
    } finally {
      await admin.query(
        `REASSIGN OWNED BY ${login.username} TO postgres; DROP OWNED BY ${login.username}; DROP ROLE ${login.username}`,
      )
      await admin.end()
    }
  })

  test('lets no process start', async () => {
    const config = loadConfig({
      DATABASE_URL: stores.url,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      OAUTH_ISSUER: 'http://127.0.0.1:9/nobody',
      SFTP_HOST: '127.0.0.1',
      SFTP_USERNAME: 'nobody',
      SFTP_PASSWORD: 'nothing',
      SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
      LOG_LEVEL: 'silent',
    })
    for (const compose of [composeApi, composeWorker, composeAdmin, composeVerifier]) {
      await expect(compose(config)).rejects.toMatchObject(unsafe)
    }
  })
})

describe('an owner who is no superuser', () => {
  test('makes and changes the tables, reads them, and changes no row', async () => {
    await using empty = await createTestDatabase()
    const owner = { username: `owner_${randomUUID().slice(0, 8)}`, password: 'of the owner' }
    const admin = new pg.Client({ connectionString: empty.url })
    await admin.connect()
    try {
      await admin.query(`CREATE ROLE ${owner.username} LOGIN CREATEROLE PASSWORD '${owner.password}'`)
      await admin.query(`GRANT tidemark_service TO ${owner.username} WITH ADMIN OPTION`)
      await admin.query(`ALTER DATABASE ${new URL(empty.url).pathname.slice(1)} OWNER TO ${owner.username}`)
      const ownerUrl = urlFor(empty.url, owner)
      const login = { username: `service_${randomUUID().slice(0, 8)}`, password: 'of the service' }
      const serviceUrl = urlFor(empty.url, login)
      expect(await migrateDatabase(ownerUrl, serviceUrl)).toMatchObject({ loginMade: true })
      expect(await migrateDatabase(ownerUrl, serviceUrl)).toEqual({ applied: [], loginMade: false })

      const database: Database = openDatabase({ url: serviceUrl, poolSize: 1 })
      const data = {
        id: randomUUID(),
        tenantId: 'one',
        workflowId: 'w',
        trigger: 'SCHEDULED',
        status: 'QUEUED',
        to,
        queuedAt: to,
      } as const
      await database.forTenant('one', (transaction) => transaction.run.create({ data }))
      await database.close()
      const asOwner = new pg.Client({ connectionString: ownerUrl })
      await asOwner.connect()
      expect((await asOwner.query('SELECT tenant_id FROM tidemark.run')).rows).toEqual([{ tenant_id: 'one' }])
      expect((await asOwner.query("UPDATE tidemark.run SET tenant_id = 'other'")).rowCount).toBe(0)
      await asOwner.end()
      await admin.query(`REASSIGN OWNED BY ${owner.username}, ${login.username} TO CURRENT_USER`)
      await admin.query(`DROP OWNED BY ${owner.username}, ${login.username} CASCADE`)
      await admin.query(`ALTER DATABASE ${new URL(empty.url).pathname.slice(1)} OWNER TO CURRENT_USER`)
      await admin.query(`DROP ROLE ${login.username}`)
      await admin.query(`DROP ROLE ${owner.username}`)
    } finally {
      await admin.end()
    }
  })
})
