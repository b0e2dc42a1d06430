import type pg from 'pg'

/** Rows in each table of the ledger, and what they take on disk with their indexes. */
export interface LedgerSize {
  readonly run: number
  readonly run_entity: number
  readonly delivery: number
  readonly manifest: number
  readonly watermark: number
  readonly bytes: number
}

const tables = ['run', 'run_entity', 'delivery', 'manifest', 'watermark'] as const

/** @param runs that were made, to be shown beside it */
export async function ledgerSize(
  pool: pg.Pool,
  { tenants, runs }: { tenants: number; runs: number },
): Promise<LedgerSize> {
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`)
  const bytes = tables.map((table) => `pg_total_relation_size('${table}')`).join(' + ')
  const { rows } = await pool.query<LedgerSize>(`SELECT ${counts.join(', ')}, (${bytes})::int AS bytes`)
  const size = rows[0]!
  console.log(`${runs} runs: ${JSON.stringify(size)}, ${Math.round(size.bytes / tenants / 1024)} KB a tenant and year`)
  return size
}

/** Ids that go into other tables become others in the same way. */
const copied: Record<(typeof tables)[number], readonly string[]> = {
  run: ['id'],
  run_entity: ['run_id', 'previous_delivery_id', 'redelivers'],
  delivery: ['id', 'run_id'],
  manifest: [],
  watermark: ['delivery_id'],
}

/** Gives every tenant so many twins with the same runs and files, so that the tables have the size of many tenants. */
export async function addTwins(pool: pg.Pool, twins: number): Promise<void> {
  for (const table of tables) {
    const ids = copied[table].map((column) => `'${column}', md5(original.${column}::text || twin)::uuid`)
    const changes = [`'tenant_id', original.tenant_id || '-' || twin`, ...ids].join(', ')
    await pool.query(
      `INSERT INTO ${table} SELECT copy.* FROM ${table} AS original, generate_series(1, ${twins}) AS twin,
         LATERAL jsonb_populate_record(original, jsonb_build_object(${changes})) AS copy`,
    )
  }
  await pool.query('ANALYZE')
}
