import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Entity } from '../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../src/domain/rows.js'
import { contentSettings, limitSettings, parseVersion } from '../../src/source/session-settings.js'
import { createSource, type SourceOptions } from '../../src/source/source.js'
import { makeOwnTables } from '../support/postgres/own-source.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'

const never = new AbortController().signal
const readSettings = [...limitSettings, ...contentSettings]

let database: TestDatabase
let admin: pg.Client
let version: { major: number; minor: number }

beforeAll(async () => {
  database = await createMigratedDatabase()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  await makeOwnTables({ sql: async (text: string) => (await admin.query(text)).rows as never[] }, 'things')
  await sql(`INSERT INTO s.things (tenant, code, name) VALUES ('acme', 'a', 'one'), ('acme', 'b', 'two')`)
  const { rows } = await admin.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
  version = parseVersion(rows[0]?.version ?? '') ?? { major: 0, minor: 0 }
})

afterAll(async () => {
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
})

const sql = async (text: string) => void (await admin.query(text))

/** What the login gets with a new connection, in this database alone, for as long as the test lasts. */
async function given(settings: Readonly<Record<string, string>>): Promise<void> {
  const role = `ALTER ROLE tidemark_reader IN DATABASE ${new URL(database.url).pathname.slice(1)}`
  for (const [name, value] of Object.entries(settings)) await sql(`${role} SET ${name} = ${value}`)
  onTestFinished(() => sql(`${role} RESET ALL`))
}

/** A view of `SELECT … AS code, … AS name`, all of whose rows are acme's. */
async function view(name: string, query: string): Promise<Entity> {
  await sql(`DROP VIEW IF EXISTS s.${name};
    CREATE VIEW s.${name} AS SELECT code::text, name::text, 'acme' AS tenant,
      timestamptz '2026-01-01Z' AS updated_at, '3'::xid8 AS change_xid FROM (${query}) AS q;
    GRANT SELECT ON s.${name} TO tidemark_reader`)
  return entity(name)
}

function entity(name: string): Entity {
  const column = (of: string) => ({ name: of, type: 'string', description: '', nullable: true }) as const
  return {
    ...{ name, displayName: name, description: '', kind: 'snapshot', tenantColumn: 'tenant', key: ['code'] },
    ...{ updatedAtColumn: 'updated_at', changeXidColumn: 'change_xid', table: { schema: 's', name } },
    columns: [column('code'), column('name')],
  }
}

/** Reads all rows; `meanwhile` is done before the first one is taken. */
async function read(
  of: Entity,
  { meanwhile = async () => {}, ...options }: Partial<SourceOptions> & { meanwhile?: () => Promise<unknown> } = {},
): Promise<RawRow[]> {
  // With a limit of our own, as a worker has it: a timeout that runs already does not take another value.
  await using source = createSource({ url: database.readerUrl, poolSize: 1, readLimitMs: 90_000, ...options })
  const full = { entity: of, tenantId: 'acme', to: new Date('2999-01-01'), mode: 'full' } as const
  return await source.read(full, never, async ({ blocks }) => {
    await meanwhile()
    const rows: RawRow[] = []
    for await (const block of blocks) rows.push(...rowsOf(block, of.columns.length))
    return rows
  })
}

const inSomeMs = (ms: number) => admin.query(`SELECT pg_sleep(${ms / 1000})`)

describe('a limit that a role sets does not end a read', () => {
  test.each([
    ['statement_timeout', `'300ms'`],
    ['transaction_timeout', `'300ms'`],
    ['idle_session_timeout', `'300ms'`],
  ])('%s does not end a read while a query takes its time', async (name, value) => {
    await given({ [name]: value })
    const slow = await view('slow', `SELECT 'a' AS code, 'one' AS name FROM pg_sleep(0.5)`)
    expect(await read(slow)).toEqual([['a', 'one']])
  })

  test.each([
    ['idle_in_transaction_session_timeout', `'300ms'`],
    ['transaction_timeout', `'300ms'`],
  ])('%s does not end a read while the worker takes no rows', async (name, value) => {
    await given({ [name]: value })
    expect(await read(entity('things'), { meanwhile: () => inSomeMs(500) })).toHaveLength(2)
  })

  test('lock_timeout does not end a read while the table changes its form', async () => {
    await given({ lock_timeout: `'50ms'` })
    await sql('BEGIN; LOCK TABLE s.things IN ACCESS EXCLUSIVE MODE')
    const reading = read(entity('things'))
    await inSomeMs(300)
    await sql('COMMIT')
    expect(await reading).toHaveLength(2)
  })

  test('idle_session_timeout does not end a connection while the pool keeps it for the next read', async () => {
    await given({ idle_session_timeout: `'300ms'` })
    await using source = createSource({ url: database.readerUrl, poolSize: 1 })
    const full = { entity: entity('things'), tenantId: 'acme', to: new Date('2999-01-01'), mode: 'full' } as const
    const processOf = () =>
      source.read(full, never, async ({ blocks }) => {
        for await (const _block of blocks) continue
        const { rows } = await admin.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'tidemark-source' AND datname = current_database()`,
        )
        return rows.map(({ pid }) => pid)
      })
    const first = await processOf()
    await inSomeMs(600)
    expect(await processOf()).toEqual(first)
  })

  test('restrict_nonsystem_relation_kind does not end the read of a view', async () => {
    await given({ restrict_nonsystem_relation_kind: `'view'` })
    expect(await read(await view('restricted', 'SELECT code, name FROM s.things'))).toHaveLength(2)
  })
})

describe('a read that takes its time is not taken for a dead one', () => {
  test('a slow read goes on when a setting of the login names another role', async () => {
    await sql(`GRANT tidemark_app TO tidemark_reader; GRANT USAGE ON SCHEMA s TO tidemark_app;
      GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_app`)
    onTestFinished(() => sql('REVOKE tidemark_app FROM tidemark_reader'))
    await given({ role: 'tidemark_app' })
    const slow = await view('slow', `SELECT current_user AS code, session_user AS name FROM pg_sleep(2)`)
    await sql('GRANT SELECT ON s.slow TO tidemark_app')
    expect(await read(slow, { silenceMs: 300 })).toEqual([['tidemark_app', 'tidemark_reader']])
  })

  test('a slow read goes on when Postgres does not track what processes do', async () => {
    await given({ track_activities: 'off' })
    const slow = await view('slow', `SELECT 'a' AS code, 'one' AS name FROM pg_sleep(2)`)
    expect(await read(slow, { silenceMs: 300 })).toEqual([['a', 'one']])
  })
})

describe('a setting that a role has does not change a read', () => {
  /** Another value than the read's, for each. */
  const others: Readonly<Record<string, string>> = {
    ...{ idle_in_transaction_session_timeout: `'1h'`, lock_timeout: `'1h'`, tcp_user_timeout: `'1h'` },
    ...{ tcp_keepalives_idle: '99', tcp_keepalives_interval: '99', tcp_keepalives_count: '9' },
    ...{ restrict_nonsystem_relation_kind: `'foreign-table'`, row_security: 'on', gin_fuzzy_search_limit: '1' },
    ...{ client_encoding: 'LATIN1', TimeZone: `'Asia/Tokyo'`, DateStyle: 'German', IntervalStyle: 'iso_8601' },
    ...{
      extra_float_digits: '-1',
      bytea_output: 'escape',
      xmlbinary: 'hex',
      xmloption: 'document',
      array_nulls: 'off',
    },
    ...{ standard_conforming_strings: 'off', transform_null_equals: 'on', quote_all_identifiers: 'on', jit: 'on' },
  }
  const beginning = {
    ...{ default_transaction_isolation: 'serializable', default_transaction_deferrable: 'on' },
    ...{ statement_timeout: `'1h'`, transaction_timeout: `'1h'`, idle_session_timeout: `'1h'` },
  }

  test('a read has its own values for all settings that it sets', async () => {
    expect(Object.keys(others).toSorted()).toEqual(readSettings.map(({ name }) => name).toSorted())
    await given({ ...others, ...beginning })
    const names = [...Object.keys({ ...others, ...beginning }), 'transaction_isolation', 'transaction_read_only']
    const settings = await view(
      'settings',
      `SELECT name AS code, current_setting(name) AS name FROM unnest('{${names.join(',')}}'::text[]) AS name`,
    )
    const found = Object.fromEntries(await read(settings))
    expect(found).toMatchObject({
      ...Object.fromEntries(readSettings.map(({ name, value }) => [name, value])),
      ...{ transaction_isolation: 'repeatable read', transaction_read_only: 'on' },
      ...{ statement_timeout: '2min', transaction_timeout: '2min', idle_session_timeout: '0' },
    })
  })

  test('a read uses the operators of Postgres when the search_path has others of the same name first', async () => {
    await sql(`CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO tidemark_reader;
      CREATE FUNCTION evil.never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR evil.< (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = evil.never)`)
    await given({ search_path: 'evil, pg_catalog, public' })
    expect(await read(entity('things'))).toHaveLength(2)
  })

  test('a function of a view still finds its tables by the role’s search_path', async () => {
    await sql(`CREATE OR REPLACE FUNCTION s.names() RETURNS SETOF text STABLE LANGUAGE plpgsql AS
      $$ BEGIN RETURN QUERY SELECT name FROM things; END $$`)
    await given({ search_path: 's' })
    expect(await read(await view('by_function', 'SELECT n AS code, n AS name FROM s.names() AS n'))).toHaveLength(2)
  })

  test('text that a view makes of other types has one form, whatever the login sets', async () => {
    await given({ bytea_output: 'escape', IntervalStyle: 'iso_8601', xmlbinary: 'hex' })
    const texts = await view(
      'texts',
      `SELECT '\\xff01'::bytea::text || (interval '90 min')::text AS code, xmlelement(name x, '\\xff'::bytea)::text AS name`,
    )
    expect(await read(texts)).toEqual([['\\xff0101:30:00', '<x>/w==</x>']])
  })
})

describe('a limit that the login cannot change', () => {
  test('the error of a read that temp_file_limit ends names the setting', async () => {
    await given({ temp_file_limit: `'64kB'`, work_mem: `'64kB'` })
    const sorted = await view(
      'sorted',
      `SELECT n AS code, md5(n::text) AS name FROM generate_series(1, 100000) n ORDER BY md5(n::text)`,
    )
    await expect(read(sorted)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/temp_file_limit.*\(53400\)\. Raise temp_file_limit/),
    })
  })

  test('the error of a read that gets no connection names the limit of connections', async () => {
    const name = new URL(database.url).pathname.slice(1)
    await sql(`ALTER DATABASE ${name} CONNECTION LIMIT 0`)
    onTestFinished(() => sql(`ALTER DATABASE ${name} CONNECTION LIMIT -1`))
    await expect(read(entity('things'))).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/\(53300\)\. Raise CONNECTION LIMIT/),
    })
  })
})

describe('docs/reference/source-settings.md', () => {
  const page = readFileSync('docs/reference/source-settings.md', 'utf8')

  test('the page of settings names each setting of this Postgres, or its category', async () => {
    const { rows } = await admin.query<{ name: string; category: string }>(
      `SELECT name, category FROM pg_settings WHERE category <> 'Customized Options'`,
    )
    expect(rows.length).toBeGreaterThan(300)
    const missing = rows.filter(
      ({ name, category }) => !page.includes(`\`${name}\``) && !new RegExp(`^- ${category}(,|$)`, 'm').test(page),
    )
    expect(missing).toEqual([])
  })

  test('the page of settings has each value that a read sets', () => {
    for (const { name, value } of readSettings) {
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${value === '' ? 'empty' : `\`${value}\``}`, 'm'))
    }
  })

  test('the version of Postgres is read from what the server says', () => {
    expect(version.major).toBeGreaterThanOrEqual(15)
    expect(parseVersion('15.18 (Debian 15.18-0+deb12u1)')).toEqual({ major: 15, minor: 18 })
    expect(parseVersion('19beta1')).toEqual({ major: 19, minor: 0 })
    expect(parseVersion('CockroachDB')).toBeUndefined()
  })
})
