import { type RawRow, rowsOf } from '../../src/domain/rows.js'
import type { Extraction } from '../../src/source/source.js'
import { describe, expect, test } from 'vitest'
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
} from './support/things.js'

useThings()

describe('a row of another tenant', () => {
  const foreign = { name: 'ExportError', code: 'SOURCE_FOREIGN_ROW' }
  const tenantColumn = { name: 'tenant_code', type: 'string', description: '', nullable: false } as const

  test.each([
    ['behind the columns of the file', things],
    ['among them', { ...things, columns: [...things.columns, tenantColumn] }],
    ['first of them', { ...things, columns: [tenantColumn, ...things.columns] }],
  ])(
    'a row of another tenant is refused if its tenant is read %s, although the column compares without case',
    async (_, entity) => {
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
    },
  )
})

describe('a full load', () => {
  test("a full load has the tenant's rows that changed before `to`, as Postgres prints them with any defaults", async () => {
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

  test('a read gives many rows in bounded blocks, and its connection is used again', async () => {
    await insertMany(12_345)
    const sizes = await source.read(full('2026-02-01'), never, async ({ blocks }) => {
      const found: { rows: number; bytes: number }[] = []
      for await (const { rows, messages } of blocks) {
        found.push({ rows, bytes: messages.length })
        // A slow consumer gets larger blocks, up to a limit.
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

  test('a full load sees one moment: rows that are inserted while it reads are not in it', async () => {
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
  test('a delta has once what changed in the window, and what was committed late with an earlier time', async () => {
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

  test('a delta is refused if the source was set back', async () => {
    const { nextXid } = await source.identity()
    const later = String(BigInt(nextXid) + 1000n)
    const to = new Date('2026-01-02')
    const extraction = { ...full('2026-01-02'), mode: 'delta' as const, from: to, snapshot: `${later}:${later}:` }
    await expect(readAll(extraction)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })

  test('a delta is refused if the last file was read on another timeline or from another source', async () => {
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
  test('a past window that is read again has the rows that have not changed since', async () => {
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

  test('a past window is refused if its snapshot is from the future of a source that was set back', async () => {
    const later = String(BigInt((await source.identity()).nextXid) + 1000n)
    await expect(readAll({ ...full('2026-01-02'), visibleIn: `${later}:${later}:` })).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    })
  })
})

test('Postgres reports how many rows of one snapshot it has sent', async () => {
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
