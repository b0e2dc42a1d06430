import pg from 'pg'
import { hostileTexts } from './hostile-values.js'
import type { Recipe } from './recipe.js'
import { recipes } from './recipes.js'
import { codeDigits } from './row.js'
import { identifier, literal, sourceTable, textArray, type Sql } from './sql.js'
import { sampleTenants } from './tenants.js'

export interface MutateOptions {
  readonly url: string
  /** The same seed makes the same changes to the same rows. Use another seed for the next round. */
  readonly seed: number
  /** Changes one tenant only. Without it, all tenants of the sample. */
  readonly tenantId?: string
  /** Internal names of the entities to change. Without them, all entities. */
  readonly entities?: readonly string[]
  /** How many rows to add for each tenant and entity. It is limited by the rows that can be copied. */
  readonly inserts: number
  /** How many rows to change, at most all. */
  readonly updates: number
  /** How many rows to mark as deleted, besides the changed ones. */
  readonly deletes: number
}

/** The codes of the changed rows of one tenant in one table. */
export interface Mutated {
  readonly tenantId: string
  readonly entity: string
  readonly inserted: readonly string[]
  readonly updated: readonly string[]
  readonly deleted: readonly string[]
}

/**
 * Changes the sample like its application: with ordinary statements, so that the triggers run, in one transaction.
 * New rows are copies of others with a new code and a new text, so that all references are valid.
 */
export async function mutateSample(options: MutateOptions): Promise<Mutated[]> {
  const tenantIds = options.tenantId === undefined ? sampleTenants.map(({ tenantId }) => tenantId) : [options.tenantId]
  const client = new pg.Client({ connectionString: options.url, application_name: 'tidemark sample data' })
  await client.connect()
  try {
    await client.query('BEGIN')
    const mutated: Mutated[] = []
    for (const recipe of chosenRecipes(options.entities)) {
      for (const tenantId of tenantIds) mutated.push(await mutateEntity(client, recipe, tenantId, options))
    }
    await client.query('COMMIT')
    return mutated
  } finally {
    await client.end()
  }
}

function chosenRecipes(entities: readonly string[] | undefined): readonly Recipe[] {
  const unknown = entities?.filter((name) => !recipes.some(({ entity }) => entity === name)) ?? []
  if (unknown.length > 0) throw new RangeError(`The sample has no entity named ${unknown.join(', ')}`)
  return recipes.filter(({ entity }) => entities?.includes(entity) ?? true)
}

async function mutateEntity(
  client: pg.Client,
  recipe: Recipe,
  tenantId: string,
  { seed, inserts, updates, deletes }: MutateOptions,
): Promise<Mutated> {
  const draw = `hashtextextended(code, ${seed})`
  const { rows: chosen } = await client.query<{ code: string }>(
    `SELECT code FROM ${sourceTable(recipe.entity)}
     WHERE tenant_code = $1 AND NOT is_deleted ORDER BY ${draw}, code LIMIT $2`,
    [tenantId, Math.max(updates + deletes, inserts)],
  )
  const codes = chosen.map(({ code }) => code)
  // Rows are copied before they change.
  const inserted = await insertCopies(client, recipe, tenantId, codes.slice(0, inserts), draw)
  const updated = codes.slice(0, updates)
  const deleted = codes.slice(updates, updates + deletes)
  await updateRows(client, recipe, tenantId, updated, draw)
  await client.query(
    `UPDATE ${sourceTable(recipe.entity)} SET is_deleted = true WHERE tenant_code = $1 AND code = ANY ($2)`,
    [tenantId, deleted],
  )
  return { tenantId, entity: recipe.entity, inserted, updated, deleted }
}

async function insertCopies(
  client: pg.Client,
  recipe: Recipe,
  tenantId: string,
  codes: readonly string[],
  draw: Sql,
): Promise<string[]> {
  const table = sourceTable(recipe.entity)
  const copied = await copiedColumns(client, recipe)
  const values = copied.map((column) => recipe.edited[column] ?? `t.${identifier(column)}`)
  const { rows } = await client.query<{ code: string }>(
    `WITH highest AS (SELECT max(right(code, ${codeDigits}))::bigint AS number FROM ${table} WHERE tenant_code = $1)
     INSERT INTO ${table} (tenant_code, code, ${copied.map(identifier).join(', ')})
     SELECT t.tenant_code, ${literal(`${recipe.prefix}-`)} || lpad((highest.number + m.place)::text, ${codeDigits}, '0'),
       ${values.join(', ')}
     FROM highest, ${chosenRows(draw)} JOIN ${table} AS t ON t.tenant_code = $1 AND t.code = m.code
     ORDER BY m.place RETURNING code`,
    [tenantId, codes],
  )
  return rows.map(({ code }) => code)
}

async function updateRows(
  client: pg.Client,
  recipe: Recipe,
  tenantId: string,
  codes: readonly string[],
  draw: Sql,
): Promise<void> {
  const assignments = Object.entries(recipe.edited).map(([column, value]) => `${identifier(column)} = ${value}`)
  await client.query(
    `UPDATE ${sourceTable(recipe.entity)} AS t SET ${assignments.join(', ')}
     FROM ${chosenRows(draw)} WHERE t.tenant_code = $1 AND t.code = m.code`,
    [tenantId, codes],
  )
}

/** The rows with the codes in `$2`, each with its position and a different text. */
function chosenRows(draw: Sql): Sql {
  const hostile = `(${textArray(hostileTexts)})[1 + (${draw} & 65535) % ${hostileTexts.length}]`
  return `(
    SELECT code, place, CASE WHEN place % 4 = 0 THEN ${hostile} || place ELSE 'Edited, no. ' || place || ' ✏️' END AS new_text
    FROM unnest($2::text[]) WITH ORDINALITY AS chosen (code, place)
  ) AS m`
}

/** The columns that are copied: all except the key and the columns that the table sets. */
async function copiedColumns(client: pg.Client, recipe: Recipe): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       AND attname <> ALL (ARRAY['tenant_code', 'code', 'created_at', 'updated_at', 'change_xid'])
     ORDER BY attnum`,
    [sourceTable(recipe.entity)],
  )
  return rows.map(({ name }) => name)
}
