import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { atMidnight, disabled } from '../support/world/builders.js'
import { aNewRun, aPlan, newTenant, noTrouble, openStores, publishOnce, type Stores } from '../support/world/stores.js'
import { createTenants, type Tenants } from '../../src/services/tenants.js'
import { createOverdueEvents, type OverdueEvents } from '../../src/services/events/overdue-events.js'
import { tenantWatch } from '../../src/services/watch-tenants.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { writeRegistration } from '../support/world/stores.js'
import { change, selected, smallCatalog } from '../support/world/builders.js'
import { recordIncidents, type RecordedIncidents } from './support/recorded-incidents.js'

const graceMinutes = 1
const dayMs = 86_400_000
let stores: Stores
let tenants: Tenants
let incidents: RecordedIncidents
let overdueEvents: OverdueEvents
beforeAll(async () => {
  stores = await openStores()
  tenants = createTenants({ ...stores, catalog: smallCatalog, lateness: { graceMinutes, pausedReminderDays: 7 } })
})
afterAll(() => stores[Symbol.asyncDispose]())
beforeEach(() => {
  incidents = recordIncidents()
  overdueEvents = createOverdueEvents({ ...stores, catalog: smallCatalog })
})

/** The last boundary whose grace has passed. */
const boundary = () => boundaryAtOrBefore(atMidnight('DAILY'), new Date(Date.now() - graceMinutes * 60_000))
const daysBefore = (days: number) => new Date(boundary().getTime() - days * dayMs)
const look = () => tenantWatch({ tenants, incidents, overdueEvents }).run(new AbortController().signal)
const found = (code: string) => incidents.last.get(code) ?? []
const foundFor = (code: string, tenantId: string) => found(code).filter((each) => each.tenantId === tenantId)

async function registered(at: Date, target = selected('user')): Promise<string> {
  const tenantId = newTenant()
  await writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, target, change(at.toISOString(), 'tester', tenantId)),
  )
  return tenantId
}

describe('the search for late exports', () => {
  test('an export whose schedule never fired is overdue, without any run', async () => {
    const tenantId = await registered(daysBefore(3))
    await look()
    const expectedBy = new Date(daysBefore(2).getTime() + graceMinutes * 60_000)
    expect(await tenants.find(tenantId)).toMatchObject({ overdue: true, overdueSince: expectedBy, lastRunId: null })
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([
      {
        tenantId,
        entity: null,
        since: null,
        message:
          `The files of ${tenantId} were expected by ${expectedBy.toISOString()}. ` +
          'The schedule in Temporal does not match the registration yet.',
      },
    ])
  })

  test('an export is not overdue once its last boundary is published', async () => {
    const tenantId = await registered(daysBefore(3))
    await publishOnce(stores, tenantId, 'user', { to: boundary() })
    await look()
    expect(await tenants.find(tenantId)).toMatchObject({ overdue: false, oldestWatermark: boundary() })
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([])
  })

  test('one entity that is behind makes the export overdue since its first missing boundary', async () => {
    const tenantId = await registered(daysBefore(9), selected('user', 'site_category'))
    await publishOnce(stores, tenantId, 'user', { to: boundary() })
    await publishOnce(stores, tenantId, 'site_category', { to: daysBefore(4) })
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toMatchObject([{ since: daysBefore(4) }])
    expect((await tenants.find(tenantId))?.overdueSince).toEqual(
      new Date(daysBefore(3).getTime() + graceMinutes * 60_000),
    )
  })

  test('an entity that was activated after the boundary, and an entity that the catalog lacks, are not overdue', async () => {
    const fresh = await registered(new Date())
    const gone = await registered(daysBefore(3), selected('removed_from_the_catalog'))
    await look()
    expect(foundFor('EXPORT_OVERDUE', fresh)).toEqual([])
    expect(foundFor('EXPORT_OVERDUE', gone)).toEqual([])
  })

  test('a disabled export is never overdue', async () => {
    const tenantId = await registered(daysBefore(9))
    await writeRegistration(stores, tenantId, (current) =>
      replaceRegistration(current, disabled, change(daysBefore(8).toISOString(), 'tester', tenantId)),
    )
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([])
  })

  test('a tenant has the grace that an operator has set for it', async () => {
    const tenantId = await registered(daysBefore(1.5))
    const minutesSince = Math.ceil((Date.now() - daysBefore(1).getTime()) / 60_000)
    await stores.transact(tenantId, ({ grace }) => grace.setMinutes(minutesSince + 10))
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([])
    await stores.transact(tenantId, ({ grace }) => grace.setMinutes(null))
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toHaveLength(1)
  })

  test('a failing export is overdue with the cause of its last run, and failing since its first failed run', async () => {
    const tenantId = await registered(daysBefore(5))
    await publishOnce(stores, tenantId, 'user', { to: daysBefore(4) })
    for (const days of [3, 2]) {
      const run = await stores.runs.begin(aNewRun(tenantId, { to: daysBefore(days) }), aPlan('user'))
      const failure = { entity: 'user', code: 'SFTP_UNAVAILABLE' as const, message: `away, day ${days}` }
      await stores.runs.finish(run, { ...noTrouble, failures: [failure] })
    }
    const state = await tenants.find(tenantId)
    const runs = await stores.query('SELECT finished_at FROM run WHERE tenant_id = $1 ORDER BY queued_at', [tenantId])
    expect(state).toMatchObject({
      isFailing: true,
      cause: { code: 'SFTP_UNAVAILABLE', message: 'away, day 2' },
      lastRunStatus: 'FAILED',
      lastSuccessAt: runs[0]?.['finished_at'],
      failingSince: runs[1]?.['finished_at'],
      oldestWatermark: daysBefore(4),
    })
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)[0]?.message).toContain('SFTP_UNAVAILABLE: away, day 2')
    await publishOnce(stores, tenantId, 'user', { to: boundary() })
    expect(await tenants.find(tenantId)).toMatchObject({ isFailing: false, failingSince: null, cause: null })
  })
})

describe('pauses', () => {
  const setPaused = (tenantId: string, pausedAt: Date | null) =>
    stores.transact(tenantId, async ({ registration }) => {
      const before = await registration.find()
      await registration.setPaused(before!, pausedAt)
    })

  test('a paused export is not overdue, and is reported after a week', async () => {
    const [recent, old] = [await registered(daysBefore(20)), await registered(daysBefore(20))]
    await setPaused(recent, new Date(Date.now() - 6.9 * dayMs))
    await setPaused(old, new Date(Date.now() - 7.1 * dayMs))
    await look()
    expect(found('EXPORT_OVERDUE').filter(({ tenantId }) => tenantId === recent || tenantId === old)).toEqual([])
    expect(foundFor('EXPORT_LEFT_PAUSED', recent)).toEqual([])
    expect(foundFor('EXPORT_LEFT_PAUSED', old)[0]?.message).toContain(`${old} has paused its export since`)
  })

  test('a resumed export is expected from the next boundary', async () => {
    const tenantId = await registered(daysBefore(20))
    await setPaused(tenantId, daysBefore(10))
    await setPaused(tenantId, null)
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([])
    expect(found('EXPORT_LEFT_PAUSED').map((each) => each.tenantId)).not.toContain(tenantId)
  })

  test('a change to a more frequent export is expected from the next boundary', async () => {
    const tenantId = await registered(daysBefore(40), { ...selected('user'), frequency: 'MONTHLY' })
    await publishOnce(stores, tenantId, 'user', { to: boundaryAtOrBefore(atMidnight('MONTHLY'), daysBefore(3)) })
    await writeRegistration(stores, tenantId, (current) =>
      replaceRegistration(current, selected('user'), change(new Date().toISOString(), 'tester', tenantId)),
    )
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)).toEqual([])
  })

  test("an operator's forgotten pause in Temporal makes the export overdue, with the note as the cause", async () => {
    const tenantId = await registered(daysBefore(3))
    await stores.scheduleReadings.record(tenantId, { missed: 0, skipped: 0, pausedNote: 'server under repair' })
    await look()
    expect(foundFor('EXPORT_OVERDUE', tenantId)[0]?.message).toContain(
      'An operator has paused the schedule in Temporal: server under repair.',
    )
  })
})

describe('runs that Temporal has missed', () => {
  test('an increase is reported until a run succeeds, and earlier counts are not', async () => {
    const tenantId = await registered(daysBefore(3))
    const reading = { missed: 2, skipped: 1, pausedNote: null }
    await stores.scheduleReadings.record(tenantId, reading)
    await look()
    expect(foundFor('SCHEDULE_MISSED_RUNS', tenantId)).toEqual([])
    await stores.scheduleReadings.record(tenantId, { ...reading, missed: 3 })
    await stores.scheduleReadings.record(tenantId, { ...reading, missed: 3 })
    await look()
    expect(foundFor('SCHEDULE_MISSED_RUNS', tenantId)[0]?.message).toContain('has missed 3 and skipped 1 runs')
    await publishOnce(stores, tenantId, 'user', { to: boundary() })
    await look()
    expect(foundFor('SCHEDULE_MISSED_RUNS', tenantId)).toEqual([])
  })

  test('a reading of a tenant without a registration is not recorded', async () => {
    const tenantId = newTenant()
    await stores.scheduleReadings.record(tenantId, { missed: 0, skipped: 0, pausedNote: null })
    expect(await stores.query('SELECT 1 FROM schedule_reading WHERE tenant_id = $1', [tenantId])).toEqual([])
  })
})
