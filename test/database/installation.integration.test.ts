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
  const [row] = await stores.query('SELECT id FROM installation')
  expect(await stores.installation.find()).toEqual({
    id: row?.['id'],
    createdAt: expect.any(Date) as Date,
    serverId: null,
    serverMarkedAt: null,
  })
})

test('a database refuses a second installation', async () => {
  const second = stores.query('INSERT INTO installation (id, created_at) VALUES (gen_random_uuid(), now())')
  await expect(second).rejects.toMatchObject({ code: '23505' })
})
