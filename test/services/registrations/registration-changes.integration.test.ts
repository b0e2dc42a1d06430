import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Actor } from '../../../src/domain/actor.js'
import type { Outcome } from '../../../src/services/outcome.js'
import type { Registrations } from '../../../src/services/registrations/registrations.js'
import type { Replacement } from '../../../src/services/registrations/registration-view.js'
import { anActor, smallCatalog } from '../../support/world/builders.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

let services: TestServices
let registrations: Registrations
beforeAll(async () => {
  services = await openServices()
  registrations = services.registrations()
})
afterAll(() => services[Symbol.asyncDispose]())

const fileFormat = { compression: 'GZIP', delimiter: 'PIPE' } as const

/** A tenant whose registration differs from the defaults in everything. */
async function registered(entityList = 'user, user logins'): Promise<Actor> {
  const actor = anActor(newTenant(), 'alice')
  valueOf(await registrations.replace(actor, { entityList, frequency: 'WEEKLY', fileFormat }))
  return actor
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

function told(outcome: Outcome<unknown>): string[] {
  return outcome.ok ? [] : outcome.userErrors.map(({ code }) => code)
}

function changesOf({ registration, activated, deactivated, changed }: Replacement) {
  const names = (entities: readonly { name: string }[]) => entities.map(({ name }) => name)
  const { version, exportOption, frequency } = registration
  const { compression, delimiter } = registration.fileFormat
  return {
    changed,
    version,
    list: names(registration.listed),
    activated: names(activated),
    deactivated: names(deactivated),
    kept: [exportOption, frequency, compression, delimiter],
  }
}

const kept = ['EXPORT_SELECTED', 'WEEKLY', 'GZIP', 'PIPE']

test('entities are added to a list and taken from it, and nothing else changes', async () => {
  const actor = await registered()
  const added = await registrations.addEntities(actor, { entityList: ['SITE_CATEGORY', 'user'], expectedVersion: 1 })
  expect(changesOf(valueOf(added))).toEqual({
    changed: true,
    version: 2,
    list: ['user', 'user_login_events', 'site_category'],
    activated: ['site_category'],
    deactivated: [],
    kept,
  })
  const removed = await registrations.removeEntities(actor, { entityList: 'user_login_events, must reads' })
  expect(changesOf(valueOf(removed))).toEqual({
    changed: true,
    version: 3,
    list: ['user', 'site_category'],
    activated: [],
    deactivated: ['user_login_events'],
    kept,
  })
  expect((await registrations.changes(actor, 5)).map(({ version }) => version)).toEqual([3, 2, 1])
})

test('adding a listed entity or removing one that is not listed changes nothing', async () => {
  const actor = await registered()
  for (const outcome of [
    await registrations.addEntities(actor, { entityList: 'user' }),
    await registrations.removeEntities(actor, { entityList: 'site category' }),
  ]) {
    expect(valueOf(outcome)).toMatchObject({
      changed: false,
      activated: [],
      deactivated: [],
      registration: { version: 1 },
    })
  }
})

test('ten entities that are added at the same time are all there afterwards', async () => {
  const actor = await registered('user')
  const others = smallCatalog.entities.map(({ displayName }) => displayName)
  await Promise.all(others.map((entityList) => registrations.addEntities(actor, { entityList })))
  const current = await registrations.current(actor, { includeInactive: false })
  expect(current?.listed.map(({ displayName }) => displayName)).toEqual(others)
})

test('a list that is missing, unused or would become empty is not changed', async () => {
  const nobody = anActor(newTenant())
  const everything = await registered()
  valueOf(await registrations.replace(everything, { exportOption: 'EXPORT_ALL' }))
  const disabled = await registered()
  valueOf(await registrations.replace(disabled, { exportOption: 'DISABLE_EXPORT' }))
  const small = await registered('user')
  const ask = async (actor: Actor, entityList: string) => [
    told(await registrations.addEntities(actor, { entityList })),
    told(await registrations.removeEntities(actor, { entityList })),
  ]
  expect(await ask(nobody, 'user')).toEqual([['NOT_REGISTERED'], ['NOT_REGISTERED']])
  expect(await ask(everything, 'user')).toEqual([[], ['EVERYTHING_EXPORTED']])
  expect(await ask(disabled, 'user')).toEqual([['EXPORT_DISABLED'], ['EXPORT_DISABLED']])
  expect(await ask(small, 'user')).toEqual([[], ['ENTITY_LIST_REQUIRED']])
  expect(await ask(small, 'users')).toEqual([['UNKNOWN_ENTITIES'], ['UNKNOWN_ENTITIES']])
  expect(await ask(small, ' ,')).toEqual([['ENTITY_LIST_REQUIRED'], ['ENTITY_LIST_REQUIRED']])
  expect((await registrations.current(small, { includeInactive: true }))?.version).toBe(1)
})

test('a caller that expected another version gets the current registration', async () => {
  const actor = await registered()
  const stale = { entityList: 'user', expectedVersion: 7 }
  for (const outcome of [
    await registrations.replace(actor, stale),
    await registrations.preview(actor, stale),
    await registrations.addEntities(actor, stale),
    await registrations.removeEntities(actor, stale),
  ]) {
    expect(told(outcome)).toEqual(['VERSION_CONFLICT'])
    expect(outcome).toMatchObject({ current: { version: 1, frequency: 'WEEKLY' } })
  }
  expect(await registrations.replace(anActor(newTenant()), stale)).not.toHaveProperty('current')
})

test('a disabled export keeps its list, frequency and file format for the next time', async () => {
  const actor = await registered()
  valueOf(await registrations.replace(actor, { exportOption: 'DISABLE_EXPORT' }))
  const off = await registrations.current(actor, { includeInactive: false })
  expect(off).toMatchObject({ frequency: 'WEEKLY', fileFormat, entities: [], schedule: { state: 'PAUSED' } })
  const entityList = off!.listed.map(({ displayName }) => displayName)
  expect(entityList).toEqual(['user', 'user logins'])
  const { frequency, fileFormat: format } = off!
  const on = await registrations.replace(actor, { entityList, frequency, fileFormat: format })
  expect(changesOf(valueOf(on))).toMatchObject({ list: ['user', 'user_login_events'], kept })
})

test('a pause stops the schedule and nothing else, until it is resumed', async () => {
  const actor = await registered()
  const schedule = services.temporal.client.schedule.getHandle(`export-${actor.tenantId}`)
  const expectPaused = (paused: boolean) =>
    vi.waitFor(async () => expect((await schedule.describe()).state).toMatchObject({ paused }), 20_000)

  const paused = valueOf(await registrations.pause(actor))
  expect(paused).toMatchObject({
    version: 1,
    frequency: 'WEEKLY',
    pausedAt: expect.any(Date),
    schedule: { state: 'PAUSED', nextRunTimes: [] },
  })
  await expectPaused(true)
  expect(valueOf(await registrations.pause(actor)).pausedAt).toEqual(paused.pausedAt)

  // A new list is not the end of a pause.
  const added = valueOf(await registrations.addEntities(actor, { entityList: 'must reads' }))
  expect(added.registration).toMatchObject({ version: 2, pausedAt: paused.pausedAt, schedule: { state: 'PAUSED' } })
  await expectPaused(true)

  const resumed = valueOf(await registrations.resume(actor))
  expect(resumed).toMatchObject({ version: 2, pausedAt: null, schedule: { state: 'ACTIVE' } })
  expect(resumed.schedule.nextRunTimes).toHaveLength(12)
  await expectPaused(false)

  const events = await services.stores.query('SELECT action FROM audit_event WHERE tenant_id = $1 ORDER BY at, id', [
    actor.tenantId,
  ])
  expect(events.map(({ action }) => action)).toEqual([
    'REGISTRATION_REPLACED',
    'EXPORT_PAUSED',
    'REGISTRATION_REPLACED',
    'EXPORT_RESUMED',
  ])
})

test('a pause that Temporal does not receive is PENDING, and applied later', async () => {
  const actor = await registered()
  const gateway = services.unreachable.schedules
  const cut = services.registrations({ schedules: services.scheduleSync({ gateway }) })
  expect(valueOf(await cut.pause(actor)).schedule.state).toBe('PENDING')
  await services.scheduleSync().reconcile({ all: false })
  const current = await registrations.current(actor, { includeInactive: false })
  expect(current?.schedule).toMatchObject({ state: 'PAUSED', error: null })
})

test('a tenant that is not registered has nothing to pause or resume', async () => {
  const actor = anActor(newTenant())
  expect([told(await registrations.pause(actor)), told(await registrations.resume(actor))]).toEqual([
    ['NOT_REGISTERED'],
    ['NOT_REGISTERED'],
  ])
})
