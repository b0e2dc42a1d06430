import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'

let place: TestDatabase
let database: Database
beforeAll(async () => {
  place = await createMigratedDatabase()
  database = openDatabase({ url: place.serviceUrl, poolSize: 4 })
})
afterAll(async () => {
  await database.close()
  await place[Symbol.asyncDispose]()
})

/** Transactions that stay open until they are ended. */
function heldTransactions(tenantId: string, count: number, options?: Parameters<Database['forTenant']>[2]) {
  const begun: (() => void)[] = []
  const all = Array.from({ length: count }, () =>
    database.forTenant(tenantId, () => new Promise<void>((resolve) => void begun.push(resolve)), options),
  )
  const endAll = async (): Promise<void> => {
    for (let ended = 0; ended < count; ended++) {
      await expect.poll(() => begun.length).toBeGreaterThan(0)
      begun.shift()?.()
    }
    await Promise.all(all)
  }
  return { begun, endAll }
}

test('a tenant has at most half of the connections, readers included, and another tenant gets one at once', async () => {
  const flood = heldTransactions('acme', 30)
  await expect.poll(() => flood.begun.length).toBe(2)
  expect(await database.forTenant('globex', async () => 'answered')).toBe('answered')
  expect(flood.begun).toHaveLength(2)
  await flood.endAll()
})

test('a tenant waits for a lock of its own with one connection, and can be read meanwhile', async () => {
  const writers = heldTransactions('acme', 30, { lock: 'registration' })
  await expect.poll(() => writers.begun.length).toBe(1)
  expect(await database.forTenant('acme', async () => 'read')).toBe('read')
  expect(await database.forTenant('acme', async () => 'another lock', { lock: 'sftp-keys' })).toBe('another lock')
  expect(await database.forTenant('globex', async () => 'another tenant', { lock: 'registration' })).toBe(
    'another tenant',
  )
  expect(writers.begun).toHaveLength(1)
  await writers.endAll()
})

test('a transaction that fails gives back its connection and its lock', async () => {
  const failing = Array.from({ length: 10 }, () =>
    database.forTenant('acme', () => Promise.reject(new Error('failed')), { lock: 'registration' }),
  )
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(failing.map(() => 'rejected'))
  expect(await database.forTenant('acme', async () => 'answered', { lock: 'registration' })).toBe('answered')
})
