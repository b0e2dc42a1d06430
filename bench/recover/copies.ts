import pg from 'pg'

/** Gives many tenants the same rows as one, in each table of Tidemark, with ids of their own. @param url of the owner */
export async function copyTenant(url: string, tenantId: string, copies: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<Table>(tablesQuery)
    await client.query('BEGIN')
    // The tables come in no order of their foreign keys.
    await client.query('SET LOCAL session_replication_role = replica')
    for (const table of tables) await client.query(copyStatement(table), [tenantId, copies])
    await client.query('COMMIT')
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}

interface Table {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** What grows with tenants and files. Columns that number their rows are left out. */
const tablesQuery = `
  SELECT c.table_name AS name, json_agg(json_build_object('name', c.column_name, 'type', c.data_type)) AS columns
  FROM information_schema.columns AS c JOIN pg_tables AS t ON t.schemaname = c.table_schema AND t.tablename = c.table_name
  WHERE c.table_schema = 'tidemark' AND c.table_name NOT LIKE 'incident%' AND coalesce(c.column_default, '') NOT LIKE 'nextval(%' AND c.is_generated = 'NEVER'
  GROUP BY c.table_name HAVING bool_or(c.column_name = 'tenant_id')`

function copyStatement({ name, columns }: Table): string {
  const names = columns.map((column) => pg.escapeIdentifier(column.name))
  const values = columns.map(({ type }, at) => copied(type, `t.${names[at]}`))
  return `INSERT INTO tidemark.${pg.escapeIdentifier(name)} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM tidemark.${pg.escapeIdentifier(name)} AS t, generate_series(1, $2::int) AS n
    WHERE t.tenant_id = $1`
}

/** The same id in two tables stays the same id. Texts name the tenant: paths, for example. */
function copied(type: string, column: string): string {
  if (type === 'uuid') return `md5(${column}::text || n)::uuid`
  return type === 'text' ? `replace(${column}, $1, $1 || '-' || n)` : column
}
