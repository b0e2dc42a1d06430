import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { draftCatalog } from '../../../../src/catalog/draft.js'
import { parseCatalog } from '../../../../src/catalog/load.js'
import type { Entity } from '../../../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../../../src/domain/rows.js'
import type { AdoptionPlan, AdoptionRequest } from '../../../../src/source/adopt/adoption.js'
import { type Adopter, type ApplyOptions, openAdopter } from '../../../../src/source/adopt/adopter.js'
import { describeTables } from '../../../../src/source/describe-tables.js'
import { createSource, type Extraction, type Source } from '../../../../src/source/source.js'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres/postgres.js'
import { shop } from './shop.js'

export const never = new AbortController().signal

export let database: TestDatabase
export let admin: pg.Client
export let adopter: Adopter
/** Reads with the rights of the reader alone. */
export let source: Source
export let reader: string

/** Registers the hooks that make the tables of the shop, each time for one file of tests. */
export function useShop(): void {
  beforeAll(open)
  afterAll(close)
}

async function open(): Promise<void> {
  database = await createTestDatabase()
  admin = await connect()
  reader = `role_${randomUUID().replaceAll('-', '')}`
  await admin.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'test'; ${shop}`)
  const url = new URL(database.url)
  url.username = reader
  url.password = 'test'
  source = createSource({ url: url.href, poolSize: 2 })
  adopter = await openAdopter(database.url)
}

async function close(): Promise<void> {
  await source?.[Symbol.asyncDispose]()
  await adopter?.[Symbol.asyncDispose]()
  if (reader) await admin.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`)
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
}

export async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  return client
}

export function requestFor(name: string, more: Partial<AdoptionRequest> = {}): AdoptionRequest {
  const columns = { tenantColumn: 'store', updatedAtColumn: 'updated_at', changeXidColumn: 'change_xid' }
  return {
    table: { schema: 'shop', name },
    ...columns,
    dated: '1970-01-01T00:00:00Z',
    tombstones: false,
    reader,
    ...more,
  }
}

export async function adopt(request: AdoptionRequest, more: Partial<ApplyOptions> = {}): Promise<AdoptionPlan> {
  const plan = await adopter.plan(request)
  const options = { lockSeconds: 1, attempts: 1, pauseMs: 1, signal: never, onProgress: () => undefined, ...more }
  await adopter.apply(request, plan, options)
  return plan
}

/** The entity that `catalog init` describes. */
export async function entityOf(name: string, key?: readonly string[]): Promise<Entity> {
  const described = await describeTables(database.url, { schemas: ['shop'], tables: [`shop.${name}`] })
  const tables = key ? described.map((table) => ({ ...table, primaryKey: key })) : described
  const options = { tenantColumns: ['store'], updatedAtColumn: 'updated_at', changeXidColumn: 'change_xid' }
  const [entity] = parseCatalog(draftCatalog(tables, options).file).entities
  if (!entity) throw new Error(`no entity for ${name}`)
  return entity
}

export async function read(extraction: Extraction): Promise<{ rows: RawRow[]; snapshot: string; sent: number }> {
  return source.read(extraction, never, async ({ blocks, snapshot, sourceRows }) => {
    const rows: RawRow[] = []
    for await (const block of blocks) rows.push(...rowsOf(block, extraction.entity.columns.length))
    return { rows, snapshot, sent: sourceRows() }
  })
}

export const full = (entity: Entity, to: Date): Extraction => ({
  entity,
  tenantId: 'acme',
  to,
  mode: 'full',
  isFirst: true,
})

/** A time on the clock of Postgres, later than all that was written before. */
export async function later(): Promise<Date> {
  const { rows } = await admin.query<{ at: Date }>(`SELECT clock_timestamp() + interval '1 ms' AS at`)
  return rows[0]?.at ?? new Date()
}
