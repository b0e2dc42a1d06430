import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { withTypedErrors } from '../../src/database/errors.js'
import { registrationQuery } from '../../src/database/registration-query.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { change, selected } from '../support/world/builders.js'
import { newTenant, openStores, type Stores, writeRegistration } from '../support/world/stores.js'

let stores: Stores
let database: Database
beforeAll(async () => {
  stores = await openStores()
  database = openDatabase({ url: stores.serviceUrl, poolSize: 1 })
})
afterAll(async () => {
  await database.close()
  await stores[Symbol.asyncDispose]()
})

async function registered(): Promise<string> {
  const tenantId = newTenant()
  const by = change('2026-11-23T09:30:00.123Z', 'tester', tenantId)
  await writeRegistration(stores, tenantId, (current) => replaceRegistration(current, selected('user', 'site'), by))
  return tenantId
}

test('a read in one message sees the rows of its tenant alone, under the limits of a transaction', async () => {
  const [one, other] = [await registered(), await registered()]
  const all = 'SELECT tenant_id FROM registration'
  expect(await database.readForTenant(one, all)).toEqual([{ tenant_id: one }])
  expect(await database.readForTenant(other, all)).toEqual([{ tenant_id: other }])
  expect(await database.readForTenant("o'hara; --", all)).toEqual([])
  const limits = "SELECT current_setting('statement_timeout') AS statements, current_setting('TimeZone') AS zone"
  expect(await database.readForTenant(one, limits)).toEqual([{ statements: '30s', zone: 'UTC' }])
})

test('a read in one message writes nothing', async () => {
  const tenantId = await registered()
  const write = withTypedErrors({
    read: () => database.readForTenant(tenantId, 'DELETE FROM registration RETURNING tenant_id'),
  })
  await expect(write.read()).rejects.toMatchObject({ code: 'INTERNAL', cause: { state: '25006' } })
  expect(await database.readForTenant(tenantId, registrationQuery)).toHaveLength(1)
})

test('a connection is not used again after a statement has failed', async () => {
  const tenantId = await registered()
  const failing = withTypedErrors({ read: () => database.readForTenant(tenantId, 'SELECT 1 / 0') })
  await expect(failing.read()).rejects.toMatchObject({ code: 'INTERNAL', cause: { state: '22012' } })
  expect(await database.readForTenant(tenantId, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await database.forTenant(tenantId, (transaction) => transaction.registration.count())).toBe(1)
})

test('a registration is read as it was written, by both drivers', async () => {
  const tenantId = await registered()
  const read = await stores.registrations.find(tenantId)
  expect(await stores.transact(tenantId, ({ registration }) => registration.find())).toEqual(read)
  expect(read).toMatchObject({
    registration: {
      tenantId,
      version: 1,
      exportOption: 'EXPORT_SELECTED',
      updatedAt: new Date('2026-11-23T09:30:00.123Z'),
      entities: [
        { name: 'site', active: true, activatedAt: new Date('2026-11-23T09:30:00.123Z'), deactivatedAt: null },
        { name: 'user', active: true, activatedAt: new Date('2026-11-23T09:30:00.123Z'), deactivatedAt: null },
      ],
    },
    pausedAt: null,
    scheduledVersion: null,
    scheduleError: null,
  })
})
