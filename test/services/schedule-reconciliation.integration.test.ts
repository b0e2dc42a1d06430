import { namesOf } from '../../src/domain/described.js'
import type { StoredRegistration } from '../../src/database/unit-of-work/tenant-registration.js'
import { describe, expect, test, vi } from 'vitest'
import { exportFrequencies } from '../../src/domain/calendar.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { change, disabled } from '../support/world/builders.js'
import { dropRegistration, newTenant } from '../support/world/stores.js'
import {
  daily,
  describeSchedule,
  deviation,
  exists,
  handleOf,
  pollOptions,
  register,
  registerAndSync,
  services,
  stateOf,
  useTenantSchedules,
} from './support/tenant-schedules.js'

useTenantSchedules()

describe('reconciling', () => {
  const all = () => services.scheduleSync().reconcile({ all: true })
  const wantedOf = async (tenantId: string) =>
    scheduleSpec((await services.stores.registrations.find(tenantId))!.registration, daily.entities, {
      jitterSeconds: 0,
    })
  const matches = async (tenantId: string) =>
    (await services.gateways.schedules.compare(await wantedOf(tenantId))).matches

  test.each(namesOf(exportFrequencies))('reconciliation leaves a correct %s schedule unchanged', async (frequency) => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, { ...daily, frequency })
    await expect.poll(() => matches(tenantId), pollOptions).toBe(true)
    const before = await describeSchedule(tenantId)
    await all()
    const after = await describeSchedule(tenantId)
    expect(after.info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt)
    expect(after.raw.conflictToken).toEqual(before.raw.conflictToken)
  })

  test('reconciliation creates a schedule again that was deleted in Temporal', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, { ...daily, frequency: 'MONTHLY' })
    await handleOf(tenantId).delete()
    await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), pollOptions)
    await services.scheduleSync().reconcile({ all: false })
    expect(await exists(tenantId)).toBe(false)
    await all()
    await expect.poll(() => deviation(tenantId, 'MONTHLY'), pollOptions).toEqual([])
  })

  test('reconciliation fixes a schedule of an older version', async () => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    const old = replaceRegistration(undefined, daily, change('2026-11-23T09:30:00Z', 'tester', tenantId))
    await registerAndSync(tenantId, { ...daily, frequency: 'WEEKLY' })
    await services.gateways.schedules.apply(scheduleSpec(old, daily.entities, { jitterSeconds: 0 }))
    await expect.poll(() => deviation(tenantId, 'DAILY'), pollOptions).toEqual([])
    await all()
    await expect.poll(() => deviation(tenantId, 'WEEKLY'), pollOptions).toEqual([])
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
  test.each(edits)('reconciliation fixes a manual edit of %s', async (_, edit) => {
    const tenantId = newTenant()
    await registerAndSync(tenantId, daily)
    await expect.poll(() => matches(tenantId), pollOptions).toBe(true)
    await handleOf(tenantId).update(edit)
    await expect.poll(() => matches(tenantId), pollOptions).toBe(false)
    await all()
    await expect.poll(() => matches(tenantId), pollOptions).toBe(true)
    await expect.poll(() => deviation(tenantId, 'DAILY'), pollOptions).toEqual([])
  })

  test('reconciliation pauses a disabled schedule again, and keeps the pause of an engineer', async () => {
    const [off, held] = [newTenant(), newTenant()]
    await registerAndSync(off, disabled)
    await registerAndSync(held, daily)
    await handleOf(off).unpause('let us see')
    await handleOf(held).pause('SFTP server under repair')
    await expect.poll(() => stateOf(off), pollOptions).toMatchObject({ paused: false })
    await expect.poll(() => stateOf(held), pollOptions).toMatchObject({ paused: true })
    await all()
    await expect.poll(() => stateOf(off), pollOptions).toMatchObject({ paused: true })
    expect(await stateOf(held)).toEqual({ paused: true, note: 'SFTP server under repair' })
  })

  test('reconciliation removes a schedule without a registration, but none of another task queue', async () => {
    const [orphan, foreign, kept] = [newTenant(), newTenant(), newTenant()]
    for (const tenantId of [orphan, foreign, kept]) await registerAndSync(tenantId, daily)
    await handleOf(foreign).update((found) => ({ ...found, action: { ...found.action, taskQueue: 'of-others' } }))
    for (const tenantId of [orphan, foreign]) await dropRegistration(services.stores, tenantId)
    await expect
      .poll(async () => {
        await all()
        return exists(orphan)
      }, pollOptions)
      .toBe(false)
    expect([await exists(foreign), await exists(kept)]).toEqual([true, true])
    expect(services.log).toContainEqual(
      expect.objectContaining({ tenantId: orphan, msg: 'removed a schedule that has no registration' }),
    )
    await handleOf(foreign).delete()
  })

  test('two reconciliations at once have one result', async () => {
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
      }, pollOptions)
      .toEqual([false, true, true, true])
    expect(await services.stores.registrations.tenantsWithPendingSchedule(100)).toEqual([])
  })

  test('reconciliation continues after a tenant whose schedule is refused, and reports it', async () => {
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
