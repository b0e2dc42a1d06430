import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { applyMigrations } from '../../src/database/migrate.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { attack } from '../support/attacks.js'
import { change, selected } from '../support/world/builders.js'
import { createTestDatabase } from '../support/postgres/postgres.js'
import { addSftpKey, dropRegistration, openStores, type Stores, writeRegistration } from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const register = (tenantId: string) =>
  writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, selected('user'), change('2026-11-23T09:30:00Z', 'tester', tenantId)),
  )

const addKey = (tenantId: string) => {
  const blob = Buffer.from(randomUUID()).toString('base64')
  const key = { id: randomUUID(), type: 'ssh-ed25519' as const, blob, label: '', addedBy: 'tester' }
  const fingerprint = `SHA256:${'a'.repeat(43)}`
  return addSftpKey(stores, tenantId, { ...key, fingerprint, addedAt: new Date() })
}

const differsInCase = /^The tenant's id .* can't be used: another tenant's differs from it only in case\.$/

test('a tenant whose id differs from another one only in case can neither register nor add a key', async () => {
  attack({ name: 'two tenants whose ids differ only in case' })
  expect(await register('Acme.EU')).toMatchObject({ registration: { version: 1 } })
  await addKey('Acme.EU')
  for (const other of ['acme.eu', 'ACME.EU']) {
    await expect(register(other)).rejects.toThrow(differsInCase)
    await expect(addKey(other)).rejects.toThrow(differsInCase)
    expect(await stores.registrations.find(other)).toBeUndefined()
    expect(await stores.sftpKeys.list(other)).toEqual([])
  }
  expect(await register('acme-eu')).toMatchObject({ registration: { version: 1 } })
})

test('only one of two tenants that differ in case and register at once succeeds', async () => {
  const outcomes = await Promise.allSettled(['Globex', 'GLOBEX', 'globex', 'gloBex'].map(addKey))
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
})

test('an id stays reserved for its tenant after the registration is removed', async () => {
  await register('Initech')
  await dropRegistration(stores, 'Initech')
  await expect(register('initech')).rejects.toThrow(differsInCase)
  expect(await register('Initech')).toMatchObject({ registration: { version: 1 } })
})

test.each(['con', 'NUL', 'aux.backup', 'COM1', 'lpt9'])(
  'the device name %s is refused as a new tenant’s id',
  async (id) => {
    attack({ name: 'a tenant named like a device on Windows' })
    await expect(register(id)).rejects.toThrow(/it is the name of a device on Windows servers/)
    await expect(addKey(id)).rejects.toThrow(/it is the name of a device on Windows servers/)
    expect(await stores.query('SELECT * FROM tenant_name WHERE tenant_id = $1', [id])).toEqual([])
  },
)

test('a tenant with a device name from an earlier release continues to work', async () => {
  await stores.query(`INSERT INTO tenant_name (folded, tenant_id) VALUES ('prn', 'prn')`)
  expect(await register('prn')).toMatchObject({ registration: { version: 1 } })
})

test('the tenants of the last release keep their ids, whatever they are', async () => {
  await using database = await createTestDatabase()
  const older = await mkdtemp(join(tmpdir(), 'tidemark-migrations-'))
  onTestFinished(() => rm(older, { recursive: true }))
  await cp('prisma/migrations', older, { recursive: true })
  for (const name of await readdir(older)) {
    if (name >= '20261127150000') await rm(join(older, name), { recursive: true })
  }
  const migration = { url: database.url, schema: 'tidemark' }
  await applyMigrations({ ...migration, folder: older })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`
    INSERT INTO tidemark.registration (tenant_id, version, export_option, frequency, created_at, updated_at, updated_by)
      VALUES ('acme', 1, 'EXPORT_ALL', 'DAILY', now(), now(), 'x');
    INSERT INTO tidemark.sftp_key (id, tenant_id, type, public_key, fingerprint, label, added_at, added_by)
      VALUES (gen_random_uuid(), 'con', 'ssh-ed25519', 'AAAA', 'SHA256:${'a'.repeat(43)}', 'x', now(), 'x')`)
  await applyMigrations({ ...migration, folder: 'prisma/migrations' })
  const { rows } = await client.query('SELECT folded, tenant_id FROM tidemark.tenant_name ORDER BY 1')
  await client.end()
  expect(rows).toEqual([
    { folded: 'acme', tenant_id: 'acme' },
    { folded: 'con', tenant_id: 'con' },
  ])
})
