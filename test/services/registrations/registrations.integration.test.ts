import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Actor } from '../../../src/domain/actor.js'
import { nextBoundaries } from '../../../src/domain/calendar.js'
import type { Outcome } from '../../../src/services/outcome.js'
import type { RegistrationInput } from '../../../src/services/registrations/registration-input.js'
import type { Registrations } from '../../../src/services/registrations/registrations.js'
import type { RegistrationView } from '../../../src/services/registrations/registration-view.js'
import { atMidnight, aCatalog, anActor, smallCatalog } from '../../support/world/builders.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

let services: TestServices
let registrations: Registrations

beforeAll(async () => {
  services = await openServices()
  registrations = services.registrations()
})
afterAll(() => services[Symbol.asyncDispose]())

const newActor = (): Actor => anActor(newTenant(), 'alice')

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

async function replace(actor: Actor, input: RegistrationInput, use: Registrations = registrations) {
  return valueOf(await use.replace(actor, input))
}

const displayNames = (entities: readonly { displayName: string }[]): string[] => entities.map((e) => e.displayName)
const shown = (view: RegistrationView | null): string[] =>
  (view?.entities ?? []).map(({ entity, active }) => `${entity.displayName}${active ? '' : ' (inactive)'}`)

/** Everything that a call could have changed. */
async function everythingOf(actor: Actor) {
  return {
    current: await registrations.current(actor, { includeInactive: true }),
    changes: await registrations.changes(actor, 100),
    stored: await services.stores.registrations.find(actor.tenantId),
  }
}

describe('registering', () => {
  test('registering returns the registration, its schedule and the activated entities', async () => {
    const actor = newActor()
    const made = await replace(actor, { entityList: ['user', 'User Logins'], frequency: 'WEEKLY' })
    expect(made.registration).toMatchObject({
      tenantId: actor.tenantId,
      version: 1,
      exportOption: 'EXPORT_SELECTED',
      frequency: 'WEEKLY',
      updatedBy: 'alice',
      schedule: {
        scheduleId: `export-${actor.tenantId}`,
        state: 'ACTIVE',
        nextRunTimes: nextBoundaries(atMidnight('WEEKLY'), new Date(), 12),
        error: null,
      },
    })
    expect(displayNames(made.activated)).toEqual(['user', 'user logins'])
    expect([made.deactivated, made.unchanged]).toEqual([[], []])
    expect(await registrations.current(actor, { includeInactive: true })).toEqual(made.registration)
  })

  test('registering replaces the whole registration, and deactivates entities that are not in the list', async () => {
    const actor = newActor()
    await replace(actor, { entityList: 'user, site category', frequency: 'MONTHLY' })
    const second = await replace(actor, { entityList: 'must reads, user' })
    expect(displayNames(second.activated)).toEqual(['must reads'])
    expect(displayNames(second.deactivated)).toEqual(['site category'])
    expect(displayNames(second.unchanged)).toEqual(['user'])
    expect(second.registration).toMatchObject({ version: 2, frequency: 'DAILY' })
    expect(shown(second.registration)).toEqual(['user', 'site category (inactive)', 'must reads'])
  })

  test('a client adds one entity by submitting the list that it read, with one more', async () => {
    const actor = newActor()
    await replace(actor, { entityList: 'user, must reads' })
    const current = await registrations.current(actor, { includeInactive: false })
    const entityList = [...shown(current), 'site category']
    const next = await replace(actor, { entityList, expectedVersion: current!.version })
    expect(displayNames(next.activated)).toEqual(['site category'])
    expect([next.deactivated.length, next.unchanged.length]).toEqual([0, 2])
  })

  test('EXPORT_ALL takes every entity and ignores the list', async () => {
    const made = await replace(newActor(), { exportOption: 'EXPORT_ALL', entityList: 'no such thing' })
    expect(displayNames(made.activated)).toEqual(displayNames(smallCatalog.entities))
  })

  test('DISABLE_EXPORT deactivates all entities, keeps them visible and pauses the schedule', async () => {
    const actor = newActor()
    await replace(actor, { entityList: 'user, must reads' })
    const off = await replace(actor, { exportOption: 'DISABLE_EXPORT' })
    expect(displayNames(off.deactivated).toSorted()).toEqual(['must reads', 'user'])
    expect(off.registration.schedule).toMatchObject({ state: 'PAUSED', nextRunTimes: [] })
    expect(shown(await registrations.current(actor, { includeInactive: false }))).toEqual([])
    expect(shown(await registrations.current(actor, { includeInactive: true }))).toEqual([
      'user (inactive)',
      'must reads (inactive)',
    ])
    const on = await replace(actor, { entityList: 'user' })
    expect(displayNames(on.activated)).toEqual(['user'])
    expect(on.registration.schedule.state).toBe('ACTIVE')
  })

  test('a registration belongs to the tenant of the token and to no other (promise 13)', async () => {
    const [actor, other] = [newActor(), newActor()]
    await replace(actor, { entityList: 'user' })
    expect(await registrations.current(other, { includeInactive: true })).toBeNull()
    expect(await registrations.changes(other, 10)).toEqual([])
    await replace(other, { entityList: 'must reads' })
    expect(shown(await registrations.current(actor, { includeInactive: true }))).toEqual(['user'])
  })

  test('each change of a registration is kept with actor, time, before and after', async () => {
    const actor = newActor()
    const first = await replace(actor, { entityList: 'user' })
    await replace({ ...actor, subject: 'bob' }, { exportOption: 'DISABLE_EXPORT' })
    const changes = await registrations.changes(actor, 10)
    expect(changes).toMatchObject([
      { version: 2, changedBy: 'bob', before: { version: 1 }, after: { exportOption: 'DISABLE_EXPORT' } },
      { version: 1, changedBy: 'alice', changedAt: first.registration.updatedAt, before: null },
    ])
  })
})

describe('an entity that came to the catalog after EXPORT_ALL', () => {
  const grown = aCatalog(...smallCatalog.entities, 'comment')

  test('an entity that is new in the catalog is active under EXPORT_ALL, and visible as inactive once the export is disabled', async () => {
    const actor = newActor()
    await replace(actor, { exportOption: 'EXPORT_ALL' })
    const later = services.registrations({ catalog: grown })
    expect(shown(await later.current(actor, { includeInactive: false }))).toContain('comment')
    const input = { exportOption: 'DISABLE_EXPORT' } as const
    const foreseen = valueOf(await later.preview(actor, input))
    const off = await replace(actor, input, later)
    for (const { deactivated, registration } of [foreseen, off]) {
      expect(displayNames(deactivated)).toContain('comment')
      expect(shown(registration)).toContain('comment (inactive)')
    }
  })
})

describe('input that is refused', () => {
  test.each<[string, RegistrationInput, string]>([
    ['unknown names beside good ones', { entityList: 'user, nonsense, more nonsense' }, 'UNKNOWN_ENTITIES'],
    ['an empty list', { entityList: [] }, 'ENTITY_LIST_REQUIRED'],
    ['no list', { exportOption: 'EXPORT_SELECTED', entityList: null }, 'ENTITY_LIST_REQUIRED'],
    ['a version that is past', { entityList: 'site category', expectedVersion: 1 }, 'VERSION_CONFLICT'],
    ['a version to come', { exportOption: 'DISABLE_EXPORT', expectedVersion: 3 }, 'VERSION_CONFLICT'],
    ['that there was none yet', { exportOption: 'EXPORT_ALL', expectedVersion: 0 }, 'VERSION_CONFLICT'],
  ])('a refused call changes nothing: %s', async (_what, input, code) => {
    const actor = newActor()
    await replace(actor, { entityList: 'user' })
    await replace(actor, { entityList: 'user, must reads' })
    const before = await everythingOf(actor)
    for (const outcome of [await registrations.replace(actor, input), await registrations.preview(actor, input)]) {
      expect(outcome).toMatchObject({ ok: false, userErrors: [{ code }] })
    }
    expect(await everythingOf(actor)).toEqual(before)
  })

  test('a refused call registers no tenant', async () => {
    const actor = newActor()
    await registrations.replace(actor, { entityList: 'nonsense' })
    await registrations.replace(actor, { entityList: 'user', expectedVersion: 1 })
    expect(await everythingOf(actor)).toEqual({ current: null, changes: [], stored: undefined })
  })
})

describe('expectedVersion', () => {
  test('a call with the current expectedVersion succeeds, and 0 means no registration yet', async () => {
    const actor = newActor()
    expect((await replace(actor, { entityList: 'user', expectedVersion: 0 })).registration.version).toBe(1)
    expect((await replace(actor, { entityList: 'user logins', expectedVersion: 1 })).registration.version).toBe(2)
    expect((await replace(actor, { entityList: 'user', expectedVersion: null })).registration.version).toBe(3)
  })

  test('an unchanged registration keeps its version, but a stale expectedVersion is refused', async () => {
    const actor = newActor()
    const first = await replace(actor, { entityList: 'user, user logins', frequency: 'WEEKLY' })
    expect([first.changed, first.registration.version]).toEqual([true, 1])
    const again = await replace(actor, { entityList: ['User Logins', 'user'], frequency: 'WEEKLY', expectedVersion: 1 })
    expect(again).toEqual({ ...first, changed: false, activated: [], unchanged: first.activated.toReversed() })
    const preview = await registrations.preview(actor, { entityList: 'user, user logins', frequency: 'WEEKLY' })
    expect(preview).toMatchObject({ ok: true, value: { changed: false, registration: { version: 1 } } })
    const stale = await registrations.replace(actor, { entityList: 'user, user logins', expectedVersion: 0 })
    expect(stale).toMatchObject({ ok: false, userErrors: [{ code: 'VERSION_CONFLICT' }] })
    for (const other of [
      { entityList: 'user' },
      { entityList: 'user', frequency: 'MONTHLY' as const },
      { entityList: 'user', frequency: 'MONTHLY' as const, fileFormat: { compression: 'GZIP' as const } },
      { exportOption: 'EXPORT_ALL' as const },
      { exportOption: 'DISABLE_EXPORT' as const },
    ]) {
      expect((await replace(actor, other)).changed).toBe(true)
      expect((await replace(actor, other)).changed).toBe(false)
    }
    expect((await registrations.changes(actor, 20)).map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1])
  })

  test('one of ten concurrent calls with an expectedVersion succeeds, and the others get the new version', async () => {
    const actor = newActor()
    const input = { entityList: 'user', expectedVersion: 0 }
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => registrations.replace(actor, input)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.ok) continue
      expect(outcome.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', allowedValues: ['1'] }])
    }
  })
})

describe('concurrent calls', () => {
  test('each concurrent call is answered with its own result, and the schedule follows the last', async () => {
    const actor = newActor()
    const lists = ['user', 'user logins', 'site category', 'must reads', 'user, must reads', 'user, user logins']
    const made = await Promise.all(lists.map((entityList) => replace(actor, { entityList })))
    expect(made.map(({ registration }) => registration.version).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
    for (const [index, { registration }] of made.entries()) {
      const active = registration.entities.filter((entity) => entity.active).map(({ entity }) => entity.displayName)
      expect(active.join(', ')).toBe(lists[index])
      expect(registration.schedule.state).toBe('ACTIVE')
    }
    const stored = await services.stores.registrations.find(actor.tenantId)
    expect(stored).toMatchObject({ registration: { version: 6 }, scheduledVersion: 6 })
  })
})

describe('previewDataExport', () => {
  test('previewDataExport returns what would change, and changes nothing', async () => {
    const actor = newActor()
    await replace(actor, { entityList: 'user, site category' })
    const before = await everythingOf(actor)
    const input = { entityList: 'user, must reads', frequency: 'MONTHLY' } as const
    const foreseen = valueOf(await registrations.preview(actor, input))
    expect(await everythingOf(actor)).toEqual(before)
    const made = await replace(actor, input)
    for (const part of ['activated', 'deactivated', 'unchanged'] as const) expect(foreseen[part]).toEqual(made[part])
    expect(shown(foreseen.registration)).toEqual(shown(made.registration))
    expect(foreseen.registration).toMatchObject({ version: 2, frequency: 'MONTHLY', schedule: { state: 'PENDING' } })
  })

  test('previewDataExport works for a tenant that is not registered', async () => {
    const actor = newActor()
    const { activated, registration } = valueOf(await registrations.preview(actor, { exportOption: 'EXPORT_ALL' }))
    expect([activated.length, registration.version]).toEqual([4, 1])
    expect(await registrations.current(actor, { includeInactive: true })).toBeNull()
  })
})

describe('while Temporal is down', () => {
  test('a registration is saved as PENDING with the reason while Temporal is down, and ACTIVE after reconciliation', async () => {
    const actor = newActor()
    const cut = services.registrations({
      schedules: services.scheduleSync({ gateway: services.unreachable.schedules }),
    })
    const { registration } = await replace(actor, { entityList: 'user' }, cut)
    expect(registration).toMatchObject({
      version: 1,
      schedule: { state: 'PENDING', nextRunTimes: Array.from({ length: 12 }, () => expect.any(Date) as unknown) },
    })
    expect(registration.schedule.error).toMatch(/does not follow the registration yet/)
    expect(await registrations.current(actor, { includeInactive: true })).toEqual(registration)

    await services.scheduleSync().reconcile({ all: false })
    const healed = await registrations.current(actor, { includeInactive: true })
    expect(healed?.schedule).toMatchObject({ state: 'ACTIVE', error: null })
  })

  test('a change is PENDING while Temporal is down, and the schedule stays as it was until then', async () => {
    const actor = newActor()
    await replace(actor, { entityList: 'user' })
    const cut = services.registrations({
      schedules: services.scheduleSync({ gateway: services.unreachable.schedules }),
    })
    const off = await replace(actor, { exportOption: 'DISABLE_EXPORT' }, cut)
    expect(off.registration.schedule).toMatchObject({ state: 'PENDING', nextRunTimes: [] })
    await services.scheduleSync().reconcile({ all: false })
    await vi.waitFor(async () => {
      const schedule = services.temporal.client.schedule.getHandle(`export-${actor.tenantId}`)
      expect((await schedule.describe()).state.paused).toBe(true)
    }, 20_000)
    expect((await registrations.current(actor, { includeInactive: true }))?.schedule.state).toBe('PAUSED')
  })
})
