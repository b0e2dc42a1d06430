import { expect, test } from 'vitest'
import { createTenants } from '../../src/services/tenants.js'
import { smallCatalog } from '../support/world/builders.js'
import { newTenant } from '../support/world/stores.js'
import {
  daily,
  handleOf,
  pollOptions,
  registerAndSync,
  services,
  stateOf,
  useTenantSchedules,
} from './support/tenant-schedules.js'

useTenantSchedules()

test("a comparison of all schedules records what Temporal reports, and an operator's pause in Temporal", async () => {
  const tenants = createTenants({
    ...services.stores,
    catalog: smallCatalog,
    lateness: { graceMinutes: 120, pausedReminderDays: 7 },
  })
  const tenantId = newTenant()
  await registerAndSync(tenantId, daily)
  await services.scheduleSync().reconcile({ all: true })
  expect(await tenants.find(tenantId)).toMatchObject({
    ...{ missed: 0, skipped: 0, missedAt: null, pausedNote: null, scheduleState: 'ACTIVE' },
    nextRunAt: expect.any(Date) as unknown,
  })

  await handleOf(tenantId).pause('SFTP server under repair')
  await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject({ paused: true })
  await services.scheduleSync().reconcile({ all: true })
  expect(await tenants.find(tenantId)).toMatchObject({
    ...{ pausedNote: 'SFTP server under repair', scheduleState: 'PAUSED', nextRunAt: null, isPaused: true },
  })

  await handleOf(tenantId).unpause()
  await expect.poll(() => stateOf(tenantId), pollOptions).toMatchObject({ paused: false })
  await services.scheduleSync().reconcile({ all: true })
  expect(await tenants.find(tenantId)).toMatchObject({ pausedNote: null, scheduleState: 'ACTIVE' })
})
