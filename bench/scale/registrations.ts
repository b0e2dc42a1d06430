import pg from 'pg'

/** Registers many tenants at once, in the database alone, with their schedules made as far as the record says. Gives their ids. */
export async function registerMany(
  ownerUrl: string,
  { tag, count, entities }: { tag: string; count: number; entities: readonly string[] },
): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO tidemark.registration (tenant_id, version, export_option, frequency, created_at, updated_at, updated_by, scheduled_version)
       SELECT $1 || '-' || n, 1, 'EXPORT_SELECTED', 'DAILY', now(), now(), 'bench', 1 FROM generate_series(0, $2::int - 1) AS n`,
      [tag, count],
    )
    await client.query(
      `INSERT INTO tidemark.registered_entity (tenant_id, entity, active, activated_at)
       SELECT $1 || '-' || n, entity, true, now() FROM generate_series(0, $2::int - 1) AS n, unnest($3::text[]) AS entity`,
      [tag, count, entities],
    )
    await client.query('COMMIT')
    await client.query('ANALYZE tidemark.registration, tidemark.registered_entity')
  } finally {
    await client.end()
  }
  return Array.from({ length: count }, (_, n) => `${tag}-${n}`)
}
