import type { Entity } from '../../src/domain/entity.js'
import { createSource, type Source } from '../../src/source/source.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  admin,
  backends,
  codes,
  connect,
  database,
  full,
  insert,
  insertMany,
  never,
  readAll,
  source,
  things,
  useThings,
  waitsForLock,
} from './support/things.js'

useThings()

describe('the end of a read', () => {
  test('the transaction ends when the caller does not read all rows', async () => {
    await insertMany(5_000)
    const first = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      for await (const block of blocks) return block.rows
      return 0
    })
    expect(first).toBeGreaterThan(0)
    await expect.poll(backends).toEqual([])
    expect((await readAll(full('2026-02-01'))).rows).toHaveLength(5_000)
  })

  test('a read throws the error of the caller unchanged, and ends the transaction', async () => {
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

  test('a read that is aborted before it begins does nothing, and an abort ends the wait for a connection', async () => {
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

  test('a missing table or column is a mismatch, and the message names it', async () => {
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

  test('a table that is altered when the read begins is read as it is afterwards, and no row is missed', async () => {
    await insertMany(1_000)
    const other = await connect()
    await other.query(`BEGIN; ALTER TABLE "odd ""schema"""."Things" ALTER COLUMN flag TYPE boolean USING NOT flag`)
    const reading = readAll(full('2026-02-01'))
    await expect.poll(waitsForLock).toBe(true)
    await other.query('COMMIT')
    expect((await reading).rows).toHaveLength(1_000)
    await other.end()
  })

  test('a table that is altered against the catalog when the read begins is not read', async () => {
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

  test('a table cannot be altered while it is read', async () => {
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

  test('messages of other failures have no values of rows', async () => {
    await admin.query(`CREATE OR REPLACE VIEW bad AS SELECT ('secret ' || code)::int::text AS code, tenant_code,
      updated_at, change_xid FROM "odd ""schema"""."Things"`)
    await insert(admin, 'value', '2026-01-01Z')
    const bad: Entity = { ...things, table: { schema: 'public', name: 'bad' }, columns: [things.columns[0]!] }
    const failure = await readAll({ ...full('2026-02-01'), entity: bad }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'ExportError' })
    expect(String(failure)).not.toContain('secret')
  })

  test('a server that cannot be reached is unavailable', async () => {
    const nowhere = createSource({ url: 'postgresql://postgres@127.0.0.1:1/none', poolSize: 1 })
    await expect(nowhere.identity()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    await nowhere[Symbol.asyncDispose]()
  })
})

describe('a connection that goes silent', () => {
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

  /** Reads until the connection, at the first rows, goes silent. */
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

  test('a connection that goes silent amid the rows ends the read in bounded time, and the source can be closed', async () => {
    await insertMany(60_000)
    await expect(readIntoSilence(() => proxy.blackHole())).rejects.toMatchObject(wentSilent)
    // The server notices by its own keep-alives that the connection is dead.
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tidemark-source' AND datname = current_database()`)
  })

  test('one silent connection ends the read as well, because the server reports that it waits for us', async () => {
    await insertMany(60_000)
    const silence = () => {
      proxy.blackHole()
      proxy.mend()
    }
    await expect(readIntoSilence(silence)).rejects.toMatchObject(wentSilent)
    await expect.poll(backends).toEqual([])
    expect((await readAll(full('2026-02-01'), far)).rows).toHaveLength(60_000)
  })

  test('a query that takes long does not count as a silent connection', async () => {
    await admin.query(`CREATE VIEW takes_time AS SELECT 'x' AS code, 'acme' AS tenant_code, now() AS updated_at,
      '3'::xid8 AS change_xid FROM pg_sleep(2)`)
    const table = { schema: 'public', name: 'takes_time' }
    const takesTime: Entity = { ...things, table, columns: [things.columns[0]!] }
    const read = await readAll({ ...full('2999-01-01'), entity: takesTime }, far)
    expect(codes(read.rows)).toEqual(['x'])
  })
})
