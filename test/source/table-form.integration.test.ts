import type { Entity } from '../../src/domain/entity.js'
import { createSource, type HeldRead } from '../../src/source/source.js'
import { eventually } from '../support/eventually.js'
import { describe, expect, test } from 'vitest'
import {
  admin,
  backends,
  database,
  full,
  insert,
  insertMany,
  never,
  source,
  things,
  urlOfNewRole,
  useThings,
} from './support/things.js'

useThings()

test('the identity is that of the database, also for an ordinary user, and its xid only grows', async () => {
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

describe('a long read', () => {
  test('a long read is reported from time to time, and ends at the limit', async () => {
    await insertMany(200_000)
    const held: HeldRead[] = []
    const limits = { readLimitMs: 1_500, noticeMs: 300, onHeld: (read: HeldRead) => void held.push(read) }
    await using hurried = createSource({ url: database.url, poolSize: 1, ...limits })
    const reading = hurried.read(full('2026-02-01'), never, async ({ blocks }) => {
      // The consumer waits until the server process has ended.
      for await (const _block of blocks)
        await eventually('the process ended', async () => (await backends()).length === 0)
    })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_READ_TOO_LONG' })
    expect(held[0]).toMatchObject({ tenantId: 'acme', entity: 'things' })
    expect(held[1]?.seconds).toBeGreaterThan(held[0]?.seconds ?? 0)
  })
})
