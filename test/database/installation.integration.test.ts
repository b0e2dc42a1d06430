import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(async () => {
  await stores?.[Symbol.asyncDispose]()
})

test('the migration gives a database its installation, which has no SFTP server yet', async () => {
  const [row] = await stores.query('SELECT id, server_id FROM installation')
  expect(row).toEqual({ id: await stores.installation.id(), server_id: null })
})

test('the copy of a database gets an id of its own', async () => {
  const before = await stores.installation.id()
  const renewed = await stores.installation.renew()
  expect(renewed).not.toBe(before)
  expect(await stores.installation.id()).toBe(renewed)
})

test('a database refuses a second installation', async () => {
  const second = stores.query('INSERT INTO installation (id, created_at) VALUES (gen_random_uuid(), now())')
  await expect(second).rejects.toMatchObject({ code: '23505' })
})
