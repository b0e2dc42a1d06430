import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeApi } from '../../src/compose/api.js'
import { composeAdmin } from '../../src/compose/admin.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { composeWorker } from '../../src/compose/worker.js'
import { migrateDatabase } from '../../src/compose/migration.js'
import { type Database, openDatabase } from '../../src/database/client.js'
import { ensureServiceLogin } from '../../src/database/service-login.js'
import { loadConfig } from '../../src/config/config.js'
import { urlFor } from '../../dev/postgres/logins.js'
import { createMigratedDatabase, createTestDatabase } from '../support/postgres/postgres.js'
import { openStores, type Stores } from '../support/world/stores.js'

let stores: Stores
let service: pg.Client
beforeAll(async () => {
  stores = await openStores()
  service = new pg.Client({ connectionString: stores.serviceUrl, options: '-c search_path=tidemark' })
  await service.connect()
})
afterAll(async () => {
  await service?.end()
  await stores?.[Symbol.asyncDispose]()
})

const to = new Date('2026-11-23T00:00:00Z')

describe('a login that row-level security does not hold', () => {
  const unsafe = { name: 'UnsafeLoginError' }

  test('each connection refuses a login that bypasses row-level security, and the error names the fix', async () => {
    const database = openDatabase({ url: stores.url, poolSize: 1 })
    try {
      await expect(database.check()).rejects.toMatchObject(unsafe)
      await expect(database.check()).rejects.toThrow(/DATABASE_OWNER_URL/)
      await expect(database.forTenant('one', (transaction) => transaction.run.count())).rejects.toThrow(/postgres/)
    } finally {
      await database.close()
    }
  })

  test.each([
    ['may make roles', 'ALTER ROLE login CREATEROLE', /bypasses it/],
    ['may replicate', 'ALTER ROLE login REPLICATION', /bypasses it/],
    ['may run programs', 'GRANT pg_execute_server_program TO login', /bypasses it/],
    ['owns the schema', 'ALTER SCHEMA tidemark OWNER TO login', /the owner of/],
    ['owns a table', 'ALTER TABLE tidemark.manifest OWNER TO login', /the owner of/],
    ['owns a function', 'ALTER FUNCTION tidemark.registered_tenants() OWNER TO login', /the owner of/],
    ['may become the owner', 'GRANT postgres TO login', /superuser/],
    [
      'finds a table without row-level security',
      'ALTER TABLE tidemark.run DISABLE ROW LEVEL SECURITY',
      /not forced on run/,
    ],
    [
      'finds a table where it is not forced',
      'ALTER TABLE tidemark.run NO FORCE ROW LEVEL SECURITY',
      /not forced on run/,
    ],
  ])('a login that %s is refused', async (_, change, why) => {
    await using own = await createMigratedDatabase()
    const login = { username: `login_${randomUUID().slice(0, 8)}`, password: 'of the login' }
    const url = urlFor(own.url, login)
    await ensureServiceLogin(own.url, url)
    const admin = new pg.Client({ connectionString: own.url })
    await admin.connect()
    const check = async () => {
      const database = openDatabase({ url, poolSize: 1 })
      try {
        await database.check()
      } finally {
        await database.close()
      }
    }
    try {
      await check()
      await admin.query(change.replace('login', login.username))
      await expect(check()).rejects.toThrow(why)
    } finally {
      await admin.query(
        `REASSIGN OWNED BY ${login.username} TO postgres; DROP OWNED BY ${login.username}; DROP ROLE ${login.username}`,
      )
      await admin.end()
    }
  })

  test('no process starts with a login that bypasses row-level security', async () => {
    const config = loadConfig({
      DATABASE_URL: stores.url,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      OAUTH_ISSUER: 'http://127.0.0.1:9/nobody',
      SFTP_HOST: '127.0.0.1',
      SFTP_USERNAME: 'nobody',
      SFTP_PASSWORD: 'nothing',
      SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
      LOG_LEVEL: 'silent',
    })
    for (const compose of [composeApi, composeWorker, composeAdmin, composeVerifier]) {
      await expect(compose(config)).rejects.toMatchObject(unsafe)
    }
  })
})

describe('an owner who is no superuser', () => {
  test('an owner who is no superuser makes, changes and reads the tables, and changes no row', async () => {
    await using empty = await createTestDatabase()
    const owner = { username: `owner_${randomUUID().slice(0, 8)}`, password: 'of the owner' }
    const admin = new pg.Client({ connectionString: empty.url })
    await admin.connect()
    try {
      await admin.query(`CREATE ROLE ${owner.username} LOGIN CREATEROLE PASSWORD '${owner.password}'`)
      await admin.query(`GRANT tidemark_service TO ${owner.username} WITH ADMIN OPTION`)
      await admin.query(`ALTER DATABASE ${new URL(empty.url).pathname.slice(1)} OWNER TO ${owner.username}`)
      const ownerUrl = urlFor(empty.url, owner)
      const login = { username: `service_${randomUUID().slice(0, 8)}`, password: 'of the service' }
      const serviceUrl = urlFor(empty.url, login)
      expect(await migrateDatabase(ownerUrl, serviceUrl)).toMatchObject({ loginMade: true })
      expect(await migrateDatabase(ownerUrl, serviceUrl)).toEqual({ applied: [], loginMade: false })

      const database: Database = openDatabase({ url: serviceUrl, poolSize: 1 })
      const data = {
        id: randomUUID(),
        tenantId: 'one',
        workflowId: 'w',
        trigger: 'SCHEDULED',
        status: 'QUEUED',
        to,
        queuedAt: to,
      } as const
      await database.forTenant('one', (transaction) => transaction.run.create({ data }))
      await database.close()
      const asOwner = new pg.Client({ connectionString: ownerUrl })
      await asOwner.connect()
      expect((await asOwner.query('SELECT tenant_id FROM tidemark.run')).rows).toEqual([{ tenant_id: 'one' }])
      expect((await asOwner.query("UPDATE tidemark.run SET tenant_id = 'other'")).rowCount).toBe(0)
      await asOwner.end()
      await admin.query(`REASSIGN OWNED BY ${owner.username}, ${login.username} TO CURRENT_USER`)
      await admin.query(`DROP OWNED BY ${owner.username}, ${login.username} CASCADE`)
      await admin.query(`ALTER DATABASE ${new URL(empty.url).pathname.slice(1)} OWNER TO CURRENT_USER`)
      await admin.query(`DROP ROLE ${login.username}`)
      await admin.query(`DROP ROLE ${owner.username}`)
    } finally {
      await admin.end()
    }
  })
})
