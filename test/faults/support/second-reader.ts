import { parse } from 'csv-parse/sync'
import pg from 'pg'
import { type Entity, findEntity } from '../../../src/domain/entity.js'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

export interface ReadBack {
  readonly entity: string
  readonly onlyInSource: number
  readonly onlyDelivered: number
}

type Row = Record<string, string | null>

/**
 * Reads all delivered files with csv-parse, merges them by key as a consumer without a database would, and compares
 * the values with those of the source.
 */
export async function readBySecondReader(world: World, tenant: TestTenant): Promise<ReadBack[]> {
  const tables = new Map<string, Map<string, Row>>()
  for (const { file, resource } of await tenant.delivered()) {
    const rows = resource.mode === 'full' ? new Map<string, Row>() : (tables.get(resource.entity) ?? new Map())
    for (const row of rowsOf(file.content)) rows.set(row['code'] ?? '', row)
    tables.set(resource.entity, rows)
  }
  const found: ReadBack[] = []
  for (const [name, rows] of tables) {
    const entity = findEntity(world.catalog, name)
    if (entity) found.push({ entity: name, ...(await compared(world, tenant.id, entity, [...rows.values()])) })
  }
  return found
}

/** NULL is an empty field, the empty string is quoted. */
function rowsOf(content: Buffer): Row[] {
  return parse<Row>(content, {
    columns: true,
    cast: (value, { quoting, header }) => (value === '' && !quoting && !header ? null : value),
  })
}

async function compared(
  world: World,
  tenantId: string,
  { columns, table, tenantColumn }: Entity,
  rows: readonly Row[],
): Promise<Omit<ReadBack, 'entity'>> {
  const client = await world.connect()
  const source = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`
  const names = columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
  // Postgres' own input functions say what a value means; texts are compared, since json has no equality of its own.
  const arrays = columns.map((_, at) => `$${at + 1}::text[]`).join(', ')
  const values = columns.map(({ name }) => rows.map((row) => row[name] ?? null))
  await client.query(`CREATE TEMP TABLE read_back AS SELECT ${names} FROM ${source} WITH NO DATA`)
  const { rows: types } = await client.query<{ type: string }>(
    `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'read_back'::regclass AND attnum > 0 ORDER BY attnum`,
  )
  const typed = types.map(({ type }, at) => `c${at}::${type}`).join(', ')
  const aliases = columns.map((_, at) => `c${at}`).join(', ')
  await client.query(`INSERT INTO read_back SELECT ${typed} FROM unnest(${arrays}) AS t(${aliases})`, values)
  const texts = columns.map(({ name }) => `${pg.escapeIdentifier(name)}::text`).join(', ')
  const inSource = `SELECT ${texts} FROM ${source} WHERE ${pg.escapeIdentifier(tenantColumn)} = '${tenantId}'`
  const inFiles = `SELECT ${texts} FROM read_back`
  const { rows: counts } = await client.query<{ only_in_source: number; only_delivered: number }>(
    `SELECT (SELECT count(*) FROM (${inSource} EXCEPT ALL ${inFiles}) AS missing)::int AS only_in_source,
      (SELECT count(*) FROM (${inFiles} EXCEPT ALL ${inSource}) AS surplus)::int AS only_delivered`,
  )
  await client.query('DROP TABLE read_back')
  return { onlyInSource: counts[0]?.only_in_source ?? -1, onlyDelivered: counts[0]?.only_delivered ?? -1 }
}
