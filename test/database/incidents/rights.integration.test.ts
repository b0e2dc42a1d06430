import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newTenant, openStores, type Stores } from '../../support/world/stores.js'
import { aFailure, startIncidentProcess } from '../../services/support/incident-process.js'

let stores: Stores
let service: pg.Client
beforeAll(async () => {
  stores = await openStores()
  service = new pg.Client({ connectionString: stores.serviceUrl, options: '-c search_path=tidemark' })
  await service.connect()
  await using started = startIncidentProcess(stores.serviceUrl)
  await started.incidents.report(aFailure(newTenant()))
})
afterAll(async () => {
  await service?.end()
  await stores?.[Symbol.asyncDispose]()
})

/** What the service gets in a transaction that names the tenant. */
async function asTenant(sql: string): Promise<unknown[]> {
  await service.query('BEGIN')
  try {
    await service.query("SELECT set_config('tidemark.tenant', 'acme', true)")
    return (await service.query(sql)).rows
  } finally {
    await service.query('ROLLBACK')
  }
}

test.each(['incident', 'incident_affected', 'notification'])(
  'the table %s shows no row to a transaction of a tenant, and takes none',
  async (table) => {
    expect((await service.query(`SELECT 1 FROM ${table}`)).rows).toHaveLength(1)
    expect(await asTenant(`SELECT 1 FROM ${table}`)).toEqual([])
    expect(await asTenant(`DELETE FROM ${table} RETURNING 1`)).toEqual([])
    const copy = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $$${await rowOf(table)}$$)`
    await expect(asTenant(copy)).rejects.toMatchObject({ code: '42501' })
  },
)

async function rowOf(table: string): Promise<string> {
  const [found] = await stores.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t`)
  return String(found?.['row'])
}

test.each(['ended_affected()', "unusually_empty_files('-infinity')"])(
  'a transaction of a tenant may not call %s',
  async (call) => {
    await expect(asTenant(`SELECT ${call}`)).rejects.toMatchObject({ code: '42501' })
    await expect(service.query(`SELECT ${call}`)).resolves.toBeDefined()
  },
)

test('a caller cannot make the functions over all tenants run its own code', async () => {
  await service.query('BEGIN')
  try {
    await service.query(`
      CREATE FUNCTION pg_temp.evil() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran'; END $$;
      DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %s TO PUBLIC', pg_my_temp_schema()::regnamespace); END $$`)
    for (const table of ['incident', 'incident_affected', 'registration', 'run', 'run_entity', 'delivery']) {
      await service.query(`CREATE TEMP VIEW ${table} AS SELECT pg_temp.evil() AS tenant_id`)
    }
    await service.query('SELECT tidemark.ended_affected()')
    await service.query("SELECT tidemark.unusually_empty_files('-infinity')")
    await expect(service.query('SELECT tenant_id FROM pg_temp.incident')).rejects.toThrow('ran')
  } finally {
    await service.query('ROLLBACK')
  }
})
