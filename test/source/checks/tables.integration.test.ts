import { createSource } from '../../../src/source/source.js'
import type { SourceFinding } from '../../../src/domain/source-finding.js'
import { describe, expect, test } from 'vitest'
import {
  check,
  database,
  fix,
  goodTable,
  inShort,
  readAll,
  sql,
  unclear,
  useCheckedSource,
} from '../support/checked-source.js'

useCheckedSource()

describe('an index', () => {
  const missing = (table: string) => ['warn', 'SOURCE_INDEX_MISSING', `s.${table}`]

  test.each([
    ['that is not there', (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx`],
    [
      'that Postgres could not finish',
      (t: string) =>
        `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's.${t}_tenant_change_xid_idx'::regclass`,
    ],
    [
      'of some rows alone',
      (t: string) =>
        `DROP INDEX s.${t}_tenant_change_xid_idx; CREATE INDEX ON s.${t} (tenant, change_xid) WHERE name <> 'x'`,
    ],
    [
      'in another order',
      (t: string) => `DROP INDEX s.${t}_tenant_change_xid_idx; CREATE INDEX ON s.${t} (change_xid, tenant)`,
    ],
    [
      'of an expression',
      (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx; CREATE INDEX ON s.${t} (lower(tenant), updated_at)`,
    ],
    [
      'that only includes the column',
      (t: string) => `DROP INDEX s.${t}_tenant_updated_at_idx; CREATE INDEX ON s.${t} (tenant) INCLUDE (updated_at)`,
    ],
  ])('a needed index %s is warned of, and the given statement makes it', async (_, broken) => {
    const table = await goodTable()
    await sql(broken(table))
    const findings = await check(table)
    expect(inShort(findings)).toEqual([missing(table)])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })

  test.each([
    ['more columns', '(tenant, change_xid, name)'],
    ['all rows that have the columns', '(tenant, change_xid) WHERE change_xid IS NOT NULL'],
  ])('an index of %s is accepted', async (_, index) => {
    const table = await goodTable()
    await sql(`DROP INDEX s.${table}_tenant_change_xid_idx; CREATE INDEX ON s.${table} ${index}`)
    expect(await check(table)).toEqual([])
  })

  test('a missing index of a partitioned table is one warning, also below a view', async () => {
    await goodTable()
    await sql(`CREATE TABLE s.many (code text, tenant text NOT NULL, name text, updated_at timestamptz NOT NULL,
        change_xid xid8 NOT NULL, PRIMARY KEY (tenant, code)) PARTITION BY LIST (tenant);
      CREATE INDEX ON s.many (tenant, updated_at);
      CREATE TABLE s.many_a PARTITION OF s.many FOR VALUES IN ('a'); CREATE TABLE s.many_b PARTITION OF s.many FOR VALUES IN ('b');
      CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON s.many FOR EACH ROW EXECUTE FUNCTION s.touch();
      ALTER TABLE s.many_a ENABLE ALWAYS TRIGGER touch; ALTER TABLE s.many_b ENABLE ALWAYS TRIGGER touch;
      CREATE VIEW s.of_many AS SELECT * FROM s.many`)
    expect(inShort(await check('of_many'))).toEqual([missing('many')])
    const findings = await check('many')
    expect(inShort(findings)).toEqual([missing('many')])
    await fix(findings)
    expect(await check('many')).toEqual([])
  })

  test('a table without a unique index on its key is warned of', async () => {
    const table = await goodTable()
    await sql(
      `ALTER TABLE s.${table} DROP CONSTRAINT ${table}_pkey; CREATE UNIQUE INDEX ON s.${table} (tenant, code) WHERE name <> 'x'`,
    )
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_KEY_NOT_UNIQUE', `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })
})

describe('a view', () => {
  test.each([
    ['asks for a setting', `SELECT * FROM s.T WHERE tenant = current_setting('app.tenant', true)`, 'current_setting'],
    ['depends on the current user', 'SELECT * FROM s.T WHERE tenant = CURRENT_USER', 'CURRENT_USER'],
    ['depends on the time', `SELECT * FROM s.T WHERE updated_at > now() - interval '1 year'`, 'now'],
    ['shows some rows', 'SELECT * FROM s.T LIMIT 1000', 'LIMIT'],
    [
      'calls a function that may read tables',
      'SELECT code, tenant, s.looked_up(name) AS name, updated_at, change_xid FROM s.T',
      's.looked_up',
    ],
    [
      'has a transaction that no table gives',
      `SELECT code, tenant, name, updated_at, '3'::xid8 AS change_xid FROM s.T`,
      'no table below',
    ],
    [
      'also reads a table that dates nothing',
      'SELECT t.code, tenant, label AS name, updated_at, change_xid FROM s.T t JOIN s.labels l ON l.code = t.name',
      's.labels',
    ],
  ])('a view that %s is warned of', async (_, query, cause) => {
    const table = await goodTable()
    await sql(`CREATE TABLE IF NOT EXISTS s.labels (code text PRIMARY KEY, label text);
      CREATE OR REPLACE FUNCTION s.looked_up(text) RETURNS text STABLE LANGUAGE sql AS 'SELECT label FROM s.labels WHERE code = $1';
      CREATE VIEW s.of_${table} AS ${query.replace('s.T', `s.${table}`)}`)
    const findings = await check(`of_${table}`)
    expect(inShort(findings)).toEqual([unclear(`of_${table}`)])
    expect(findings[0]?.cause).toContain(cause)
  })

  test('the check finds nothing in a view of tables that all have the trigger', async () => {
    const [one, other] = [await goodTable(), await goodTable()]
    await sql(`CREATE VIEW s.both AS SELECT * FROM s.${one} UNION ALL SELECT * FROM s.${other};
      CREATE VIEW s.words AS SELECT code, tenant, 'current_setting( LIMIT'::text AS name, updated_at, change_xid FROM s.${one}`)
    expect(await check('both', { countRows: true })).toEqual([])
    expect(await check('words')).toEqual([])
  })
})

describe('a table', () => {
  test.each([
    [
      'whose tenant may be NULL',
      (t: string) =>
        `ALTER TABLE s.${t} DROP CONSTRAINT ${t}_pkey, ALTER tenant DROP NOT NULL; CREATE UNIQUE INDEX ON s.${t} (tenant, code)`,
      'SOURCE_TENANT_MISSING',
    ],
    ['that a crash empties', (t: string) => `ALTER TABLE s.${t} SET UNLOGGED`, 'SOURCE_ROWS_NOT_DURABLE'],
  ])('a table %s is warned of, and the given statement fixes it', async (_, broken, code) => {
    const table = await goodTable()
    await sql(broken(table))
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', code, `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })

  test('a table that the login may write to is warned of', async () => {
    const table = await goodTable()
    await sql(`GRANT DELETE ON s.${table} TO tidemark_reader`)
    expect(inShort(await check(table))).toEqual([['warn', 'SOURCE_LOGIN_MAY_WRITE', `s.${table}`]])
  })

  test('a tenant column whose collation has another version is warned of', async () => {
    const table = await goodTable()
    await sql(`CREATE COLLATION s.sorted (provider = icu, locale = 'de');
      ALTER TABLE s.${table} ALTER tenant TYPE text COLLATE s.sorted;
      UPDATE pg_collation SET collversion = '1' WHERE collname = 'sorted'`)
    const findings = await check(table)
    expect(inShort(findings)).toEqual([['warn', 'SOURCE_ORDER_CHANGED', `s.${table}`]])
    await fix(findings)
    expect(await check(table)).toEqual([])
  })
})

describe('the database', () => {
  /** What is found on a connection that begins after the change. */
  async function found(): Promise<SourceFinding[]> {
    await using fresh = createSource({ url: database.readerUrl, poolSize: 8 })
    return await fresh.checkDatabase()
  }
  const name = () => new URL(database.url).pathname.slice(1)

  test('a database whose collation has another version is warned of', async () => {
    const set = (version: string) =>
      sql(`UPDATE pg_database SET datcollversion = ${version} WHERE datname = '${name()}'`)
    await set(`'0'`)
    expect(inShort(await found())).toEqual([['warn', 'SOURCE_ORDER_CHANGED', `the database ${name()}`]])
    await set(`pg_database_collation_actual_version(oid)`)
    expect(await found()).toEqual([])
  })

  test.each([
    ['temp_file_limit', `temp_file_limit = '1GB'`, 'temp_file_limit is 1GB'],
    ['ignore_checksum_failure', 'ignore_checksum_failure = on', 'ignore_checksum_failure is on'],
  ])('a setting that the login cannot change is warned of: %s', async (setting, change, cause) => {
    await sql(`ALTER DATABASE ${name()} SET ${change}`)
    expect((await found()).map((finding) => finding.cause)).toEqual([expect.stringContaining(cause)])
    await sql(`ALTER DATABASE ${name()} RESET ${setting}`)
  })

  test('a limit of connections below those of a worker is warned of', async () => {
    await sql(`ALTER DATABASE ${name()} CONNECTION LIMIT 5`)
    expect((await found()).map(({ cause }) => cause)).toEqual([
      'the login may have 5 connections, but a worker wants 9',
    ])
    await sql(`ALTER DATABASE ${name()} CONNECTION LIMIT -1`)
  })

  test('the database and each read are refused when damaged pages look empty', async () => {
    const table = await goodTable()
    await sql(`GRANT SELECT ON s.${table} TO tidemark_reader; ALTER DATABASE ${name()} SET zero_damaged_pages = on`)
    expect((await found()).map(({ severity, code }) => [severity, code])).toEqual([['refuse', 'SOURCE_ROWS_HIDDEN']])
    await expect(readAll(table)).rejects.toMatchObject({
      code: 'SOURCE_ROWS_HIDDEN',
      message: expect.stringContaining('zero_damaged_pages'),
    })
    await sql(`ALTER DATABASE ${name()} RESET zero_damaged_pages`)
    expect(await found()).toEqual([])
  })
})
