import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/client.js'
import { createRegistrationStore, type RegistrationStore } from '../../src/database/registration-store.js'
import { createTransact } from '../../src/database/unit-of-work/unit-of-work.js'
import type { StoredRegistration } from '../../src/database/unit-of-work/tenant-registration.js'
import { auditEntry } from '../../src/domain/audit.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import { type Registration, type RegistrationTarget, replaceRegistration } from '../../src/domain/registration.js'
import { anActor, activity, change, disabled, selected } from '../support/world/builders.js'
import { dropRegistration, newTenant, openStores, type Stores, writeRegistration } from '../support/world/stores.js'

let stores: Stores
let store: RegistrationStore

beforeAll(async () => {
  stores = await openStores()
  store = stores.registrations
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = '2026-11-23T09:30:00.123Z'

function replace(tenantId: string, target: RegistrationTarget, by = 'tester', at = monday) {
  return writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, target, change(at, by, tenantId)),
  )
}

/** Entities in the order of their names: the database has no other. */
function sorted(registration: Registration | null): Registration | null {
  if (!registration) return null
  return { ...registration, entities: registration.entities.toSorted((a, b) => a.name.localeCompare(b.name)) }
}

describe('a registration', () => {
  test('a stored registration is read as it was written, times to the millisecond, and has no schedule yet', async () => {
    const tenantId = newTenant()
    const target = { ...selected('content', 'user'), frequency: 'MONTHLY' as const }
    const written = await replace(tenantId, target, 'alice')
    expect(written).toEqual({
      registration: replaceRegistration(undefined, target, change(monday, 'alice', tenantId)),
      pausedAt: null,
      scheduledVersion: null,
      scheduleError: null,
    })
    expect(await store.find(tenantId)).toEqual(written)
  })

  test('a registration and its changes keep the file format, and older ones have the default', async () => {
    const tenantId = newTenant()
    const fileFormat = { ...defaultFileFormat, compression: 'GZIP' as const, maxPartMegabytes: 7, escapeFormulas: true }
    await replace(tenantId, selected('user'))
    await replace(tenantId, { ...selected('user'), fileFormat })
    expect((await store.find(tenantId))?.registration.fileFormat).toEqual(fileFormat)
    const [latest] = await store.changes(tenantId, 1)
    expect([latest?.before?.fileFormat, latest?.after.fileFormat]).toEqual([defaultFileFormat, fileFormat])

    const old = newTenant()
    await stores.query(
      `INSERT INTO registration (tenant_id, version, export_option, frequency, created_at, updated_at, updated_by)
       VALUES ($1, 1, 'EXPORT_ALL', 'DAILY', now(), now(), 'tester')`,
      [old],
    )
    expect((await store.find(old))?.registration.fileFormat).toEqual(defaultFileFormat)
    await stores.query(
      `INSERT INTO registration_change (tenant_id, version, changed_by, changed_at, after)
       VALUES ($1, 1, 'tester', now(), '{"entities": [], "createdAt": "2026-11-23T00:00:00Z", "updatedAt": "2026-11-23T00:00:00Z"}')`,
      [old],
    )
    expect((await store.changes(old, 1))[0]?.after.fileFormat).toEqual(defaultFileFormat)
  })

  test('a registration is replaced as a whole, and entities that fell out stay as inactive', async () => {
    const tenantId = newTenant()
    await replace(tenantId, selected('user', 'content'))
    await replace(tenantId, disabled)
    await replace(tenantId, selected('feed', 'user'))
    const stored = await store.find(tenantId)
    expect(stored?.registration).toMatchObject({ version: 3, exportOption: 'EXPORT_SELECTED' })
    expect(activity(stored!.registration)).toEqual({ active: ['feed', 'user'], inactive: ['content'] })
  })

  test('a tenant that never registered has no registration', async () => {
    expect(await store.find(newTenant())).toBeUndefined()
    expect(await store.changes(newTenant(), 10)).toEqual([])
  })

  test('a registration does not change if the unit of work that replaces it fails', async () => {
    const tenantId = newTenant()
    const before = await replace(tenantId, selected('user'))
    const failing = stores.transact(tenantId, async ({ registration, audit }) => {
      const next = replaceRegistration(before.registration, disabled, change(monday, 'tester', tenantId))
      await registration.replace(before, next)
      await audit.keep(auditEntry(anActor(tenantId), 'REGISTRATION_REPLACED'))
      throw new Error('cannot go on')
    })
    await expect(failing).rejects.toThrow('cannot go on')
    expect(await store.find(tenantId)).toEqual(before)
    expect(await stores.query('SELECT 1 FROM audit_event WHERE tenant_id = $1', [tenantId])).toEqual([])
    expect(await store.changes(tenantId, 10)).toHaveLength(1)
  })
})

describe('changes of registrations', () => {
  test('each change of a registration is kept with actor, time, before and after, newest first', async () => {
    const tenantId = newTenant()
    const first = await replace(tenantId, selected('user'), 'alice')
    const second = await replace(tenantId, disabled, 'bob', '2026-11-24T10:00:00.000Z')
    expect(await store.changes(tenantId, 10)).toEqual([
      {
        version: 2,
        changedBy: 'bob',
        changedAt: new Date('2026-11-24T10:00:00.000Z'),
        before: first?.registration,
        after: second?.registration,
      },
      { version: 1, changedBy: 'alice', changedAt: new Date(monday), before: null, after: first?.registration },
    ])
  })

  test('changes of a registration are returned up to the limit', async () => {
    const tenantId = newTenant()
    for (const entity of ['user', 'content', 'feed']) await replace(tenantId, selected(entity))
    expect((await store.changes(tenantId, 2)).map(({ version }) => version)).toEqual([3, 2])
  })

  test.each(['UPDATE registration_change SET changed_by = $$me$$', 'DELETE FROM registration_change'])(
    'the database refuses to alter recorded changes: %s',
    async (statement) => {
      const tenantId = newTenant()
      await replace(tenantId, selected('user'))
      await expect(stores.query(`${statement} WHERE tenant_id = $1`, [tenantId])).rejects.toThrow('append-only')
      expect(await store.changes(tenantId, 10)).toHaveLength(1)
    },
  )

  test('changes stay after a registration is removed, and a new registration starts at version 1', async () => {
    const tenantId = newTenant()
    await replace(tenantId, selected('user'))
    await replace(tenantId, selected('content'))
    await dropRegistration(stores, tenantId)
    expect(await store.find(tenantId)).toBeUndefined()
    const again = await replace(tenantId, selected('feed'))
    expect(again.registration.version).toBe(1)
    expect(activity(again.registration)).toEqual({ active: ['feed'], inactive: [] })
    const kept = await store.changes(tenantId, 10)
    expect(kept.map(({ version }) => version)).toEqual([1, 2, 1])
    expect(kept[0]).toMatchObject({ before: null, after: { entities: [{ name: 'feed' }] } })
  })
})

describe('concurrent calls', () => {
  test('20 calls at once give the versions 1 to 20 and a history without a gap', async () => {
    const tenantId = newTenant()
    const calls = Array.from({ length: 20 }, (_, n) =>
      replace(tenantId, selected('user', `entity_${n}`), `caller ${n}`),
    )
    const made = await Promise.all(calls)
    const upTo20 = Array.from({ length: 20 }, (_, n) => n + 1)
    expect(made.map((stored) => stored?.registration.version).toSorted((a = 0, b = 0) => a - b)).toEqual(upTo20)

    const history = (await store.changes(tenantId, 100)).toReversed()
    expect(history.map(({ version }) => version)).toEqual(upTo20)
    expect(new Set(history.map(({ changedBy }) => changedBy)).size).toBe(20)
    const befores = history.map(({ before }) => sorted(before))
    const afters = history.map(({ after }) => sorted(after))
    expect(befores).toEqual([null, ...afters.slice(0, -1)])
    expect((await store.find(tenantId))?.registration).toEqual(afters.at(-1))
  })

  test('calls of different tenants do not wait for each other', async () => {
    const slow = await stores.connect()
    const [held, free] = [newTenant(), newTenant()]
    await slow.query('BEGIN')
    await slow.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`registration:${held}`])
    let waited = true
    const waiting = replace(held, selected('user')).finally(() => (waited = false))
    await replace(free, selected('user'))
    expect(waited).toBe(true)
    await slow.query('COMMIT')
    await slow.end()
    expect((await waiting)?.registration.version).toBe(1)
  })
})

describe('whether the schedule matches', () => {
  const recordSchedule = (stored: StoredRegistration) =>
    stores.transact(stored.registration.tenantId, ({ registration }) => registration.recordSchedule(stored))

  test('a schedule is pending after each call, and recorded once it matches', async () => {
    const tenantId = newTenant()
    const first = await replace(tenantId, selected('user'))
    expect(await store.tenantsWithPendingSchedule(100)).toContain(tenantId)
    expect(await recordSchedule(first)).toBe(true)
    expect(await store.find(tenantId)).toEqual({ ...first, scheduledVersion: 1 })
    expect(await store.tenantsWithPendingSchedule(100)).not.toContain(tenantId)
    await replace(tenantId, disabled)
    expect(await store.find(tenantId)).toMatchObject({ scheduledVersion: 1, registration: { version: 2 } })
    expect(await store.tenantsWithPendingSchedule(100)).toContain(tenantId)
  })

  test('a schedule is pending with the reason after an error, until it matches', async () => {
    const tenantId = newTenant()
    const stored = await replace(tenantId, selected('user'))
    await recordSchedule(stored)
    await stores.transact(tenantId, ({ registration }) => registration.recordScheduleError('no answer'))
    expect(await store.find(tenantId)).toMatchObject({ scheduledVersion: null, scheduleError: 'no answer' })
    await recordSchedule(stored)
    expect(await store.find(tenantId)).toMatchObject({ scheduledVersion: 1, scheduleError: null })
  })

  test('a match is not recorded for a registration that was replaced, paused, removed or made anew since', async () => {
    const tenantId = newTenant()
    const changes = [
      () => replace(tenantId, disabled),
      (before: StoredRegistration) =>
        stores.transact(tenantId, ({ registration }) => registration.setPaused(before, new Date())),
      () => dropRegistration(stores, tenantId),
      () =>
        dropRegistration(stores, tenantId).then(() =>
          replace(tenantId, selected('user'), 'tester', '2026-11-24T00:00:00Z'),
        ),
    ]
    for (const changeIt of changes) {
      await dropRegistration(stores, tenantId)
      const applied = await replace(tenantId, selected('user'))
      await changeIt(applied)
      expect(await recordSchedule(applied)).toBe(false)
      expect((await store.find(tenantId))?.scheduledVersion ?? null).toBeNull()
    }
  })

  test('pending schedules are returned oldest first, up to the limit', async () => {
    const [older, newer] = [newTenant(), newTenant()]
    await replace(newer, selected('user'), 'tester', '2001-01-02T00:00:00Z')
    await replace(older, selected('user'), 'tester', '2001-01-01T00:00:00Z')
    expect(await store.tenantsWithPendingSchedule(2)).toEqual([older, newer])
  })

  test('the tenants to compare with Temporal are all tenants that have a registration', async () => {
    const [once, twice] = [newTenant(), newTenant()]
    await replace(once, selected('user'))
    await replace(twice, selected('user'))
    await replace(twice, disabled)
    const removed = newTenant()
    await replace(removed, selected('user'))
    await dropRegistration(stores, removed)
    const tenants = await store.tenants()
    expect([once, twice, removed].map((id) => tenants.filter((tenant) => tenant === id).length)).toEqual([1, 1, 0])
  })
})

describe('a database that does not answer', () => {
  const tenantId = newTenant()

  test('a database that cannot be reached is reported as DATABASE_UNAVAILABLE', async () => {
    const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 })
    const find = createRegistrationStore(database).find(tenantId)
    await expect(find).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    const transacting = createTransact(database)(tenantId, ({ registration }) => registration.find())
    await expect(transacting).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await database.close()
  })

  test('a connection that breaks in a transaction is reported as DATABASE_UNAVAILABLE, and nothing has changed', async () => {
    const breaking = stores.transact(tenantId, async ({ registration }) => {
      const next = replaceRegistration(undefined, selected('user'), change(monday, 'tester', tenantId))
      await registration.replace(undefined, next)
      const killed = await stores.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tidemark' AND state = 'idle in transaction' AND datname = current_database()`,
      )
      expect(killed).toHaveLength(1)
    })
    await expect(breaking).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    // The pool may lend the broken connection once more before it notices.
    await vi.waitFor(async () => expect(await store.find(tenantId)).toBeUndefined())
    expect((await replace(tenantId, selected('user'))).registration.version).toBe(1)
  })
})
