import pg from 'pg'
import type { Report } from '../machine/report.js'
import type { Recipe } from './recipe.js'
import { recipes } from './recipes.js'
import { createdAt, type EntitySize, Row, rowNumber, updatedAt } from './row.js'
import { tenantSizes } from './sizes.js'
import { identifier, literal, sourceTable, type Sql } from './sql.js'
import { sampleTenants, type SampleTenant } from './tenants.js'

export interface FillOptions {
  /** The source database. It needs the tables of prisma/source, without rows of the tenants. */
  readonly url: string
  /** The same seed, rows, tenants and base time produce the same rows. */
  readonly seed: number
  /** Rows of all tenants and entities together, approximately. */
  readonly rows: number
  /** All rows are dated within the two years before it. It must not be in the future, since the tables refuse such rows. */
  readonly baseTime: Date
  readonly tenants?: readonly SampleTenant[]
  readonly report?: Report
}

export interface Filled {
  readonly tenantId: string
  readonly entity: string
  readonly rows: number
}

/**
 * Writes the sample in one transaction, so that an interrupted fill leaves nothing.
 * Postgres generates the rows: a million took 19 s on two cores, 20,000 took 0.6 s.
 */
export async function fillSample(options: FillOptions): Promise<Filled[]> {
  const { url, tenants = sampleTenants, report = () => undefined } = options
  const client = new pg.Client({ connectionString: url, application_name: 'tidemark sample data' })
  await client.connect()
  try {
    await client.query(`BEGIN; SET LOCAL TimeZone = 'UTC'; SET LOCAL jit = off`)
    await refuseFuture(client, options.baseTime)
    const filled: Filled[] = []
    for (const recipe of recipes) {
      const before = filled.length
      for (const tenant of tenants) filled.push(await fillEntity(client, recipe, tenant, options))
      const rows = filled.slice(before).reduce((sum, { rows: more }) => sum + more, 0)
      report(`Sample data: ${recipe.entity}, ${rows.toLocaleString('en-US')} rows`)
    }
    await client.query('COMMIT')
    await client.query(`ANALYZE ${recipes.map(({ entity }) => sourceTable(entity)).join(', ')}`)
    return filled
  } finally {
    await client.end()
  }
}

/** Whether the source has any rows. */
export async function hasSourceRows(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM ${sourceTable('user')}) AS found`,
    )
    return rows[0]?.found ?? false
  } finally {
    await client.end()
  }
}

async function refuseFuture(client: pg.Client, baseTime: Date): Promise<void> {
  const { rows } = await client.query<{ past: boolean }>(`SELECT $1::timestamptz <= clock_timestamp() AS past`, [
    baseTime,
  ])
  if (!rows[0]?.past) throw new RangeError(`The base time ${baseTime.toISOString()} is in the future`)
}

async function fillEntity(
  client: pg.Client,
  recipe: Recipe,
  tenant: SampleTenant,
  options: FillOptions,
): Promise<Filled> {
  const sizes = tenantSizes(recipes, tenant, options.rows)
  const rows = sizes.get(recipe.entity)?.rows ?? 0
  if (rows > 0) await client.query(insertRows(recipe, tenant.tenantId, rows, sizes, options))
  return { tenantId: tenant.tenantId, entity: recipe.entity, rows }
}

function insertRows(
  recipe: Recipe,
  tenantId: string,
  rows: number,
  sizes: ReadonlyMap<string, EntitySize>,
  { seed, baseTime }: FillOptions,
): Sql {
  const row = new Row(recipe.entity, `${seed}/${tenantId}`, sizes)
  const columns: Record<string, Sql> = {
    code: row.codeOf(recipe.entity, rowNumber),
    tenant_code: literal(tenantId),
    ...recipe.columns(row),
    is_deleted: row.chance('is_deleted', 3),
    created_at: createdAt,
    updated_at: updatedAt,
  }
  return `
    INSERT INTO ${sourceTable(recipe.entity)} (${Object.keys(columns).map(identifier).join(', ')})
    SELECT ${Object.values(columns).join(',\n      ')}
    FROM (
      SELECT i, updated_at, updated_at - ${lifetime(row, recipe)} AS created_at
      FROM (
        SELECT i, ${lastChange(row, baseTime)} AS updated_at FROM generate_series(1::bigint, ${rows}) AS r (i) OFFSET 0
      ) AS r OFFSET 0
    ) AS r`
}

/**
 * Within two years before the base time, denser towards it: a tenth of the rows is dated within the last day.
 * Some times are exactly a midnight or a microsecond before one, where windows meet.
 */
function lastChange(row: Row, baseTime: Date): Sql {
  const base = `timestamptz ${literal(baseTime.toISOString())}`
  const fraction = row.fraction('updated_at')
  const age = `(1 + ${row.draw('updated_at#')} % 1000000 + floor(${fraction} * ${fraction} * ${fraction} * 63072000e6)::bigint)`
  const time = `(${base} - ${age} * interval '1 microsecond')`
  const midnight = `date_trunc('day', ${time}, 'UTC')`
  return row.rarely('updated_at', 50, [midnight, `${midnight} - interval '1 microsecond'`], time)
}

/** The time between a row's creation and its last change. Events seldom change. */
function lifetime(row: Row, recipe: Recipe): Sql {
  const microseconds = (max: string) => `(${row.draw('created_at')} % ${max}) * interval '1 microsecond'`
  const long = microseconds('34560000000000')
  return recipe.kind === 'snapshot'
    ? long
    : `CASE WHEN ${row.chance('created_at', 5)} THEN ${long} ELSE ${microseconds('3000000')} END`
}
