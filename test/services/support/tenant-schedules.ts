import { afterAll, beforeAll, expect } from 'vitest'
import { type ExportFrequency, nextBoundaries } from '../../../src/domain/calendar.js'
import { defaultScheduleTime } from '../../../src/domain/schedule-time.js'
import { type RegistrationTarget, replaceRegistration } from '../../../src/domain/registration.js'
import { anActor, change, selected } from '../../support/world/builders.js'
import { writeRegistration } from '../../support/world/stores.js'
import { removeRegistration } from '../../../src/services/registrations/remove-registration.js'
import { openServices, type TestServices } from '../../support/world/services.js'

export let services: TestServices

/** Registers the hooks that open the services for the tests of a file. */
export function useTenantSchedules(): void {
  beforeAll(async () => {
    services = await openServices()
  })
  afterAll(() => services[Symbol.asyncDispose]())
}

/** Saves a registration and leaves its schedule alone. */
export async function register(tenantId: string, target: RegistrationTarget): Promise<number> {
  const { registration } = await writeRegistration(services.stores, tenantId, (current) =>
    replaceRegistration(current, target, change('2026-11-23T09:30:00Z', 'tester', tenantId)),
  )
  return registration.version
}

export async function registerAndSync(tenantId: string, target: RegistrationTarget): Promise<void> {
  await register(tenantId, target)
  await services.scheduleSync().sync(tenantId)
  expect(services.log.filter((line) => line['tenantId'] === tenantId && line['level'] === 'warn')).toEqual([])
}

export const remove = (tenantId: string, schedules = services.scheduleSync()): Promise<boolean> =>
  removeRegistration({ ...services.stores, schedules }, anActor(tenantId))

export const handleOf = (tenantId: string) => services.temporal.client.schedule.getHandle(`export-${tenantId}`)
export const describeSchedule = (tenantId: string) => handleOf(tenantId).describe()
export const daily = selected('user', 'site_category')

export async function exists(tenantId: string): Promise<boolean> {
  return describeSchedule(tenantId).then(
    () => true,
    () => false,
  )
}

export const stateOf = async (tenantId: string) => (await describeSchedule(tenantId)).state

/** Times that the server and the calendar do not agree on, of the next ones that the server tells. */
export async function deviation(
  tenantId: string,
  frequency: ExportFrequency,
  schedule = defaultScheduleTime,
): Promise<Date[]> {
  const told = (await describeSchedule(tenantId)).info.nextActionTimes
  const due = nextBoundaries({ frequency, ...schedule }, new Date(), Math.max(5, told.length))
  const within = (times: Date[]) => (time: Date) => times.some((other) => other.getTime() === time.getTime())
  return [...told.filter((time) => !within(due)(time)), ...due.filter((time) => !within(told)(time))]
}

/** Temporal takes up an update after it has answered, and lists a schedule later still. */
export const pollOptions = { timeout: 20_000, interval: 200 }
