import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { parseCatalog } from '../../../src/catalog/load.js'
import type { Entity } from '../../../src/domain/entity.js'
import type { SourceFinding } from '../../../src/domain/source-finding.js'
import { createSource, type Source } from '../../../src/source/source.js'
import { makeOwnTables, ownEntity } from '../../support/postgres/own-source.js'
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres/postgres.js'

export let database: TestDatabase
export let admin: pg.Client
export let source: Source
const roles: string[] = []

/** Registers the hooks that open the checked source for the tests of a file. */
export function useCheckedSource(): void {
  beforeAll(open)
  afterAll(close)
}

async function open(): Promise<void> {
  database = await createMigratedDatabase()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  await makeOwnTables(world)
  source = createSource({ url: database.readerUrl, poolSize: 2 })
}

async function close(): Promise<void> {
  await source?.[Symbol.asyncDispose]()
  for (const role of roles.splice(0)) await admin.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
}

export const sql = async (text: string) => void (await admin.query(text))
export const world = { sql: async <Row extends pg.QueryResultRow>(text: string) => (await admin.query<Row>(text)).rows }

/** Roles belong to the whole server, which other tests use, too. */
export async function newRole(): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await sql(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA s TO ${role}`)
  roles.push(role)
  return role
}

let tables = 0

/** A table that has all that it needs, under a name of its own. */
export async function goodTable(): Promise<string> {
  const name = `t${(tables += 1)}`
  await makeOwnTables(world, name)
  return name
}

export function entityOf(name: string, more: object = {}): Entity {
  const [entity] = parseCatalog({ entities: [ownEntity(name, more)] }).entities
  if (!entity) throw new Error('no entity')
  return entity
}

interface CheckOptions {
  readonly countRows?: boolean
  readonly changeTracking?: string
}

export async function check(name: string, { countRows = false, ...more }: CheckOptions = {}): Promise<SourceFinding[]> {
  await sql('GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader')
  return source.check(entityOf(name, more), { countRows })
}

/** How many rows of acme a full load has. */
export async function readAll(name: string): Promise<number> {
  await using reader = createSource({ url: database.readerUrl, poolSize: 1 })
  const full = { entity: entityOf(name), tenantId: 'acme', to: new Date('2999-01-01'), mode: 'full' } as const
  return await reader.read(full, new AbortController().signal, async ({ blocks }) => {
    let rows = 0
    for await (const block of blocks) rows += block.rows
    return rows
  })
}

export const inShort = (findings: readonly SourceFinding[]) =>
  findings.map(({ severity, code, table }) => [severity, code, table])

/** Carries out the statement that a finding gives, as the owner of everything. */
export async function fix(findings: readonly SourceFinding[]): Promise<void> {
  for (const finding of findings) await admin.query(finding.fix.replaceAll(/ CONCURRENTLY|;[^;]* BYPASSRLS$/g, ''))
}

export const untracked = (table: string) => ['refuse', 'SOURCE_CHANGES_UNTRACKED', `s.${table}`]
export const hidden = (table: string) => ['refuse', 'SOURCE_ROWS_HIDDEN', `s.${table}`]
export const unclear = (table: string) => ['warn', 'SOURCE_VIEW_UNCLEAR', `s.${table}`]
