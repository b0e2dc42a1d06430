import { namesOf } from '../../src/domain/described.js'
import { describe, expect, test, vi } from 'vitest'
import { exportFrequencies } from '../../src/domain/calendar.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { change, disabled } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import {
  daily,
  describeSchedule,
  deviation,
  exists,
  handleOf,
  pollOptions,
  register,
  registerAndSync,
  remove,
  services,
  stateOf,
  useTenantSchedules,
} from './support/tenant-schedules.js'

useTenantSchedules()

describe('the schedule of a tenant', () => {
  test('a registration makes the schedule export-<tenantId> with note, memo and search attributes', async () => {
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
    "Temporal's own times of a %s schedule are those of the calendar (promise 1)",
    async (frequency) => {
      const tenantId = newTenant()
      await registerAndSync(tenantId, { ...daily, frequency })
      await expect.poll(() => deviation(tenantId, frequency), pollOptions).toEqual([])
    },
  )

  test('a schedule changes from daily to weekly to monthly and back', async () => {
    const tenantId = newTenant()
    for (const frequency of ['DAILY', 'WEEKLY', 'MONTHLY', 'DAILY'] as const) {
      await registerAndSync(tenantId, { ...daily, frequency })
      await expect.poll(() => deviation(tenantId, frequency), pollOptions).toEqual([])
    }
    await vi.waitFor(async () => {
      const { action } = await describeSchedule(tenantId)
      expect(action.memo).toMatchObject({ frequency: 'DAILY', registrationVersion: 4 })
    }, pollOptions)
  })

  test('a schedule has the configured jitter', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await services
      .scheduleSync({ specOf: ({ registration }, names) => scheduleSpec(registration, names, { jitterSeconds: 90 }) })
      .sync(tenantId)
    expect((await describeSchedule(tenantId)).spec.jitter).toBe(90_000)
  })

  test('a schedule is paused while the export is disabled, and continues with the next registration', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await registerAndSync(tenantId, disabled)
    await expect
      .poll(() => stateOf(tenantId), pollOptions)
      .toMatchObject({ paused: true, note: expect.stringContaining('the tenant disabled its export') })
    await registerAndSync(tenantId, daily)
    await expect
      .poll(() => stateOf(tenantId), pollOptions)
      .toMatchObject({ paused: false, note: expect.stringContaining('Active') })
    await expect.poll(() => deviation(tenantId, 'DAILY'), pollOptions).toEqual([])
  })

  test('a first registration that disables the export makes a paused schedule', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, disabled)
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject({ paused: true })
  })

  test('a schedule is removed with its registration, and a second removal is no error', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    expect(await remove(tenantId)).toBe(true)
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), pollOptions)
    expect(await services.stores.registrations.find(tenantId)).toBeUndefined()
    expect(await remove(tenantId)).toBe(false)
  })

  test('a schedule whose removal failed is removed by the next call', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    const cut = services.scheduleSync({ gateway: services.unreachable.schedules })
    await expect(remove(tenantId, cut)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    expect(await exists(tenantId)).toBe(true)
    await remove(tenantId)
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), pollOptions)
  })
})

describe("an engineer's own pause", () => {
  const paused = { paused: true, note: 'SFTP server under repair' }

  test("an engineer's pause survives a registration", async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject(paused)
    await registerAndSync(tenantId, { ...daily, frequency: 'WEEKLY' })
    await expect.poll(() => deviation(tenantId, 'WEEKLY'), pollOptions).toEqual([])
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject(paused)
  })

  test("an engineer's pause survives that the tenant disables and enables its export", async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject(paused)
    await registerAndSync(tenantId, disabled)
    await registerAndSync(tenantId, { ...daily, frequency: 'MONTHLY' })
    await expect.poll(() => deviation(tenantId, 'MONTHLY'), pollOptions).toEqual([])
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject(paused)
  })

  test("an engineer's pause ends when the engineer resumes the schedule", async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await handleOf(tenantId).pause(paused.note)
    await handleOf(tenantId).unpause()
    await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject({ paused: false })
    await registerAndSync(tenantId, daily)
    await expect
      .poll(() => stateOf(tenantId), pollOptions)
      .toMatchObject({ paused: false, note: expect.stringContaining('Active') })
  })
})

describe('making a schedule match', () => {
  test('applying a schedule twice or by two callers at once has the same result', async () => {
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

  test('overlapping calls leave the schedule of the last registration', async () => {
    const tenantId = newTenant()
    const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'DAILY', 'MONTHLY', 'WEEKLY'] as const
    await Promise.all(frequencies.map((frequency) => registerAndSync(tenantId, { ...daily, frequency })))
    const stored = await services.stores.registrations.find(tenantId)
    expect(stored).toMatchObject({ registration: { version: 6 }, scheduledVersion: 6, scheduleError: null })
    await expect.poll(() => deviation(tenantId, stored!.registration.frequency), pollOptions).toEqual([])
  })
})
