import type { Config } from '../config/config.js'
import type { StoredRegistration } from '../database/unit-of-work/tenant-registration.js'
import { withCircuitBreaker } from '../schedules/circuit-breaker.js'
import { scheduleSpec, type ScheduleSpec } from '../schedules/schedule-spec.js'
import type { Patience } from '../services/schedule-queue.js'
import { createScheduleSync, type ScheduleSync } from '../services/schedule-sync.js'
import type { Shared } from './shared.js'

/** Under load, an answer that waits longer would be late. A lone caller sees its schedule active in the answer. */
const patience: Patience = { besideOthers: 50, alone: 1000 }

/** Keeps the schedules what the registrations say. */
export function composeScheduleSync(
  { schedule }: Pick<Config, 'schedule'>,
  { catalog, stores, gateways, events }: Pick<Shared, 'catalog' | 'stores' | 'gateways' | 'events'>,
): ScheduleSync {
  return createScheduleSync({
    catalog,
    ...stores,
    gateway: withCircuitBreaker(gateways.schedules),
    pauses: gateways.schedules,
    specOf: specOf(schedule),
    events,
    atOnce: schedule.updatesAtOnce,
    patience,
  })
}

/** The schedule that a registration requests. */
export function specOf(options: Pick<Config['schedule'], 'jitterSeconds'>) {
  return ({ registration, pausedAt }: StoredRegistration, names: readonly string[]): ScheduleSpec =>
    scheduleSpec(registration, names, { ...options, isPaused: pausedAt !== null })
}
