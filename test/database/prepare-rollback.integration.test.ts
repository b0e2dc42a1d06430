import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { urlFor } from '../../dev/postgres/logins.js'
import { migrateBack, migrateDatabase } from '../../src/compose/migration.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

const owner = { username: `owner_${randomUUID().slice(0, 8)}`, password: 'of the owner' }
const service = { username: `service_${randomUUID().slice(0, 8)}`, password: 'of the service' }

let database: TestDatabase
let admin: pg.Client
/** For an owner whom row-level security holds, as in compose. */
let ownerUrl: string
beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client({ connectionString: database.url, options: '-c search_path=tidemark' })
  await admin.connect()
  await admin.query(`CREATE ROLE ${owner.username} LOGIN CREATEROLE PASSWORD '${owner.password}'`)
  await admin.query(`GRANT tidemark_service TO ${owner.username} WITH ADMIN OPTION`)
  await admin.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO ${owner.username}`)
  ownerUrl = urlFor(database.url, owner)
  await migrateDatabase(ownerUrl, urlFor(database.url, service))
})
beforeEach(() => admin.query('TRUNCATE run, registration CASCADE'))
afterAll(async () => {
  const roles = `${owner.username}, ${service.username}`
  await admin.query(`REASSIGN OWNED BY ${roles} TO CURRENT_USER; DROP OWNED BY ${roles} CASCADE; DROP ROLE ${roles}`)
  await admin.end()
  await database[Symbol.asyncDispose]()
})

async function insertRun(finishedAt: string | null): Promise<string> {
  const id = randomUUID()
  await admin.query(
    `INSERT INTO run (id, tenant_id, workflow_id, trigger, status, "to", queued_at, finished_at)
     VALUES ($1, 'one', 'w', 'RETRY', 'SUCCEEDED', now(), now(), $2)`,
    [id, finishedAt],
  )
  return id
}

async function register(option: string, encryption: string | null): Promise<void> {
  await admin.query(
    `INSERT INTO registration (tenant_id, version, export_option, frequency, encryption, created_at, updated_at, updated_by)
     VALUES ('one', 1, $1::text::export_option, 'DAILY', $2, now(), now(), 'x')`,
    [option, encryption],
  )
}

const triggers = async () => (await admin.query<{ trigger: string }>('SELECT trigger FROM run')).rows

test('a rollback replaces what the earlier release cannot read, and row-level security stays forced', async () => {
  await insertRun('2026-11-26')
  await migrateBack(ownerUrl, '0.2.0')
  expect(await triggers()).toEqual([{ trigger: 'MANUAL' }])
  const free = `SELECT relname FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relrowsecurity AND NOT relforcerowsecurity`
  expect((await admin.query(free)).rows).toEqual([])
  const disabled = `SELECT tgname FROM pg_trigger WHERE tgrelid = 'delivery'::regclass AND tgenabled = 'D'`
  expect((await admin.query(disabled)).rows).toEqual([])
})

test('a rollback is refused while a run is going on, and changes nothing', async () => {
  const id = await insertRun(null)
  await expect(migrateBack(ownerUrl, '0.2.0')).rejects.toThrow(`cannot continue them: ${id} of one.`)
  expect(await triggers()).toEqual([{ trigger: 'RETRY' }])
})

test('a rollback is refused for tenants whose files would no longer be encrypted', async () => {
  await register('EXPORT_ALL', '{}')
  await expect(migrateBack(ownerUrl, '0.2.0')).rejects.toThrow(/which 0\.2\.0 does not know: one\./)
  await admin.query(`UPDATE registration SET export_option = 'DISABLE_EXPORT'`)
  await migrateBack(ownerUrl, '0.2.0')
})

test('a rollback to a release without a script is refused, and the error names those that have one', async () => {
  await expect(migrateBack(ownerUrl, '0.1.0')).rejects.toThrow(
    'A rollback to 0.1.0 is not supported. Restore a backup, or go back to 0.2.0.',
  )
})
