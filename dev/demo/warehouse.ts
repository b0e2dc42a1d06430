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
  const key = entity.key.map((name) => pg.escapeIdentifier(name)).join(', ')
  const source = `${pg.escapeIdentifier(entity.table.schema)}.${pg.escapeIdentifier(entity.table.name)}`
  await client.query(`CREATE TEMP TABLE loaded AS SELECT ${columns} FROM ${source} WITH NO DATA`)
  await client.query(`CREATE TEMP TABLE arriving (LIKE loaded)`)
  let miscounted = 0
  for (const { file, resource } of files) {
    await client.query('TRUNCATE arriving')
    const options = 'FORMAT csv, HEADER match'
    await pipeline(Readable.from([file.content]), client.query(copy.from(`COPY arriving FROM STDIN (${options})`)))
    if (resource.mode === 'full' && (resource.part ?? 1) === 1) await client.query('TRUNCATE loaded')
    await client.query(`DELETE FROM loaded WHERE (${key}) IN (SELECT ${key} FROM arriving)`)
    const { rowCount } = await client.query('INSERT INTO loaded SELECT * FROM arriving')
    miscounted += Math.abs((rowCount ?? 0) - resource.rows)
  }
  // JSON is compared as text, since the type json has no equality operator.
  const values = entity.columns
    .map(({ name, type }) => pg.escapeIdentifier(name) + (type === 'json' ? '::text' : ''))
    .join(', ')
  const inSource = `SELECT ${values} FROM ${source} WHERE ${pg.escapeIdentifier(entity.tenantColumn)} = $1`
  const inFiles = `SELECT ${values} FROM loaded`
  const { rows } = await client.query<{ rows: number; only_in_source: number; only_delivered: number }>(
    `SELECT (SELECT count(*) FROM loaded)::int AS rows,
      (SELECT count(*) FROM (${inSource} EXCEPT ALL ${inFiles}) AS missing)::int AS only_in_source,
      (SELECT count(*) FROM (${inFiles} EXCEPT ALL ${inSource}) AS surplus)::int AS only_delivered`,
    [tenantId],
  )
  await client.query('DROP TABLE loaded, arriving')
  const [found] = rows
  return {
    entity: entity.name,
    rows: found?.rows ?? 0,
    onlyInSource: found?.only_in_source ?? 0,
    onlyDelivered: found?.only_delivered ?? 0,
    miscounted,
  }
}
