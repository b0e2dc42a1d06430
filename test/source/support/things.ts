import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Entity } from '../../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../../src/domain/rows.js'
import { createSource, type Extraction, type Source } from '../../../src/source/source.js'
import { keepXid } from '../../support/postgres/keep-xid.js'
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.js'

export const never = new AbortController().signal

export const things: Entity = {
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

export let database: TestDatabase
export let admin: pg.Client
export let source: Source

/** Registers the hooks that open the source over an empty table for each test of a file. */
export function useThings(): void {
  beforeAll(open)
  beforeEach(async () => {
    source = createSource({ url: database.url, poolSize: 2 })
    await admin.query(`TRUNCATE "odd ""schema"""."Things"`)
    return () => source[Symbol.asyncDispose]()
  })
  afterAll(close)
}

async function open(): Promise<void> {
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
}

async function close(): Promise<void> {
  for (const role of roles) await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
}

/** Roles belong to the whole server, which other tests use, too. */
const roles: string[] = []

/** The database's URL for an ordinary user, who may connect and no more. */
export async function urlOfNewRole(): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`)
  roles.push(role)
  const url = new URL(database.url)
  url.username = role
  url.password = 'test'
  return url.href
}

export async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  return client
}

export async function insert(client: pg.Client, code: string, updatedAt: string, tenant = 'acme'): Promise<void> {
  await client.query(`INSERT INTO "odd ""schema"""."Things" (code, tenant_code, updated_at) VALUES ($1, $2, $3)`, [
    code,
    tenant,
    updatedAt,
  ])
}

export async function insertMany(count: number): Promise<void> {
  await admin.query(
    `INSERT INTO "odd ""schema"""."Things" (code, tenant_code, updated_at)
     SELECT 'row ' || n, 'acme', '2026-01-01Z' FROM generate_series(1, $1::int) n`,
    [count],
  )
}

export const full = (to: string): Extraction => ({ entity: things, tenantId: 'acme', to: new Date(to), mode: 'full' })

export async function readAll(extraction: Extraction, reader = source): Promise<{ rows: RawRow[]; snapshot: string }> {
  return reader.read(extraction, never, async ({ blocks, snapshot }) => {
    const rows: RawRow[] = []
    for await (const block of blocks) rows.push(...rowsOf(block, extraction.entity.columns.length))
    return { rows, snapshot }
  })
}

export const codes = (rows: RawRow[]) => rows.map((row) => row[0]).toSorted()

/** Server processes that serve the source's connections. */
export async function backends(): Promise<{ state: string; query: string }[]> {
  const { rows } = await admin.query(
    `SELECT state, query FROM pg_stat_activity WHERE application_name = 'tidemark-source' AND datname = current_database()`,
  )
  return rows
}

export async function waitsForLock(): Promise<boolean> {
  const { rowCount } = await admin.query(`SELECT FROM pg_stat_activity WHERE application_name = 'tidemark-source'
    AND datname = current_database() AND wait_event_type = 'Lock'`)
  return rowCount === 1
}
