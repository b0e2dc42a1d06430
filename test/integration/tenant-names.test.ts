import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { replaceRegistration } from '../../src/domain/registration.js'
import { attack } from '../support/attacks.js'
import { anActor, change, selected } from '../support/builders.js'
import { openStores, type Stores } from '../support/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const register = (tenantId: string) =>
  stores.registrations.replace(anActor(tenantId), (current) =>
    replaceRegistration(current, selected('user'), change('2026-11-23T09:30:00Z', 'tester', tenantId)),
  )

const addKey = (tenantId: string) => {
  const blob = Buffer.from(randomUUID()).toString('base64')
  const key = { id: randomUUID(), type: 'ssh-ed25519' as const, blob, label: '', addedBy: 'tester' }
  const fingerprint = `SHA256:${'a'.repeat(43)}`
  return stores.sftpKeys.add(anActor(tenantId), { ...key, fingerprint, addedAt: new Date() }, () => true)
}

const differsInCase = /^The tenant's id .* can't be used: another tenant's differs from it only in case\.$/

test('a tenant whose id differs from another one only in case can neither register nor add a key', async () => {
  attack({ name: 'two tenants whose ids differ only in case' })
  expect(await register('Acme.EU')).toMatchObject({ changed: true })
  expect(await addKey('Acme.EU')).toBe(true)
  for (const other of ['acme.eu', 'ACME.EU']) {
    await expect(register(other)).rejects.toThrow(differsInCase)
    await expect(addKey(other)).rejects.toThrow(differsInCase)
    expect(await stores.registrations.find(other)).toBeUndefined()
    expect(await stores.sftpKeys.list(other)).toEqual([])
  }
  expect(await register('acme-eu')).toMatchObject({ changed: true })
})

test('of two that come at the same time one is refused', async () => {
  const outcomes = await Promise.allSettled(['Globex', 'GLOBEX', 'globex', 'gloBex'].map(addKey))
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
})

test('an id stays its tenant’s when the registration is removed', async () => {
  await register('Initech')
  await stores.registrations.remove(anActor('Initech'))
  await expect(register('initech')).rejects.toThrow(differsInCase)
  expect(await register('Initech')).toMatchObject({ changed: true })
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

test('a tenant that an earlier release knew by such a name goes on', async () => {
  await stores.query(`INSERT INTO tenant_name (folded, tenant_id) VALUES ('prn', 'prn')`)
  expect(await register('prn')).toMatchObject({ changed: true })
})
