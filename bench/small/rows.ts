import pg from 'pg'
import { fillSample } from '../../dev/sample-data/fill.js'
import { recipes } from '../../dev/sample-data/recipes.js'
import { identifier, sourceTable } from '../../dev/sample-data/sql.js'
import { midnight } from '../tenants/place.js'

const dayMs = 86_400_000
const template = 'template'

/** The midnight at which the windows of a night end. The last of them is the last midnight. */
export function endOfNight(night: number, nights: number): Date {
  return new Date(midnight().getTime() - (nights - 1 - night) * dayMs)
}

interface NightRows {
  readonly nights: number
  readonly rowsPerNight: number
  /** All by default. */
  readonly entities?: readonly string[]
}

const allEntities = recipes.map(({ entity }) => entity)

/**
 * Gives each tenant the same rows, some in each night. Rows of the sample are generated once for a template, and copied: a
 * thousand tenants with 26 entities would take minutes otherwise.
 */
export async function addRows(
  ownerUrl: string,
  tenantIds: readonly string[],
  { nights, rowsPerNight, entities = allEntities }: NightRows,
): Promise<void> {
  const rows = nights * rowsPerNight
  await using client = await connect(ownerUrl)
  for (const entity of allEntities) {
    await client.query(`DELETE FROM ${sourceTable(entity)} WHERE tenant_code = $1`, [template])
  }
  const sizes = Object.fromEntries(allEntities.map((entity) => [entity, rows]))
  const tenants = [{ tenantId: template, share: 0, rows: sizes }]
  await fillSample({ url: ownerUrl, seed: 7, rows: 0, baseTime: midnight(), tenants })
  for (const entity of entities) await client.query(copyRows(entity), [tenantIds, nights, midnight(), template])
  await client.query(`ANALYZE ${allEntities.map(sourceTable).join(', ')}`)
}

/** The rows are dated an hour before the midnights in turn. */
function copyRows(entity: string): string {
  const table = sourceTable(entity)
  return `
    INSERT INTO ${table}
    SELECT (copied).* FROM (
      SELECT jsonb_populate_record(NULL::${table}, row || jsonb_build_object(
        'tenant_code', tenant,
        'created_at', updated_at - interval '1 hour',
        'updated_at', updated_at)) AS copied
      FROM (
        SELECT to_jsonb(source) AS row,
          $3::timestamptz - interval '1 hour' - (row_number() OVER (ORDER BY ${identifier('code')}) % $2::int) * interval '1 day' AS updated_at
        FROM ${table} AS source WHERE tenant_code = $4
      ) AS source, unnest($1::text[]) AS tenant
      OFFSET 0
    ) AS copies`
}

async function connect(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
