import { describe, expect, test, vi } from 'vitest'
import { withCircuitBreaker } from '../../src/schedules/circuit-breaker.js'
import { disabled } from '../support/world/builders.js'
import { dropRegistration, newTenant } from '../support/world/stores.js'
import { ExportError } from '../../src/domain/errors.js'
import { keepReconciling } from '../../src/services/reconciler.js'
import { daily, deviation, pollOptions, register, services, useTenantSchedules } from './support/tenant-schedules.js'

useTenantSchedules()

describe('a schedule that follows', () => {
  type Apply = (version: number) => Promise<void>
  /** A synchronisation whose Temporal takes whatever it gets, and tells the test first. */
  const following = (apply: Apply) =>
    services.scheduleSync({
      gateway: {
        apply: ({ registrationVersion }) => apply(registrationVersion),
        remove: () => apply(0),
        compare: async () => ({ matches: true, reading: null }),
        orphans: async () => [],
      },
    })
  const storedOf = (tenantId: string) => services.stores.registrations.find(tenantId)

  test('a schedule is applied by one call at a time, each with the current registration', async () => {
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

  test('a schedule is pending if a registration arrived while an older one was applied', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await following(async () => void (await register(tenantId, disabled))).apply(tenantId)
    expect(await storedOf(tenantId)).toMatchObject({ scheduledVersion: null, registration: { version: 2 } })
  })

  test('a schedule that matches already is not applied again', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    const seen: number[] = []
    const schedules = following(async (version) => void seen.push(version))
    expect(await schedules.sync(tenantId)).toEqual({ scheduledVersion: 1, scheduleError: null })
    expect(await schedules.sync(tenantId)).toEqual({ scheduledVersion: 1, scheduleError: null })
    expect(seen).toEqual([1])
  })

  test('a schedule is removed if its registration was removed while it waited', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await dropRegistration(services.stores, tenantId)
    const seen: number[] = []
    await following(async (version) => void seen.push(version)).sync(tenantId)
    expect(seen).toEqual([0])
  })
})

describe('while Temporal is down', () => {
  const down = () => services.scheduleSync({ gateway: services.unreachable.schedules })

  test('a schedule stays pending with the reason while Temporal is down, and the failure is reported', async () => {
    const tenantId = newTenant()
    await register(tenantId, daily)
    await down().sync(tenantId)
    expect(await services.stores.registrations.find(tenantId)).toMatchObject({
      scheduledVersion: null,
      scheduleError: expect.stringMatching(/^Temporal did not answer \(apply schedule/),
    })
    expect(services.log).toContainEqual(
      expect.objectContaining({
        tenantId,
        msg: 'the schedule could not be updated to match its registration; Tidemark tries again',
      }),
    )
  })

  test('one call tests an unavailable Temporal for all, and the others hold no database connection', async () => {
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
    const errors = async () =>
      Promise.all(tenants.map(async (id) => (await services.stores.registrations.find(id))?.scheduleError))
    await expect.poll(errors, pollOptions).toEqual(tenants.map(() => expect.stringMatching(/^Temporal did not answer/)))
    // Those that were under way when the first one failed, and no others.
    expect(mostAtOnce).toBeLessThanOrEqual(4)
    expect(asked).toBe(mostAtOnce)
  })

  test('Temporal is called again after a pause, and by every caller once it answers', async () => {
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
      }, pollOptions)
      .toEqual([1, 1])
  })

  test('reconciliation fails as TEMPORAL_UNAVAILABLE, and fixes all pending schedules once Temporal is reachable', async () => {
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
    await expect.poll(() => deviation(other, 'WEEKLY'), pollOptions).toEqual([])
    expect(await services.stores.registrations.tenantsWithPendingSchedule(100)).toEqual([])
  })

  test('the reconciler retries automatically, reports its failure once, and ends when it is stopped', async () => {
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
      prepare: async () => undefined,
      ping: () => services.temporal.ping(),
      events: services.events,
    }
    const reconciling = keepReconciling(parts, stop.signal, 0.05)
    await vi.waitFor(() => expect(failures()).toHaveLength(before + 1), pollOptions)
    await vi.waitFor(
      async () => expect((await services.stores.registrations.find(tenantId))?.scheduleError).not.toBeNull(),
      pollOptions,
    )
    reachable = true
    await vi.waitFor(
      async () => expect(await services.stores.registrations.find(tenantId)).toMatchObject({ scheduledVersion: 1 }),
      pollOptions,
    )
    stop.abort()
    await reconciling
    expect(failures()).toHaveLength(before + 1)
  })

  test('the reconciler reports that Temporal is away also while no schedule is pending (promise 14)', async () => {
    const events = { ...services.events, reconcileFailed: vi.fn<typeof services.events.reconcileFailed>() }
    const stop = new AbortController()
    let reachable = true
    const ping = async (): Promise<void> => {
      if (!reachable) throw new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal did not answer')
    }
    const schedules = { reconcile: async () => void (reachable = false) }
    const reconciling = keepReconciling(
      { schedules, endLostRuns: async () => undefined, prepare: async () => undefined, ping, events },
      stop.signal,
      0.05,
    )
    await vi.waitFor(() => expect(events.reconcileFailed).toHaveBeenCalled(), pollOptions)
    expect(events.reconcileFailed.mock.calls[0]?.[0]).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    stop.abort()
    await reconciling
  })
})
