import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { withTypedErrors } from '../../src/database/errors.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'

let place: TestDatabase
let database: Database

beforeAll(async () => {
  place = await createMigratedDatabase()
  database = openDatabase({ url: place.serviceUrl, poolSize: 2 })
})
afterAll(async () => {
  await database.close()
  await place[Symbol.asyncDispose]()
})

test('Prisma begins a transaction with the word BEGIN alone, to which the tenant and the settings are added', async () => {
  const [settings] = await database.forTenant(
    'acme',
    (transaction) =>
      transaction.$queryRaw<
        object[]
      >`SELECT current_setting('tidemark.tenant') AS tenant, current_setting('TimeZone') AS zone`,
  )
  expect(settings).toEqual({ tenant: 'acme', zone: 'UTC' })
})

/** A store whose call ends with an error of Postgres that has this SQLSTATE. */
const failing = (state: string) =>
  withTypedErrors({
    fail: () =>
      database.forTenant('acme', (transaction) =>
        transaction.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = '${state}'; END $$`),
      ),
  })

test.each(['08006', '53300', '57014', '57P01', '40001', '40P01', '55P03', '25P03'])(
  'an error of Prisma shows that trying again can help by the SQLSTATE %s',
  async (state) => {
    await expect(failing(state).fail()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  },
)

test('an error of Prisma with another SQLSTATE is final', async () => {
  await expect(failing('23514').fail()).rejects.toMatchObject({ code: 'INTERNAL' })
})

test('an error of Prisma shows that the server cannot be reached', async () => {
  const nowhere = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', poolSize: 1 })
  const store = withTypedErrors({ read: () => nowhere.forTenant('acme', async () => 'read') })
  await expect(store.read()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  await nowhere.close()
})
