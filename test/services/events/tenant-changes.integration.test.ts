import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandActor } from '../../../src/domain/actor.js'
import { createSftpKeys } from '../../../src/services/sftp-keys.js'
import { createOverdueEvents } from '../../../src/services/events/overdue-events.js'
import { removeRegistration } from '../../../src/services/registrations/remove-registration.js'
import { schemaProblems } from '../../support/events/event-schema.js'
import { aCatalog, anActor, anEntity, smallCatalog } from '../../support/world/builders.js'
import { keyLine } from '../../support/sftp/ssh-keys.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

let services: TestServices
beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

async function eventsOf(tenantId: string) {
  const events = await services.stores.tenantEvents.after(tenantId, 0, 100)
  expect(events.flatMap(schemaProblems)).toEqual([])
  return events.map(({ type, data }) => ({ type, ...data }))
}

describe('changes of a registration', () => {
  test('each change has an event with what it made of the registration, and a repeated call has none', async () => {
    const actor = anActor(newTenant(), 'ada')
    const registrations = services.registrations()
    const replace = (input: Parameters<typeof registrations.replace>[1]) => registrations.replace(actor, input)
    await replace({ entityList: 'user, user logins' })
    await replace({ entityList: 'user, user logins' })
    await replace({ entityList: 'user', frequency: 'WEEKLY' })
    await registrations.pause(actor)
    await registrations.pause(actor)
    await registrations.resume(actor)
    await replace({ exportOption: 'DISABLE_EXPORT' })
    const schedules = services.scheduleSync()
    await removeRegistration({ ...services.stores, schedules }, { ...actor, isOperator: true })
    const base = { type: 'registration.changed', by: 'ada' }
    expect(await eventsOf(actor.tenantId)).toMatchObject([
      { ...base, action: 'REPLACED', version: 1, activated: ['user', 'user_login_events'] },
      {
        ...base,
        action: 'REPLACED',
        frequency: 'WEEKLY',
        activeEntities: ['user'],
        deactivated: ['user_login_events'],
      },
      { ...base, action: 'PAUSED', version: 2 },
      { ...base, action: 'RESUMED', version: 2 },
      { ...base, action: 'DISABLED', version: 3, activeEntities: [], deactivated: ['user'] },
      { ...base, action: 'REMOVED', by: 'operator' },
    ])
  })

  test('a refused call has no event', async () => {
    const actor = anActor(newTenant())
    const registrations = services.registrations()
    expect(await registrations.replace(actor, { entityList: 'no such entity' })).toMatchObject({ ok: false })
    expect(await registrations.replace(actor, { entityList: 'user', expectedVersion: 5 })).toMatchObject({ ok: false })
    expect(await eventsOf(actor.tenantId)).toEqual([])
  })

  test('a change of columns has an event of its own in the same transaction', async () => {
    const actor = anActor(newTenant())
    const user = anEntity('user')
    const name = { name: 'name', type: 'string', description: 'The name.', nullable: true } as const
    const catalog = aCatalog({ ...user, columns: [...user.columns, name] })
    const registrations = services.registrations({ catalog })
    await registrations.replace(actor, { entityList: 'user' })
    await registrations.replace(actor, { entityList: 'user', columns: [{ entity: 'user', exclude: ['name'] }] })
    const [, , changed] = await eventsOf(actor.tenantId)
    expect(changed).toMatchObject({
      ...{ type: 'export.columns.changed', cause: 'REGISTRATION', effective: 'NEXT_FILE' },
      entities: [{ entity: 'user', removed: ['name'], after: ['code', 'updated_at'] }],
    })
  })
})

describe('SFTP keys of a tenant', () => {
  test('an added and a removed key have events with the fingerprint, and never the key', async () => {
    const { stores, events } = services
    const endpoint = { host: 'sftp.test', port: 22, hostKeyFingerprints: [] }
    const keys = createSftpKeys({ ...stores, endpoint, events })
    const actor = anActor(newTenant(), 'ada')
    const line = keyLine('ssh-ed25519', randomBytes(32))
    const added = await keys.add(actor, { publicKey: line, label: 'loader' })
    if (!added.ok) throw new Error(added.userErrors[0]?.message)
    await keys.remove(commandActor(actor.tenantId), added.value.id)
    await keys.remove(actor, added.value.id)
    const of = { fingerprint: added.value.fingerprint, label: 'loader', keyType: 'ssh-ed25519' }
    const found = await eventsOf(actor.tenantId)
    expect(found).toEqual([
      { type: 'sftp_key.added', ...of, by: 'ada' },
      { type: 'sftp_key.removed', ...of, by: 'operator' },
    ])
    expect(JSON.stringify(found)).not.toContain(added.value.blob)
  })
})

describe('overdue files', () => {
  test('a boundary has one event, also if several processes find it, and the next boundary has another', async () => {
    const actor = anActor(newTenant())
    await services.registrations().replace(actor, { entityList: 'user, user logins' })
    await services.stores.query(
      `UPDATE registered_entity SET activated_at = '2026-11-20T00:00:00Z' WHERE tenant_id = $1 AND entity = 'user'`,
      [actor.tenantId],
    )
    const { signal } = new AbortController()
    const overdue = (day: string) => ({
      tenantId: actor.tenantId,
      dueAt: new Date(`2026-11-${day}T00:00:00Z`),
      expectedBy: new Date(`2026-11-${day}T02:00:00Z`),
    })
    const [one, other] = [0, 1].map(() => createOverdueEvents({ ...services.stores, catalog: smallCatalog }))
    await one!.keep([overdue('23')], signal)
    await one!.keep([overdue('23')], signal)
    await other!.keep([overdue('23')], signal)
    await one!.keep([overdue('24')], signal)
    const [, ...found] = await eventsOf(actor.tenantId)
    expect(found).toEqual(
      ['23', '24'].map((day) => ({
        type: 'export.overdue',
        dueAt: `2026-11-${day}T00:00:00.000Z`,
        expectedBy: `2026-11-${day}T02:00:00.000Z`,
        entities: [{ entity: 'user', coveredUntil: null }],
      })),
    )
  })
})
