import type { StoredRegistration } from '../../src/database/unit-of-work/tenant-registration.js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { exportFrequencies, type ExportFrequency, nextBoundaries } from '../../src/domain/calendar.js'
import { type RegistrationTarget, replaceRegistration } from '../../src/domain/registration.js'
import { withCircuitBreaker } from '../../src/schedules/circuit-breaker.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { anActor, change, disabled, selected } from '../support/builders.js'
import { dropRegistration, newTenant, writeRegistration } from '../support/stores.js'
import { keepReconciling } from '../../src/services/reconciler.js'
import { removeRegistration } from '../../src/services/registrations/remove-registration.js'
import { openServices, type TestServices } from '../support/services.js'
import { namesOf } from '../../src/domain/described.js'

let services: TestServices

beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

/** Saves a registration and leaves its schedule alone. */
async function register(tenantId: string, target: RegistrationTarget): Promise<number> {
  const { registration } = await writeRegistration(services.stores, tenantId, (current) =>
    replaceRegistration(current, target, change('2026-11-23T09:30:00Z', 'tester', tenantId)),
  )
  return registration.version
}

async function registerAndSync(tenantId: string, target: RegistrationTarget): Promise<void> {
  await register(tenantId, target)
  await services.scheduleSync().sync(tenantId)
  expect(services.log.filter((line) => line['tenantId'] === tenantId && line['level'] === 'warn')).toEqual([])
}

const remove = (tenantId: string, schedules = services.scheduleSync()): Promise<boolean> =>
  removeRegistration({ ...services.stores, schedules }, anActor(tenantId))

const handleOf = (tenantId: string) => services.temporal.client.schedule.getHandle(`export-${tenantId}`)
const describeSchedule = (tenantId: string) => handleOf(tenantId).describe()
const daily = selected('user', 'site_category')

async function exists(tenantId: string): Promise<boolean> {
  return describeSchedule(tenantId).then(
    () => true,
    () => false,
  )
}

const stateOf = async (tenantId: string) => (await describeSchedule(tenantId)).state

/** Times that the server and the calendar do not agree on, of the next ones that the server tells. */
async function deviation(tenantId: string, frequency: ExportFrequency): Promise<Date[]> {
  const told = (await describeSchedule(tenantId)).info.nextActionTimes
  const due = nextBoundaries(frequency, new Date(), Math.max(5, told.length))
  const within = (times: Date[]) => (time: Date) => times.some((other) => other.getTime() === time.getTime())
  return [...told.filter((time) => !within(due)(time)), ...due.filter((time) => !within(told)(time))]
}

/** Temporal takes up an update after it has answered, and lists a schedule later still. */
const patience = { timeout: 20_000, interval: 200 }

describe('the schedule of a tenant (issue 3, part 4)', () => {
  test('is made with its registration: export-<tenantId>, with what an engineer searches and reads', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    const made = await describeSchedule(tenantId)
    const summary = 'daily export of 2 entities (registration 1)'
    expect(made).toMatchObject({
      scheduleId: `export-${tenantId}`,
      state: { paused: false, note: `Active: ${summary}` },
      policies: { overlap: 'BUFFER_ALL', pauseOnFailure: false, catchupWindow: 31 * 86_400_000 },
      action: {
        type: 'startWorkflow',
        workflowType: 'exportRun',
        workflowId: `export-${tenantId}`,
        taskQueue: services.taskQueue,
        args: [{ tenantId }],
        staticSummary: `${tenantId}: ${summary}`,
        memo: { tenantId, frequency: 'DAILY', registrationVersion: 1 },
        priority: { fairnessKey: tenantId },
      },
    })
    const attributes = made.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])
    expect(Object.fromEntries(attributes)).toMatchObject({ TenantId: tenantId, RegistrationVersion: 1 })
    expect(await services.stores.registrations.find(tenantId)).toMatchObject({ scheduledVersion: 1 })
  })

  test.each(namesOf(exportFrequencies))(
    "is due %s when the calendar says, by the server's own reckoning (promise 1)",
    async (frequency) => {
      const tenantId = newTenant()
      await registerAndSync(tenantId, { ...daily, frequency })
      await expect.poll(() => deviation(tenantId, frequency), patience).toEqual([])
    },
  )

  test('changes from daily to weekly to monthly and back', async () => {
    const tenantId = newTenant()
    for (const frequency of ['DAILY', 'WEEKLY', 'MONTHLY', 'DAILY'] as const) {
      await registerAndSync(tenantId, { ...daily, frequency })
      await expect.poll(() => deviation(tenantId, frequency), patience).toEqual([])
    }
    await vi.waitFor(async () => {
      const { action } = await describeSchedule(tenantId)
      expect(action.memo).toMatchObject({ frequency: 'DAILY', registrationVersion: 4 })
    }, patience)
  })

  test('starts within the configured jitter', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await services
      .scheduleSync({ specOf: ({ registration }, names) => scheduleSpec(registration, names, { jitterSeconds: 90 }) })
      .sync(tenantId)
    expect((await describeSchedule(tenantId)).spec.jitter).toBe(90_000)
  })

  test('is paused while the export is disabled, and goes on with the next registration', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await registerAndSync(tenantId, disabled)
    await expect
      .poll(() => stateOf(tenantId), patience)
      .toMatchObject({ paused: true, note: expect.stringContaining('the tenant disabled its export') })
    await registerAndSync(tenantId, daily)
    await expect
      .poll(() => stateOf(tenantId), patience)
      .toMatchObject({ paused: false, note: expect.stringContaining('Active') })
    await expect.poll(() => deviation(tenantId, 'DAILY'), patience).toEqual([])
  })

  test('is made paused where the first call is to disable', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, disabled)
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject({ paused: true })
  })

  test('is removed with its registration; asked again that is no error', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    expect(await remove(tenantId)).toBe(true)
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), patience)
    expect(await services.stores.registrations.find(tenantId)).toBeUndefined()
    expect(await remove(tenantId)).toBe(false)
  })

  test('that could not be removed is removed by asking again', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    const cut = services.scheduleSync({ gateway: services.unreachable.schedules })
    await expect(remove(tenantId, cut)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    expect(await exists(tenantId)).toBe(true)
    await remove(tenantId)
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), patience)
  })
})

describe("an engineer's own pause", () => {
  const paused = { paused: true, note: 'SFTP server under repair' }

  test('survives a registration', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject(paused)
    await registerAndSync(tenantId, { ...daily, frequency: 'WEEKLY' })
    await expect.poll(() => deviation(tenantId, 'WEEKLY'), patience).toEqual([])
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject(paused)
  })

  test('survives that the tenant disables its export and takes it up again', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject(paused)
    await registerAndSync(tenantId, disabled)
    await registerAndSync(tenantId, { ...daily, frequency: 'MONTHLY' })
    await expect.poll(() => deviation(tenantId, 'MONTHLY'), patience).toEqual([])
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject(paused)
  })

  test('is over once the engineer says so', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await handleOf(tenantId).unpause()
    await expect.poll(() => stateOf(tenantId), patience).toMatchObject({ paused: false })
    await registerAndSync(tenantId, daily)
    await expect
      .poll(() => stateOf(tenantId), patience)
      .toMatchObject({ paused: false, note: expect.stringContaining('Active') })
  })
})

describe('making a schedule match', () => {
  test('may be done again at any time, and by two at once, with the same end', async () => {
    const tenantId = newTenant()
    const registration = replaceRegistration(undefined, daily, change('2026-11-23T09:30:00Z', 'tester', tenantId))
    await register(tenantId, daily)
    const spec = scheduleSpec(registration, daily.entities, { jitterSeconds: 0 })
    await Promise.all([1, 2].map(() => services.gateways.schedules.apply(spec)))
    const first = await describeSchedule(tenantId)
    await services.gateways.schedules.apply(spec)
    const second = await describeSchedule(tenantId)
    for (const part of ['spec', 'action', 'policies', 'state'] as const) expect(second[part]).toEqual(first[part])
    await services.gateways.schedules.remove(tenantId)
    await services.gateways.schedules.remove(tenantId)
  })

  test('ends with the last registration, however the calls overlap', async () => {
    const tenantId = newTenant()
    const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'DAILY', 'MONTHLY', 'WEEKLY'] as const
    await Promise.all(frequencies.map((frequency) => registerAndSync(tenantId, { ...daily, frequency })))
    const stored = await services.stores.registrations.find(tenantId)
    expect(stored).toMatchObject({ registration: { version: 6 }, scheduledVersion: 6, scheduleError: null })
    await expect.poll(() => deviation(tenantId, stored!.registration.frequency), patience).toEqual([])
  })
})

describe('a schedule that follows', () => {
  type Apply = (version: number) => Promise<void>
  /** A synchronisation whose Temporal takes whatever it gets, and tells the test first. */
  const following = (apply: Apply) =>
    services.scheduleSync({
      gateway: {
        apply: ({ registrationVersion }) => apply(registrationVersion),
        remove: () => apply(0),
        matches: async () => true,
        orphans: async () => [],
      },
    })
  const storedOf = (tenantId: string) => services.stores.registrations.find(tenantId)

  test('is applied by one call at a time, each with the current registration', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    const seen: number[] = []
    let [inside, most] = [0, 0]
    const schedules = following(async (version) => {
      most = Math.max(most, (inside += 1))
      // A registration that comes meanwhile does not wait for the schedule.
      if (seen.length === 0) await register(tenantId, disabled)
      seen.push(version)
      inside -= 1
    })
    await Promise.all([1, 2, 3, 4].map(() => schedules.apply(tenantId)))
    expect(most).toBe(1)
    expect(seen).toEqual([1, 2, 2, 2])
    expect(await storedOf(tenantId)).toMatchObject({ scheduledVersion: 2 })
  })

  test('is pending for a registration that came while an older one was applied', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await following(async () => void (await register(tenantId, disabled))).apply(tenantId)
    expect(await storedOf(tenantId)).toMatchObject({ scheduledVersion: null, registration: { version: 2 } })
  })

  test('gets the current registration if the caller that wrote an older one is late', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    const written = await storedOf(tenantId)
    await registerAndSync(tenantId, disabled)
    const seen: number[] = []
    const progress = await following(async (version) => void seen.push(version)).sync(tenantId, written)
    expect(seen).toEqual([1, 2])
    expect(progress).toEqual({ scheduledVersion: 2, scheduleError: null })
    expect(await storedOf(tenantId)).toMatchObject({ scheduledVersion: 2 })
  })

  test('is pending again if a late caller may have left an older registration in it', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    const written = await storedOf(tenantId)
    await registerAndSync(tenantId, disabled)
    const failing = following(async (version) => {
      if (version > 1) throw new Error('no answer')
    })
    const failed = { scheduledVersion: null, scheduleError: 'no answer' }
    expect(await failing.sync(tenantId, written)).toEqual(failed)
    expect(await storedOf(tenantId)).toMatchObject(failed)
  })

  test('is removed, if its registration was removed since the caller wrote it', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    const written = await storedOf(tenantId)
    await dropRegistration(services.stores, tenantId)
    const seen: number[] = []
    await following(async (version) => void seen.push(version)).sync(tenantId, written)
    expect(seen).toEqual([1, 0])
  })
})

describe('while Temporal is down (issue 3, part 3: PENDING, reconciled when it is back)', () => {
  const down = () => services.scheduleSync({ gateway: services.unreachable.schedules })

  test('a schedule stays pending, with the reason, and the failure is told', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await down().sync(tenantId)
    expect(await services.stores.registrations.find(tenantId)).toMatchObject({
      scheduledVersion: null,
      scheduleError: expect.stringMatching(/^Temporal did not answer \(apply schedule/),
    })
    expect(services.log).toContainEqual(
      expect.objectContaining({ tenantId, msg: 'schedule is pending: it could not be made to match' }),
    )
  })

  test('one call in a few seconds finds out for all; the others hold no database connection meanwhile', async () => {
    const tenants = Array.from({ length: 30 }, newTenant)
    for (const tenantId of tenants) await register(tenantId, daily)
    let [asked, atOnce, mostAtOnce] = [0, 0, 0]
    const silent = {
      ...services.unreachable.schedules,
      apply: async (spec: Parameters<typeof services.unreachable.schedules.apply>[0]) => {
        asked += 1
        mostAtOnce = Math.max(mostAtOnce, ++atOnce)
        await services.unreachable.schedules.apply(spec).finally(() => (atOnce -= 1))
      },
    }
    const sync = services.scheduleSync({ gateway: withCircuitBreaker(silent, 60_000) })
    await Promise.all(tenants.map((tenantId) => sync.sync(tenantId)))
    // Those that were under way when the first one failed, and no others.
    expect(mostAtOnce).toBeLessThanOrEqual(4)
    expect(asked).toBe(mostAtOnce)
    for (const tenantId of tenants) {
      expect(await services.stores.registrations.find(tenantId)).toMatchObject({
        scheduledVersion: null,
        scheduleError: expect.stringMatching(/^Temporal did not answer/),
      })
    }
  })

  test('is asked again after a pause, and from then on by everybody if it answers', async () => {
    const [one, other] = [newTenant(), newTenant()]
    for (const tenantId of [one, other]) await register(tenantId, daily)
    let reachable = false
    const gateway = withCircuitBreaker(
      {
        ...services.gateways.schedules,
        apply: (spec) => (reachable ? services.gateways : services.unreachable).schedules.apply(spec),
      },
      200,
    )
    const sync = services.scheduleSync({ gateway })
    await sync.sync(one)
    reachable = true
    const versions = async () =>
      Promise.all([one, other].map(async (id) => (await services.stores.registrations.find(id))?.scheduledVersion))
    await expect
      .poll(async () => {
        await Promise.all([one, other].map((tenantId) => sync.sync(tenantId)))
        return versions()
      }, patience)
      .toEqual([1, 1])
  })

  test('reconciling fails as TEMPORAL_UNAVAILABLE, and heals all that is pending once it is reachable', async () => {
    const [one, other] = [newTenant(), newTenant()]
    await register(one, daily)
    await register(other, { ...daily, frequency: 'WEEKLY' })
    await expect(down().reconcile({ all: false })).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    await services.scheduleSync().reconcile({ all: false })
    for (const tenantId of [one, other]) {
      expect(await services.stores.registrations.find(tenantId)).toMatchObject({
        scheduledVersion: 1,
        scheduleError: null,
      })
    }
    await expect.poll(() => deviation(other, 'WEEKLY'), patience).toEqual([])
    expect(await services.stores.registrations.tenantsWithPendingSchedule(100)).toEqual([])
  })

  test('the reconciler tries on by itself, says once that it fails, and ends when it is told to', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    let reachable = false
    const gateway = {
      ...services.gateways.schedules,
      apply: (spec: Parameters<typeof services.gateways.schedules.apply>[0]) =>
        (reachable ? services.gateways : services.unreachable).schedules.apply(spec),
    }
    const failures = () => services.log.filter(({ msg }) => String(msg).startsWith('schedules could not be reconciled'))
    const before = failures().length
    const stop = new AbortController()
    const parts = {
      schedules: services.scheduleSync({ gateway }),
      endLostRuns: async () => undefined,
      events: services.events,
    }
    const reconciling = keepReconciling(parts, stop.signal, 0.05)
    await vi.waitFor(() => expect(failures()).toHaveLength(before + 1), patience)
    await vi.waitFor(
      async () => expect((await services.stores.registrations.find(tenantId))?.scheduleError).not.toBeNull(),
      patience,
    )
    reachable = true
    await vi.waitFor(
      async () => expect(await services.stores.registrations.find(tenantId)).toMatchObject({ scheduledVersion: 1 }),
      patience,
    )
    stop.abort()
    await reconciling
    expect(failures()).toHaveLength(before + 1)
  })
})

describe('reconciling', () => {
  const all = () => services.scheduleSync().reconcile({ all: true })
  const wantedOf = async (tenantId: string) =>
    scheduleSpec((await services.stores.registrations.find(tenantId))!.registration, daily.entities, {
      jitterSeconds: 0,
    })
  const matches = async (tenantId: string) => services.gateways.schedules.matches(await wantedOf(tenantId))

  test.each(namesOf(exportFrequencies))(
    'of all leaves a %s schedule alone that is as it shall be',
    async (frequency) => {
      const tenantId = newTenant()
      await registerAndSync(tenantId, { ...daily, frequency })
      await expect.poll(() => matches(tenantId), patience).toBe(true)
      const before = await describeSchedule(tenantId)
      await all()
      const after = await describeSchedule(tenantId)
      expect(after.info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt)
      expect(after.raw.conflictToken).toEqual(before.raw.conflictToken)
    },
  )

  test('of all makes again a schedule that was deleted behind our back', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, { ...daily, frequency: 'MONTHLY' })
    await handleOf(tenantId).delete()
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), patience)
    await services.scheduleSync().reconcile({ all: false })
    expect(await exists(tenantId)).toBe(false)
    await all()
    await expect.poll(() => deviation(tenantId, 'MONTHLY'), patience).toEqual([])
  })

  test('of all mends a schedule of an older version', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    const old = replaceRegistration(undefined, daily, change('2026-11-23T09:30:00Z', 'tester', tenantId))
    await registerAndSync(tenantId, { ...daily, frequency: 'WEEKLY' })
    await services.gateways.schedules.apply(scheduleSpec(old, daily.entities, { jitterSeconds: 0 }))
    await expect.poll(() => deviation(tenantId, 'DAILY'), patience).toEqual([])
    await all()
    await expect.poll(() => deviation(tenantId, 'WEEKLY'), patience).toEqual([])
  })

  type Update = Parameters<ReturnType<typeof handleOf>['update']>[0]
  const edits: [string, (found: Parameters<Update>[0]) => ReturnType<Update>][] = [
    ['its times', (found) => ({ ...found, spec: { ...found.spec, calendars: [{ hour: 3 }] } })],
    ['its time zone', (found) => ({ ...found, spec: { ...found.spec, timezone: 'Europe/Berlin' } })],
    ['one more time', (found) => ({ ...found, spec: { ...found.spec, intervals: [{ every: '1 hour' }] } })],
    ['an end', (found) => ({ ...found, spec: { ...found.spec, endAt: new Date('2100-01-01') } })],
    ['the tenant', (found) => ({ ...found, action: { ...found.action, args: [{ tenantId: 'somebody-else' }] } })],
    ['the task queue', (found) => ({ ...found, action: { ...found.action, taskQueue: 'nowhere' } })],
    ['its turn among tenants', (found) => ({ ...found, action: { ...found.action, priority: {} } })],
    ['the workflow', (found) => ({ ...found, action: { ...found.action, workflowType: 'other' } })],
    ['a timeout', (found) => ({ ...found, action: { ...found.action, workflowRunTimeout: '1 minute' } })],
    ['what overlaps do', (found) => ({ ...found, policies: { ...found.policies, overlap: 'SKIP' } })],
    ['how many runs are left', (found) => ({ ...found, state: { ...found.state, remainingActions: 1 } })],
  ]
  test.each(edits)('of all puts right what was edited by hand: %s', async (_, edit) => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await expect.poll(() => matches(tenantId), patience).toBe(true)
    await handleOf(tenantId).update(edit)
    await expect.poll(() => matches(tenantId), patience).toBe(false)
    await all()
    await expect.poll(() => matches(tenantId), patience).toBe(true)
    await expect.poll(() => deviation(tenantId, 'DAILY'), patience).toEqual([])
  })

  test('of all pauses again what a tenant disabled and somebody unpaused, and keeps what an engineer paused', async () => {
    const [off, held] = [newTenant(), newTenant()]
    await registerAndSync(off, disabled)
    await registerAndSync(held, daily)
    await handleOf(off).unpause('let us see')
    await handleOf(held).pause('SFTP server under repair')
    await expect.poll(() => stateOf(off), patience).toMatchObject({ paused: false })
    await expect.poll(() => stateOf(held), patience).toMatchObject({ paused: true })
    await all()
    await expect.poll(() => stateOf(off), patience).toMatchObject({ paused: true })
    expect(await stateOf(held)).toEqual({ paused: true, note: 'SFTP server under repair' })
  })

  test('of all removes a schedule without a registration, and none that is for another task queue', async () => {
    const [orphan, foreign, kept] = [newTenant(), newTenant(), newTenant()]
    for (const tenantId of [orphan, foreign, kept]) await registerAndSync(tenantId, daily)
    await handleOf(foreign).update((found) => ({ ...found, action: { ...found.action, taskQueue: 'of-others' } }))
    for (const tenantId of [orphan, foreign]) await dropRegistration(services.stores, tenantId)
    await expect
      .poll(async () => {
        await all()
        return exists(orphan)
      }, patience)
      .toBe(false)
    expect([await exists(foreign), await exists(kept)]).toEqual([true, true])
    expect(services.log).toContainEqual(
      expect.objectContaining({ tenantId: orphan, msg: 'removed a schedule that has no registration' }),
    )
    await handleOf(foreign).delete()
  })

  test('by two at once has one result', async () => {
    const [lost, edited, orphan, pending] = [newTenant(), newTenant(), newTenant(), newTenant()]
    for (const tenantId of [lost, edited, orphan]) await registerAndSync(tenantId, daily)
    await handleOf(lost).delete()
    await handleOf(edited).update((found) => ({ ...found, spec: { calendars: [{ hour: 3 }] } }))
    await register(pending, { ...daily, frequency: 'WEEKLY' })
    await dropRegistration(services.stores, orphan)
    await expect
      .poll(async () => {
        await Promise.all([all(), all()])
        return [await exists(orphan), await matches(lost), await matches(edited), await matches(pending)]
      }, patience)
      .toEqual([false, true, true, true])
    expect(await services.stores.registrations.tenantsWithPendingSchedule(100)).toEqual([])
  })

  test('goes on past a tenant whose schedule alone is refused, and tells of it', async () => {
    const [broken, fine] = [newTenant(), newTenant()]
    await register(broken, daily)
    await register(fine, daily)
    const specOf = ({ registration }: StoredRegistration, names: readonly string[]) => {
      const spec = scheduleSpec(registration, names, { jitterSeconds: 0 })
      return registration.tenantId === broken ? { ...spec, calendar: { hour: 99 } } : spec
    }
    await services.scheduleSync({ specOf }).reconcile({ all: false })
    expect(await services.stores.registrations.find(fine)).toMatchObject({ scheduledVersion: 1 })
    expect(await services.stores.registrations.find(broken)).toMatchObject({ scheduledVersion: null })
    expect(services.log).toContainEqual(expect.objectContaining({ tenantId: broken, level: 'warn' }))
    await services.scheduleSync().reconcile({ all: false })
    expect(await services.stores.registrations.find(broken)).toMatchObject({ scheduledVersion: 1 })
  })
})
