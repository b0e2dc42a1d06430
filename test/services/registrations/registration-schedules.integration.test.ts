import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createStores, type Stores } from '../../../src/compose/database.js'
import { openDatabase } from '../../../src/database/client.js'
import type { Actor } from '../../../src/domain/actor.js'
import type { ScheduleGateway } from '../../../src/schedules/schedule-gateway.js'
import { keepReconciling } from '../../../src/services/reconciler.js'
import type { Outcome } from '../../../src/services/outcome.js'
import { removeRegistration } from '../../../src/services/registrations/remove-registration.js'
import type { ScheduleSync } from '../../../src/services/schedule-sync.js'
import { eventually } from '../../support/eventually.js'
import { anActor } from '../../support/world/builders.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

let services: TestServices
beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

/** The stores as another process has them. */
function otherStores(): Stores {
  const database = openDatabase({ url: services.stores.serviceUrl, poolSize: 10 })
  onTestFinished(() => database.close())
  return createStores(database)
}

/** As under load: no call waits for its schedule. */
const impatient = { besideOthers: 0, alone: 0 }

/**
 * The real gateway, which changes no schedule before `open` is called. `applied` has the versions that it was called with, and
 * `tenants` has their tenants.
 */
function watchedGateway() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const applied: number[] = []
  const tenants: string[] = []
  const gateway: ScheduleGateway = {
    ...services.gateways.schedules,
    remove: (tenantId) => services.gateways.schedules.remove(tenantId),
    apply: async (spec, options) => {
      applied.push(spec.registrationVersion)
      tenants.push(spec.tenantId)
      await opened
      await services.gateways.schedules.apply(spec, options)
    },
  }
  return { gateway, applied, tenants, open }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

const stateOf = async (actor: Actor) =>
  (await services.registrations().current(actor, { includeInactive: false }))?.schedule.state

const describeSchedule = ({ tenantId }: Actor) =>
  services.temporal.client.schedule.getHandle(`export-${tenantId}`).describe()

/** Waits until a schedule in Temporal has the memo or the state that is asked for. */
const scheduleOf = (actor: Actor, wanted: { readonly version: number; readonly paused: boolean }) =>
  eventually(`the schedule of version ${wanted.version}`, async () => {
    const { action, state } = await describeSchedule(actor)
    return action.memo?.['registrationVersion'] === wanted.version && state.paused === wanted.paused
  })

const frequencies = ['DAILY', 'WEEKLY'] as const

test('ten quick changes of a tenant make two schedule updates, and the last one is that of the last version', async () => {
  const actor = anActor(newTenant())
  const { gateway, applied, open } = watchedGateway()
  const schedules = services.scheduleSync({ gateway, patience: impatient })
  const registrations = services.registrations({ schedules })
  for (let n = 0; n < 10; n++) {
    const frequency = frequencies[n % 2] ?? 'DAILY'
    const { registration } = valueOf(await registrations.replace(actor, { exportOption: 'EXPORT_ALL', frequency }))
    // Temporal has not answered yet.
    expect(registration).toMatchObject({ version: n + 1, schedule: { state: 'PENDING' } })
    if (n === 0) await eventually('the first update', () => applied.length === 1)
  }
  expect(await stateOf(actor)).toBe('PENDING')
  open()
  await eventually('the schedule to follow', async () => (await stateOf(actor)) === 'ACTIVE')
  expect(applied).toEqual([1, 10])
  await scheduleOf(actor, { version: 10, paused: false })
})

test('a pause and its end in quick succession leave the schedule as the last order says', async () => {
  for (const orders of [['pause'], ['pause', 'resume'], ['pause', 'resume', 'pause']] as const) {
    const actor = anActor(newTenant())
    const schedules = services.scheduleSync({ patience: impatient })
    const registrations = services.registrations({ schedules })
    valueOf(await registrations.replace(actor, { entityList: 'user' }))
    for (const order of orders) valueOf(await registrations[order](actor))
    const paused = orders.at(-1) === 'pause'
    await eventually('the schedule to follow', async () => (await stateOf(actor)) !== 'PENDING')
    expect(await stateOf(actor)).toBe(paused ? 'PAUSED' : 'ACTIVE')
    await scheduleOf(actor, { version: 1, paused })
  }
})

test('a tenant that is removed while its schedule waits has no schedule, and one that registers again has one', async () => {
  const actor = anActor(newTenant())
  const { gateway, applied, open } = watchedGateway()
  const schedules = services.scheduleSync({ gateway, patience: impatient })
  const registrations = services.registrations({ schedules })
  valueOf(await registrations.replace(actor, { entityList: 'user' }))
  await eventually('the first update', () => applied.length === 1)
  valueOf(await registrations.replace(actor, { entityList: 'site category' }))
  const removing = removeRegistration({ ...services.stores, schedules }, actor)
  open()
  expect(await removing).toBe(true)
  await schedules[Symbol.asyncDispose]()
  await eventually('the schedule to be gone', () =>
    describeSchedule(actor).then(
      () => false,
      () => true,
    ),
  )
  const again = valueOf(await services.registrations().replace(actor, { entityList: 'user' }))
  expect(again.registration).toMatchObject({ version: 1, schedule: { state: 'ACTIVE' } })
})

/** A reconciler as an API process runs it, until `work` is done. */
async function withReconciler(schedules: ScheduleSync, work: () => Promise<unknown>): Promise<void> {
  const stop = new AbortController()
  const parts = {
    schedules,
    endLostRuns: async () => undefined,
    prepare: async () => undefined,
    ping: () => services.temporal.ping(),
  }
  const reconciling = keepReconciling({ ...parts, events: services.events }, stop.signal, 3600)
  await work()
  stop.abort()
  await reconciling
}

test('the first reconciliation of a new process makes a schedule that a process left when it crashed', async () => {
  const actor = anActor(newTenant())
  const { gateway, applied, open } = watchedGateway()
  const crashing = services.registrations({ schedules: services.scheduleSync({ gateway, patience: impatient }) })
  valueOf(await crashing.replace(actor, { entityList: 'user' }))
  await eventually('the update to begin', () => applied.length === 1)
  // As when the process ends: Postgres rolls back, and releases the lock.
  const broken = await services.stores.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  expect(broken).toHaveLength(1)
  await withReconciler(services.scheduleSync({ stores: otherStores() }), () =>
    eventually('the schedule to follow', async () => (await stateOf(actor)) === 'ACTIVE'),
  )
  await scheduleOf(actor, { version: 1, paused: false })
  open()
})

test('two processes make each pending schedule once', async () => {
  const actors = Array.from({ length: 12 }, () => anActor(newTenant()))
  const [one, other] = [watchedGateway(), watchedGateway()]
  const cut = services.scheduleSync({ gateway: services.unreachable.schedules, patience: impatient })
  await cut[Symbol.asyncDispose]()
  const registrations = services.registrations({ schedules: cut })
  for (const actor of actors) {
    const { registration } = valueOf(await registrations.replace(actor, { entityList: 'user' }))
    expect(registration.schedule.state).toBe('PENDING')
  }
  one.open()
  other.open()
  await Promise.all([one, other].map(({ gateway }) => services.scheduleSync({ gateway }).reconcile({ all: false })))
  const ours = actors.map(({ tenantId }) => tenantId).toSorted()
  const applied = [...one.tenants, ...other.tenants].filter((tenantId) => ours.includes(tenantId))
  expect(applied.toSorted()).toEqual(ours)
  for (const actor of actors) expect(await stateOf(actor)).toBe('ACTIVE')
})
