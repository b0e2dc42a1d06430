import { expect, test, vi } from 'vitest'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { defaultScheduleTime } from '../../src/domain/schedule-time.js'
import { ExportError } from '../../src/domain/errors.js'
import { newTenant } from '../support/world/stores.js'
import {
  daily,
  describeSchedule,
  exists,
  handleOf,
  pollOptions,
  registerAndSync,
  services,
  useTenantSchedules,
} from './support/tenant-schedules.js'

useTenantSchedules()

const lastBoundary = () => boundaryAtOrBefore({ frequency: 'DAILY', ...defaultScheduleTime }, new Date())

test('a boundary that Temporal lost with the schedule is run at a later comparison, if Temporal does not answer at the first', async () => {
  // Its entities are active since a day of the past.
  const tenantId = newTenant()
  await registerAndSync(tenantId, daily)
  await handleOf(tenantId).delete()
  await vi.waitFor(async () => expect(await exists(tenantId)).toBe(false), pollOptions)
  const asked: [string, Date, Date][] = []
  const pauses = {
    backfill: async (...each: [string, Date, Date]) => {
      asked.push(each)
      if (asked.length === 1) throw new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal did not answer')
      await services.gateways.schedules.backfill(...each)
    },
  }
  const compare = () => services.scheduleSync({ pauses }).reconcile({ all: true })
  await expect(compare()).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
  await compare()
  const actions = async () => (await describeSchedule(tenantId)).info.numActionsTaken
  await expect.poll(actions, pollOptions).toBe(1)
  // The schedule has started a run: it is not started again.
  await compare()
  const boundary = lastBoundary()
  const ofTenant = asked.filter(([id]) => id === tenantId)
  expect(ofTenant).toEqual(Array.from({ length: 2 }, () => [tenantId, boundary, boundary]))
  expect(await actions()).toBe(1)
})
