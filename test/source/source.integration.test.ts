import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Entity } from '../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../src/domain/rows.js'
import { createSource, type Extraction, type HeldRead, type Source } from '../../src/source/source.js'
import { eventually } from '../support/eventually.js'
import { keepXid } from '../support/keep-xid.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'

const never = new AbortController().signal

const things: Entity = {
  name: 'things',
  displayName: 'things',
  description: '',
  kind: 'snapshot',
  table: { schema: 'odd "schema"', name: 'Things' },
  tenantColumn: 'tenant_code',
  updatedAtColumn: 'updated_at',
  changeXidColumn: 'change_xid',
  key: ['code'],
  columns: [
    { name: 'code', type: 'string', description: '', nullable: false },
    { name: 'se"lect', type: 'number', description: '', nullable: true },
    { name: 'flag', type: 'boolean', description: '', nullable: true },
    { name: 'day', type: 'date', description: '', nullable: true },
    { name: 'data', type: 'json', description: '', nullable: true },
    { name: 'updated_at', type: 'datetime', description: '', nullable: false },
  ],
}

let database: TestDatabase
let admin: pg.Client
let source: Source

beforeAll(async () => {
  database = await createTestDatabase()
  admin = await connect()
  await admin.query(`
    CREATE SCHEMA "odd ""schema""";
    CREATE TABLE "odd ""schema"""."Things" (
      code text PRIMARY KEY, tenant_code text NOT NULL, "se""lect" numeric, flag boolean, day date, data jsonb,
      updated_at timestamptz NOT NULL, change_xid xid8 NOT NULL DEFAULT pg_current_xact_id());
    CREATE INDEX ON "odd ""schema"""."Things" (tenant_code, updated_at);
    CREATE INDEX ON "odd ""schema"""."Things" (tenant_code, change_xid);
    ${keepXid('"odd ""schema""".keep_xid', '"odd ""schema"""."Things"')}`)
})

beforeEach(async () => {
  source = createSource({ url: database.url, poolSize: 2 })
  await admin.query(`TRUNCATE "odd ""schema"""."Things"`)
  return () => source[Symbol.asyncDispose]()
})

afterAll(async () => {
  for (const role of roles) await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
})

/** Roles belong to the whole server, which other tests use, too. */
const roles: string[] = []

/** The database's URL for an ordinary user, who may connect and no more. */
async function urlOfNewRole(): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`)
  roles.push(role)
  const url = new URL(database.url)
  url.username = role
  url.password = 'test'
  return url.href
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function insert(client: pg.Client, code: string, updatedAt: string, tenant = 'acme'): Promise<void> {
  await client.query(`INSERT INTO "odd ""schema"""."Things" (code, tenant_code, updated_at) VALUES ($1, $2, $3)`, [
    code,
    tenant,
    updatedAt,
  ])
}

async function insertMany(count: number): Promise<void> {
  await admin.query(
    `INSERT INTO "odd ""schema"""."Things" (code, tenant_code, updated_at)
     SELECT 'row ' || n, 'acme', '2026-01-01Z' FROM generate_series(1, $1::int) n`,
    [count],
  )
}

const full = (to: string): Extraction => ({ entity: things, tenantId: 'acme', to: new Date(to), mode: 'full' })

async function readAll(extraction: Extraction, reader = source): Promise<{ rows: RawRow[]; snapshot: string }> {
  return reader.read(extraction, never, async ({ blocks, snapshot }) => {
    const rows: RawRow[] = []
    for await (const block of blocks) rows.push(...rowsOf(block, extraction.entity.columns.length))
    return { rows, snapshot }
  })
}

const codes = (rows: RawRow[]) => rows.map((row) => row[0]).toSorted()

/** Server processes that serve the source's connections. */
async function backends(): Promise<{ state: string; query: string }[]> {
  const { rows } = await admin.query(
    `SELECT state, query FROM pg_stat_activity WHERE application_name = 'tidemark-source' AND datname = current_database()`,
  )
  return rows
}

async function waitsForLock(): Promise<boolean> {
  const { rowCount } = await admin.query(`SELECT FROM pg_stat_activity WHERE application_name = 'tidemark-source'
    AND datname = current_database() AND wait_event_type = 'Lock'`)
  return rowCount === 1
}

describe('a row of another tenant than was asked for', () => {
  const foreign = { name: 'ExportError', code: 'SOURCE_FOREIGN_ROW' }
  const tenantColumn = { name: 'tenant_code', type: 'string', description: '', nullable: false } as const

  test.each([
    ['behind the columns of the file', things],
    ['among them', { ...things, columns: [...things.columns, tenantColumn] }],
    ['first of them', { ...things, columns: [tenantColumn, ...things.columns] }],
  ])('is refused, its tenant read %s: here the column compares without regard to case', async (_, entity) => {
    await admin.query(`
      CREATE COLLATION IF NOT EXISTS "caseless" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      ALTER TABLE "odd ""schema"""."Things" ALTER tenant_code TYPE text COLLATE "caseless"`)
    try {
      await insert(admin, 'own', '2026-11-23Z')
      const extraction = { ...full('2026-11-24T00:00:00Z'), entity }
      expect((await readAll(extraction)).rows).toHaveLength(1)
      await insert(admin, 'foreign', '2026-11-23Z', 'ACME')
      await expect(readAll(extraction)).rejects.toMatchObject(foreign)
    } finally {
      await admin.query(`ALTER TABLE "odd ""schema"""."Things" ALTER tenant_code TYPE text COLLATE "default"`)
    }
  })
})

describe('a full load', () => {
  test("has the tenant's rows that changed before `to`, as Postgres prints them, whatever the defaults are", async () => {
    await admin.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET TimeZone = 'Asia/Tokyo'`)
    await admin.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET DateStyle = 'German'`)
    await admin.query(`INSERT INTO "odd ""schema"""."Things" VALUES
      ('a', 'acme', 1.50, true, '2026-11-23', '{"n": 12345678901234567890.10}', '2026-11-23 09:30:00.123456Z'),
      ('b', 'acme', 'NaN', false, '0044-03-15 BC', NULL, '2026-11-23 09:29:59+09'),
      ('c', 'acme', NULL, NULL, 'infinity', '""', '2026-11-24Z'),
      ('d', 'other', 1, true, NULL, NULL, '2026-11-23Z')`)
    const { rows } = await readAll(full('2026-11-24T00:00:00Z'))
    expect(rows.toSorted()).toEqual([
      ['a', '1.50', 't', '2026-11-23', '{"n": 12345678901234567890.10}', '2026-11-23 09:30:00.123456+00'],
      ['b', 'NaN', 'f', '0044-03-15 BC', null, '2026-11-23 00:29:59+00'],
    ])
  })

  test('gives many rows in bounded blocks and the connection is used again', async () => {
    await insertMany(12_345)
    const sizes = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      const found: { rows: number; bytes: number }[] = []
      for await (const { rows, messages } of blocks) {
        found.push({ rows, bytes: messages.length })
        // Whoever takes his time gets larger blocks, but not without bounds.
        await backends()
      }
      return found
    })
    expect(sizes.reduce((sum, { rows }) => sum + rows, 0)).toBe(12_345)
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThan(1.2 * 1024 * 1024)
    await readAll(full('2026-02-01'))
    expect(await backends()).toHaveLength(1)
  })

  test('sees one moment: rows that come while it reads are not in it', async () => {
    await insertMany(3_000)
    const rows = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      await insert(admin, 'late', '2026-01-01Z')
      const found: RawRow[] = []
      for await (const block of blocks) found.push(...rowsOf(block, things.columns.length))
      return found
    })
    expect(rows).toHaveLength(3_000)
  })
})

describe('a delta', () => {
  test('has what changed in the window, and what was committed late with an earlier time, once', async () => {
    const [open, long] = [await connect(), await connect()]
    await insert(admin, 'first', '2026-01-01T10:00:00Z')
    await open.query('BEGIN')
    await insert(open, 'open across the boundary', '2026-01-01T11:00:00Z')
    await long.query('BEGIN; SAVEPOINT s')
    await insert(long, 'in a savepoint', '2026-01-01T12:00:00Z')
    const one = await readAll(full('2026-01-02T00:00:00Z'))
    expect(codes(one.rows)).toEqual(['first'])

    await open.query('COMMIT')
    await insert(admin, 'back-dated', '2026-01-01T01:00:00Z')
    await insert(admin, 'on the boundary', '2026-01-02T00:00:00Z')
    await insert(admin, 'after', '2026-01-03T00:00:00Z')
    const delta = { entity: things, tenantId: 'acme', mode: 'delta' as const }
    const two = await readAll({
      ...delta,
      from: new Date('2026-01-02T00:00:00Z'),
      to: new Date('2026-01-03T00:00:00Z'),
      snapshot: one.snapshot,
    })
    expect(codes(two.rows)).toEqual(['back-dated', 'on the boundary', 'open across the boundary'])

    await long.query('RELEASE s; COMMIT')
    const three = await readAll({
      ...delta,
      from: new Date('2026-01-03T00:00:00Z'),
      to: new Date('2026-01-04T00:00:00Z'),
      snapshot: two.snapshot,
    })
    expect(codes(three.rows)).toEqual(['after', 'in a savepoint'])
    await open.end()
    await long.end()
  })

  test('is refused where the source was set back', async () => {
    const { nextXid } = await source.identity()
    const later = String(BigInt(nextXid) + 1000n)
    const to = new Date('2026-01-02')
    const extraction = { ...full('2026-01-02'), mode: 'delta' as const, from: to, snapshot: `${later}:${later}:` }
    await expect(readAll(extraction)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })

  test('is refused where the last file was read on another timeline, or from another source', async () => {
    const { timeline, systemIdentifier } = await source.identity()
    const { snapshot } = await readAll(full('2026-01-02'))
    const delta = { ...full('2026-01-03'), mode: 'delta' as const, from: new Date('2026-01-02'), snapshot }
    await expect(readAll({ ...delta, timeline: (timeline ?? 0) + 1 })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    await expect(readAll({ ...delta, systemIdentifier: '7/1' })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    expect((await readAll({ ...delta, systemIdentifier })).rows).toEqual([])
    for (const known of [timeline, null]) expect((await readAll({ ...delta, timeline: known })).rows).toEqual([])
  })
})

describe('a past window, read again', () => {
  test('has of its rows those that have not changed since; the others are in later files', async () => {
    const open = await connect()
    for (const code of ['a', 'b', 'c']) await insert(admin, code, '2026-01-01T10:00:00Z')
    await open.query('BEGIN')
    await insert(open, 'late', '2026-01-01T11:00:00Z')
    const first = await readAll(full('2026-01-02T00:00:00Z'))
    await open.query('COMMIT')
    await insert(admin, 'd', '2026-01-02T10:00:00Z')
    const window = {
      entity: things,
      tenantId: 'acme',
      mode: 'delta' as const,
      from: new Date('2026-01-02T00:00:00Z'),
      to: new Date('2026-01-03T00:00:00Z'),
      snapshot: first.snapshot,
    }
    const second = await readAll(window)
    expect(codes(second.rows)).toEqual(['d', 'late'])

    // Changed since, though still dated in the windows: a later file has them.
    await admin.query(`UPDATE "odd ""schema"""."Things" SET flag = true, change_xid = pg_current_xact_id()
      WHERE code IN ('b', 'late')`)
    const again = async (extraction: Extraction) => codes((await readAll(extraction)).rows)
    expect(await again({ ...full('2026-01-02T00:00:00Z'), visibleIn: first.snapshot })).toEqual(['a', 'c'])
    expect(await again({ ...window, visibleIn: second.snapshot })).toEqual(['d'])
    await open.end()
  })

  test('is refused where it was first read in the future of a source that was set back', async () => {
    const later = String(BigInt((await source.identity()).nextXid) + 1000n)
    await expect(readAll({ ...full('2026-01-02'), visibleIn: `${later}:${later}:` })).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    })
  })
})

test('Postgres says how many rows it has sent, of one snapshot', async () => {
  await insertMany(1_234)
  await insert(admin, 'of another', '2026-01-01Z', 'other')
  await insert(admin, 'after', '2026-02-01Z')
  const counted = await source.read(full('2026-02-01'), never, async ({ sourceRows, blocks }) => {
    await insert(admin, 'meanwhile', '2026-01-01Z')
    let seen = 0
    for await (const block of blocks) seen += block.rows
    return { sourceRows: sourceRows(), seen }
  })
  expect(counted).toEqual({ sourceRows: 1_234, seen: 1_234 })
})

describe('letting go', () => {
  test('ends the transaction when the rows are not read to their end', async () => {
    await insertMany(5_000)
    const first = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      for await (const block of blocks) return block.rows
      return 0
    })
    expect(first).toBeGreaterThan(0)
    await expect.poll(backends).toEqual([])
    expect((await readAll(full('2026-02-01'))).rows).toHaveLength(5_000)
  })

  test('throws on what the user of the rows throws, and ends the transaction', async () => {
    const mine = new Error('mine')
    await expect(source.read(full('2026-02-01'), never, () => Promise.reject(mine))).rejects.toBe(mine)
    await expect.poll(backends).toEqual([])
  })

  test.each([
    ['counts rows that no window takes', /SELECT count/, 'now()', 'wait()::xid8'],
    // Only a column that a query needs is computed.
    ['reads rows', /^SELECT "code"/, 'wait()', "'3'::xid8"],
  ])('a query that %s is cancelled at once when the read is aborted', async (_, query, code, xid) => {
    await admin.query(`CREATE OR REPLACE FUNCTION wait() RETURNS text STABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN '3'; END $$;
      DROP VIEW IF EXISTS slow;
      CREATE VIEW slow AS SELECT ${code}::text AS code, 'acme' AS tenant_code, now() AS updated_at, ${xid} AS change_xid`)
    const slow: Entity = { ...things, table: { schema: 'public', name: 'slow' }, columns: [things.columns[0]!] }
    const abort = new AbortController()
    const reading = source.read({ ...full('2999-01-01'), entity: slow }, abort.signal, async ({ blocks }) => {
      for await (const block of blocks) expect(block).toEqual([])
    })
    const failure = reading.catch((error: unknown) => error)
    await expect.poll(backends).toEqual([{ state: 'active', query: expect.stringMatching(query) }])
    const before = Date.now()
    abort.abort()
    expect(await failure).toMatchObject({ code: 'CANCELLED' })
    expect(Date.now() - before).toBeLessThan(1_000)
    await expect.poll(backends, { timeout: 10_000 }).toEqual([])
  })

  test('does not even begin when it is aborted before, and frees whoever waits for a connection', async () => {
    await expect(source.read(full('2026-02-01'), AbortSignal.abort(), async () => 1)).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const narrow = createSource({ url: database.url, poolSize: 1 })
    const abort = new AbortController()
    await narrow.read(full('2026-02-01'), never, async () => {
      const waiting = narrow.read(full('2026-02-01'), abort.signal, async () => 1)
      abort.abort()
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    })
    await narrow.identity()
    await narrow[Symbol.asyncDispose]()
  })
})

describe('failures', () => {
  test('a broken connection is a typed error, and the next read works', async () => {
    // More than the sockets' buffers hold: what is in them is read, whatever becomes of the connection.
    await insertMany(200_000)
    const reading = source.read(full('2026-02-01'), never, async ({ blocks }) => {
      let seen = 0
      for await (const block of blocks) {
        if (seen === 0) {
          await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'tidemark-source' AND datname = current_database()`)
        }
        seen += block.rows
      }
      return seen
    })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect((await readAll(full('2026-02-01'))).rows).toHaveLength(200_000)
  })

  test('an idle connection that broke is replaced', async () => {
    await source.identity()
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tidemark-source' AND datname = current_database()`)
    await expect
      .poll(() =>
        source.identity().then(
          () => 'answers',
          () => 'fails',
        ),
      )
      .toBe('answers')
  })

  test('a table or column that is not there is a mismatch, and the message says which', async () => {
    const gone: Entity = { ...things, table: { schema: 'public', name: 'gone' } }
    await expect(readAll({ ...full('2026-02-01'), entity: gone })).rejects.toMatchObject({
      code: 'SOURCE_SCHEMA_MISMATCH',
      message: expect.stringContaining('public.gone'),
    })
    const extra = { name: 'extra', type: 'string', description: '', nullable: true } as const
    const wider: Entity = { ...things, columns: [...things.columns, extra] }
    await expect(readAll({ ...full('2026-02-01'), entity: wider })).rejects.toMatchObject({
      code: 'SOURCE_SCHEMA_MISMATCH',
      message: expect.stringContaining('extra'),
    })
  })

  test('a table whose form changes just then is read as it is afterwards, and no row is missed', async () => {
    await insertMany(1_000)
    const other = await connect()
    await other.query(`BEGIN; ALTER TABLE "odd ""schema"""."Things" ALTER COLUMN flag TYPE boolean USING NOT flag`)
    const reading = readAll(full('2026-02-01'))
    await expect.poll(waitsForLock).toBe(true)
    await other.query('COMMIT')
    expect((await reading).rows).toHaveLength(1_000)
    await other.end()
  })

  test('a table that becomes another than the catalog says just then is not read', async () => {
    const other = await connect()
    await other.query(`BEGIN; ALTER TABLE "odd ""schema"""."Things" ALTER COLUMN day TYPE text`)
    const reading = readAll(full('2026-02-01')).catch((error: unknown) => error)
    await expect.poll(waitsForLock).toBe(true)
    await other.query('COMMIT')
    expect(await reading).toMatchObject({
      code: 'SOURCE_SCHEMA_MISMATCH',
      message: expect.stringContaining('column day is of type text'),
    })
    await other.query(`ALTER TABLE "odd ""schema"""."Things" ALTER COLUMN day TYPE date USING day::date`)
    await other.end()
  })

  test('a table keeps its form while it is read', async () => {
    await insertMany(5_000)
    const other = await connect()
    const { rows, altered } = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      const alteration = other.query(
        `SET lock_timeout = '200ms'; ALTER TABLE "odd ""schema"""."Things" DROP COLUMN flag`,
      )
      const outcome = await alteration.catch((error: { code?: string }) => error.code)
      let seen = 0
      for await (const block of blocks) seen += block.rows
      return { rows: seen, altered: outcome }
    })
    expect({ rows, altered }).toEqual({ rows: 5_000, altered: '55P03' })
    await other.end()
  })

  test('messages of other failures carry no values of rows', async () => {
    await admin.query(`CREATE OR REPLACE VIEW bad AS SELECT ('secret ' || code)::int::text AS code, tenant_code,
      updated_at, change_xid FROM "odd ""schema"""."Things"`)
    await insert(admin, 'value', '2026-01-01Z')
    const bad: Entity = { ...things, table: { schema: 'public', name: 'bad' }, columns: [things.columns[0]!] }
    const failure = await readAll({ ...full('2026-02-01'), entity: bad }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'ExportError' })
    expect(String(failure)).not.toContain('secret')
  })

  test('a server that is not there is unavailable', async () => {
    const nowhere = createSource({ url: 'postgresql://postgres@127.0.0.1:1/none', poolSize: 1 })
    await expect(nowhere.identity()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    await nowhere[Symbol.asyncDispose]()
  })
})

describe('a line that goes silent', () => {
  let proxy: TcpProxy
  let far: Source
  beforeEach(async () => {
    const { port } = new URL(database.url)
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(port) })
    const url = new URL(database.url)
    url.port = String(proxy.port)
    far = createSource({ url: url.href, poolSize: 1, silenceMs: 300 })
    return async () => {
      await far[Symbol.asyncDispose]()
      await proxy.stop()
    }
  })

  /** Reads until the line, at the first rows, goes silent. */
  function readIntoSilence(silence: () => void): Promise<number> {
    return far.read(full('2026-02-01'), never, async ({ blocks }) => {
      let seen = 0
      for await (const block of blocks) {
        if (seen === 0) silence()
        seen += block.rows
      }
      return seen
    })
  }
  const wentSilent = { code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('went silent') }

  test('in the midst of the rows ends the read in bounded time, and the source can be closed', async () => {
    await insertMany(60_000)
    await expect(readIntoSilence(() => proxy.blackHole())).rejects.toMatchObject(wentSilent)
    // The server learns by its own keep-alives that nobody takes the rows any more.
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tidemark-source' AND datname = current_database()`)
  })

  test('for one connection alone ends the read as well: the server says that it waits for us', async () => {
    await insertMany(60_000)
    const silence = () => {
      proxy.blackHole()
      proxy.mend()
    }
    await expect(readIntoSilence(silence)).rejects.toMatchObject(wentSilent)
    await expect.poll(backends).toEqual([])
    expect((await readAll(full('2026-02-01'), far)).rows).toHaveLength(60_000)
  })

  test('is not what a query does that takes its time', async () => {
    await admin.query(`CREATE VIEW takes_time AS SELECT 'x' AS code, 'acme' AS tenant_code, now() AS updated_at,
      '3'::xid8 AS change_xid FROM pg_sleep(2)`)
    const table = { schema: 'public', name: 'takes_time' }
    const takesTime: Entity = { ...things, table, columns: [things.columns[0]!] }
    const read = await readAll({ ...full('2999-01-01'), entity: takesTime }, far)
    expect(codes(read.rows)).toEqual(['x'])
  })
})

test('the identity is that of the database, for an ordinary user too, and its xid only grows', async () => {
  const plain = createSource({ url: await urlOfNewRole(), poolSize: 1 })
  const before = await plain.identity()
  await plain[Symbol.asyncDispose]()
  await insert(admin, 'x', '2026-01-01Z')
  const after = await source.identity()
  expect(after.systemIdentifier).toBe(before.systemIdentifier)
  expect(after.systemIdentifier).toMatch(/^\d+\/\d+$/)
  expect(BigInt(after.nextXid)).toBeGreaterThan(BigInt(before.nextXid))
  expect([before.timeline, after.timeline]).toEqual([1, 1])
})

describe('the form of a table', () => {
  /** Why the entity's table is not what the catalog says. */
  async function mismatches(entity: Entity, reader = source): Promise<string[]> {
    const findings = await reader.check(entity, { countRows: false })
    return findings
      .filter(({ code }) => code === 'SOURCE_SCHEMA_MISMATCH')
      .map(({ table, cause }) => `${table}: ${cause}`)
  }

  test('the check finds nothing when table and catalog agree', async () => {
    expect(await mismatches(things)).toEqual([])
  })

  test('a table that does not exist is one finding', async () => {
    const gone: Entity = { ...things, table: { schema: 'public', name: 'gone' } }
    expect(await mismatches(gone)).toEqual(['public.gone: there is no such table'])
    expect(await source.check(gone, { countRows: true })).toHaveLength(1)
  })

  test('all differences of a table are found at once: missing columns, wrong types, what deltas need', async () => {
    await admin.query(`CREATE TABLE IF NOT EXISTS crooked (code int, tenant_code text, "se""lect" text, flag int,
      day timestamp, updated_at timestamp, change_xid bigint NOT NULL)`)
    const crooked: Entity = { ...things, table: { schema: 'public', name: 'crooked' }, key: ['code', 'part'] }
    const found = await mismatches(crooked)
    const expected = [
      'column code is of type int4',
      'column se"lect is of type text',
      'column flag is of type int4',
      'column day is of type timestamp',
      'no column data',
      'column updated_at is of type timestamp, but as a datetime',
      'no column part',
      'column updated_at is of type timestamp, but deltas need timestamptz',
      'column updated_at may be NULL',
      'column change_xid is of type int8',
    ]
    for (const text of expected) expect(found).toContainEqual(expect.stringContaining(text))
    expect(found).toHaveLength(expected.length)
  })

  test('a tenant column that pads its values is refused', async () => {
    await admin.query(`CREATE TABLE padded (LIKE "odd ""schema"""."Things" INCLUDING DEFAULTS);
      ALTER TABLE padded ALTER COLUMN tenant_code TYPE char(12)`)
    const padded: Entity = { ...things, table: { schema: 'public', name: 'padded' } }
    expect(await mismatches(padded)).toEqual([
      expect.stringMatching(/^public\.padded: the tenant column tenant_code is of type char\(n\)/),
    ])
  })

  test('enums, domains and views are accepted, but a table that is not readable as a whole is refused', async () => {
    await admin.query(`CREATE TYPE mood AS ENUM ('well'); CREATE DOMAIN short AS varchar(3) NOT NULL;
      CREATE TABLE readable (code mood, tenant_code text, note short, updated_at timestamptz NOT NULL,
        change_xid xid8 NOT NULL);
      CREATE VIEW readable_view AS SELECT * FROM readable`)
    const text = { type: 'string', description: '', nullable: true } as const
    const columns = ['code', 'note'].map((name) => ({ name, ...text }))
    const entity: Entity = { ...things, table: { schema: 'public', name: 'readable' }, columns }
    expect(await mismatches(entity)).toEqual([])
    expect(await mismatches({ ...entity, table: { schema: 'public', name: 'readable_view' } })).toEqual([])
    const url = await urlOfNewRole()
    const role = new URL(url).username
    await admin.query(`GRANT SELECT (code, tenant_code, updated_at, change_xid) ON readable TO ${role}`)
    await using reader = createSource({ url, poolSize: 1 })
    expect(await mismatches(entity, reader)).toEqual([`public.readable: ${role} may not read it as a whole`])
  })
})

describe('a read that goes on and on', () => {
  test('says so from time to time, and ends when it has held its transaction for too long', async () => {
    await insertMany(200_000)
    const held: HeldRead[] = []
    const limits = { readLimitMs: 1_500, noticeMs: 300, onHeld: (read: HeldRead) => void held.push(read) }
    await using hurried = createSource({ url: database.url, poolSize: 1, ...limits })
    const reading = hurried.read(full('2026-02-01'), never, async ({ blocks }) => {
      // Whoever takes the rows takes his time, until the server process has been ended.
      for await (const _block of blocks) await eventually('nobody reads', async () => (await backends()).length === 0)
    })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_READ_TOO_LONG' })
    expect(held[0]).toMatchObject({ tenantId: 'acme', entity: 'things' })
    expect(held[1]?.seconds).toBeGreaterThan(held[0]?.seconds ?? 0)
  })
})
