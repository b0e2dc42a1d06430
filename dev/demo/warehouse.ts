import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import pg from 'pg'
import copy from 'pg-copy-streams'
import { loadCatalog } from '../../src/catalog/load.js'
import { type Entity, findEntity } from '../../src/domain/entity.js'
import type { Delivered } from './tenant-files.js'

/** How the delivered files of one entity compare with the source. */
export interface Comparison {
  readonly entity: string
  readonly rows: number
  /** Rows that only one side has, or that have other values there. */
  readonly onlyInSource: number
  readonly onlyDelivered: number
  /** By how many rows the files differ from the counts in their manifests. */
  readonly miscounted: number
}

/**
 * Loads the files as a data engineer would: in order, with Postgres' COPY. A full load replaces the rows; a delta is
 * merged by key. Then it compares every row with the source, value for value.
 */
export async function compareWithSource(
  sourceUrl: string,
  tenantId: string,
  delivered: readonly Delivered[],
): Promise<Comparison[]> {
  const catalog = await loadCatalog(undefined)
  const client = new pg.Client({ connectionString: sourceUrl })
  await client.connect()
  try {
    const comparisons: Comparison[] = []
    for (const name of [...new Set(delivered.map(({ resource }) => resource.entity))].toSorted()) {
      const entity = findEntity(catalog, name)
      if (!entity) throw new Error(`${name} is not in the catalog`)
      const files = delivered.filter(({ resource }) => resource.entity === name)
      comparisons.push(await compareEntity(client, tenantId, entity, files))
    }
    return comparisons
  } finally {
    await client.end()
  }
}

async function compareEntity(
  client: pg.Client,
  tenantId: string,
  entity: Entity,
  files: readonly Delivered[],
): Promise<Comparison> {
  const columns = entity.columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
  const source = `${pg.escapeIdentifier(entity.table.schema)}.${pg.escapeIdentifier(entity.table.name)}`
  await client.query(`CREATE TEMP TABLE loaded AS SELECT ${columns} FROM ${source} WITH NO DATA`)
  await client.query(`CREATE TEMP TABLE arriving (LIKE loaded)`)
  let miscounted = 0
  for (const { file, resource } of files) {
    if (resource.mode === 'full' && (resource.part ?? 1) === 1) await client.query('TRUNCATE loaded')
    miscounted += Math.abs((await loadFile(client, entity, file.content)) - resource.rows)
  }
  const counts = await compareRows(client, tenantId, entity, source)
  await client.query('DROP TABLE loaded, arriving')
  return { entity: entity.name, ...counts, miscounted }
}

/** Merges a file into the table `loaded` by key, and returns its number of rows. */
async function loadFile(client: pg.Client, entity: Entity, content: Buffer): Promise<number> {
  const key = entity.key.map((name) => pg.escapeIdentifier(name)).join(', ')
  await client.query('TRUNCATE arriving')
  const options = 'FORMAT csv, HEADER match'
  await pipeline(Readable.from([content]), client.query(copy.from(`COPY arriving FROM STDIN (${options})`)))
  await client.query(`DELETE FROM loaded WHERE (${key}) IN (SELECT ${key} FROM arriving)`)
  const { rowCount } = await client.query('INSERT INTO loaded SELECT * FROM arriving')
  return rowCount ?? 0
}

async function compareRows(
  client: pg.Client,
  tenantId: string,
  entity: Entity,
  source: string,
): Promise<Pick<Comparison, 'rows' | 'onlyInSource' | 'onlyDelivered'>> {
  // JSON is compared as text, since the type json has no equality operator.
  const values = entity.columns
    .map(({ name, type }) => pg.escapeIdentifier(name) + (type === 'json' ? '::text' : ''))
    .join(', ')
  const inSource = `SELECT ${values} FROM ${source} WHERE ${pg.escapeIdentifier(entity.tenantColumn)} = $1`
  const inFiles = `SELECT ${values} FROM loaded`
  const { rows } = await client.query<{ rows: number; onlyInSource: number; onlyDelivered: number }>(
    `SELECT (SELECT count(*) FROM loaded)::int AS rows,
      (SELECT count(*) FROM (${inSource} EXCEPT ALL ${inFiles}) AS missing)::int AS "onlyInSource",
      (SELECT count(*) FROM (${inFiles} EXCEPT ALL ${inSource}) AS surplus)::int AS "onlyDelivered"`,
    [tenantId],
  )
  const [counts] = rows
  if (!counts) throw new Error('The comparison returned no row.')
  return counts
}
