import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../../src/domain/actor.js'
import { mostPgpKeys } from '../../src/domain/pgp-key.js'
import { readPublicKey } from '../../src/pgp/read-public-key.js'
import { createPgpKeys, type PgpKeys } from '../../src/services/pgp-keys.js'
import type { Registrations } from '../../src/services/registrations/registrations.js'
import { GpgHome } from '../support/pgp/gpg.js'
import { anActor } from '../support/world/builders.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { newTenant } from '../support/world/stores.js'

let services: TestServices
let registrations: Registrations
let keys: PgpKeys
let gpg: GpgHome
beforeAll(async () => {
  gpg = await GpgHome.open()
  services = await openServices()
  registrations = services.registrations()
  const { stores, events } = services
  keys = createPgpKeys({ ...stores, events, readPublicKey, signingKey: async () => undefined })
})
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await gpg[Symbol.asyncDispose]()
})

const actor = (): Actor => anActor(newTenant(), 'admin-1')

async function add(who: Actor, name: string): Promise<string> {
  const fingerprint = await gpg.generate(`${name}-${who.tenantId}`)
  const added = await keys.add(who, { publicKey: await gpg.export(fingerprint), label: name })
  if (!added.ok) throw new Error(added.userErrors[0]?.message)
  return fingerprint
}

const codesOf = (outcome: { readonly ok: boolean; readonly userErrors?: readonly { readonly code: string }[] }) =>
  outcome.userErrors?.map(({ code }) => code) ?? []

test('a key that was added and removed is in the audit log with its fingerprint, and without its text', async () => {
  const who = actor()
  const fingerprint = await add(who, 'audited')
  expect((await keys.list(who)).keys).toMatchObject([{ fingerprint, label: 'audited', addedBy: 'admin-1' }])
  expect((await keys.remove(who, fingerprint)).ok).toBe(true)
  expect((await keys.list(who)).keys).toEqual([])
  const events = await services.stores.query(
    `SELECT action, target, before::text, after::text FROM audit_event WHERE tenant_id = '${who.tenantId}' ORDER BY at, id`,
  )
  expect(events).toMatchObject([
    { action: 'PGP_KEY_ADDED', target: fingerprint },
    { action: 'PGP_KEY_REMOVED', target: fingerprint },
  ])
  expect(JSON.stringify(events)).not.toContain('BEGIN PGP')
})

test('encryption without a key is refused and changes nothing, also in a preview', async () => {
  const who = actor()
  const input = { entityList: 'user', encryption: { pgp: {} } }
  expect(codesOf(await registrations.replace(who, input))).toEqual(['PGP_KEY_UNUSABLE'])
  expect(codesOf(await registrations.preview(who, input))).toEqual(['PGP_KEY_UNUSABLE'])
  expect(await registrations.current(who, { includeInactive: true })).toBeNull()
  await add(who, 'first')
  const unsigned = await registrations.replace(who, { ...input, encryption: { pgp: { sign: true } } })
  expect(codesOf(unsigned)).toEqual(['SIGNING_UNAVAILABLE'])
  expect((await registrations.replace(who, input)).ok).toBe(true)
  expect((await registrations.current(who, { includeInactive: false }))?.encryption).toEqual({
    pgp: { publicKeys: null, sign: false },
  })
})

test('a key that the registration needs stays until the registration no longer needs it', async () => {
  const who = actor()
  const [first, second] = [await add(who, 'first'), await add(who, 'second')]
  const register = (publicKeys: string[] | null) =>
    registrations.replace(who, { entityList: 'user', encryption: { pgp: { publicKeys } } })
  await register([first])
  expect(codesOf(await keys.remove(who, first))).toEqual(['PGP_KEY_IN_USE'])
  await register(null)
  expect((await keys.remove(who, first)).ok).toBe(true)
  expect(codesOf(await keys.remove(who, second))).toEqual(['PGP_KEY_IN_USE'])
  await registrations.replace(who, { entityList: 'user' })
  expect((await keys.remove(who, second)).ok).toBe(true)
})

test('a registration cannot begin to use a key that is removed at the same time', async () => {
  const who = actor()
  const key = await add(who, 'contested')
  const [removed, registered] = await Promise.all([
    keys.remove(who, key),
    registrations.replace(who, { entityList: 'user', encryption: { pgp: { publicKeys: [key] } } }),
  ])
  expect([removed.ok, registered.ok].filter(Boolean)).toHaveLength(1)
})

test('a tenant has at most ten keys', async () => {
  const who = actor()
  for (let index = 0; index < mostPgpKeys; index += 1) await add(who, `key${index}`)
  const publicKey = await gpg.export(await gpg.generate('surplus'))
  expect(codesOf(await keys.add(who, { publicKey, label: 'surplus' }))).toEqual(['TOO_MANY_KEYS'])
})
