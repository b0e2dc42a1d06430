import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Admin, composeAdmin } from '../../../src/compose/admin.js'
import { loadConfig } from '../../../src/config/config.js'
import { scheduleId } from '../../../src/contracts.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { anActor } from '../../support/world/builders.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import { holdAll } from '../support/invariants.js'
import { startApi } from '../support/running-api.js'

let production: World
/** Has a database and an SFTP server of its own, and production's Temporal and task queue. */
let staging: World
let tenants: TestTenant[]
beforeAll(async () => {
  await farFromMidnight()
  production = await createWorld()
  const { TEMPORAL_TASK_QUEUE } = production.environment
  staging = await createWorld({
    worker: false,
    environment: { TEMPORAL_TASK_QUEUE, RECONCILE_SECONDS: '1', PORT: '0', ALERT_DELAY_SECONDS: '1' },
  })
  // Databases of tests are copies of one.
  await using admin = await composeAdmin(staging.config)
  await admin.installations.renew()
  tenants = [await aTenant(), await aTenant()]
})
afterAll(async () => {
  await staging?.[Symbol.asyncDispose]()
  await production[Symbol.asyncDispose]()
})

async function aTenant(): Promise<TestTenant> {
  const tenant = await production.tenant({ rows: { user: 30, site: 8, site_category: 3 }, before: midnight(3) })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(2))
  return tenant
}

const scheduleOf = async ({ id }: TestTenant) => {
  const { spec, action, state } = await production.temporal.schedule.getHandle(scheduleId(id)).describe()
  return { spec, action, state }
}

const registerInStaging = ({ id }: TestTenant) =>
  staging.useCases.registrations.replace(anActor(id), { entityList: 'site', frequency: 'MONTHLY' })

test('staging with the task queue of production changes nothing there, and says which installation has it', async () => {
  attack({ name: "staging configured with production's task queue" })
  const before = await Promise.all(tenants.map(scheduleOf))
  await expect(staging.startWorker()).rejects.toMatchObject({ code: 'INSTALLATION_MISMATCH' })
  {
    await using api = await startApi(staging.config)
    // With a registration in its database, the reconciler looks for schedules of tenants that it does not know.
    await registerInStaging(tenants[0]!)
    await eventually('the alert', () => api.alerts('opened').includes('INSTALLATION_MISMATCH'))
  }
  expect(await Promise.all(tenants.map(scheduleOf))).toEqual(before)
  const stored = await staging.useCases.registrationStore.find(tenants[0]!.id)
  expect(stored?.scheduledVersion).toBeNull()
  expect(stored?.scheduleError).toMatch(/^In Temporal, the task queue \S+ belongs to installation [-0-9a-f]{36}\. /)
  await tenants[0]!.mutate({ entities: ['user'], inserts: 2, updates: 2, deletes: 0 })
  expect((await tenants[0]!.backfill(midnight(1))).map(({ status }) => status)).toEqual(['SUCCEEDED'])
  expect(await tenants[0]!.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await holdAll(production, tenants[0]!)
})

async function rejections(admin: Admin, { id }: TestTenant) {
  const page = await admin.incidents.page({ first: 10, isOpen: true, code: 'SCHEDULE_REJECTED', tenantId: id })
  return page.edges
}

test('staging with a task queue of its own does not change the schedule of a tenant that production has, too', async () => {
  attack({ name: "staging configured with production's namespace" })
  const config = loadConfig({ ...staging.environment, TEMPORAL_TASK_QUEUE: `${staging.config.temporal.taskQueue}-own` })
  await using admin = await composeAdmin(config)
  await registerInStaging(tenants[1]!)
  const before = await scheduleOf(tenants[1]!)
  {
    await using _api = await startApi(config)
    await eventually('the incident', async () => (await rejections(admin, tenants[1]!)).length > 0)
  }
  await expect(admin.removeRegistration(tenants[1]!.id)).rejects.toMatchObject({ code: 'INSTALLATION_MISMATCH' })
  expect(await scheduleOf(tenants[1]!)).toEqual(before)
})

test('an installation that adopts the task queue takes over its tenants, and the other one stops', async () => {
  attack({ name: 'an installation that takes over from another one' })
  await using admin = await composeAdmin(staging.config)
  const { foreign } = await admin.installations.show()
  expect(foreign.map(({ tenantId }) => tenantId).toSorted()).toEqual(tenants.map(({ id }) => id).toSorted())
  const adoption = await admin.installations.adopt()
  expect(adoption).toMatchObject({ adopted: [tenants[0]!.id], left: [tenants[1]!.id] })
  await expect(production.startWorker()).rejects.toMatchObject({ code: 'INSTALLATION_MISMATCH' })
  const { action } = await scheduleOf(tenants[0]!)
  expect(action.memo).toMatchObject({ installation: adoption.id, frequency: 'MONTHLY' })
})
