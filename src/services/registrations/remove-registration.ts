import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import { registrationChanged } from '../../domain/events/tenant-events.js'
import type { ScheduleSync } from '../schedule-sync.js'

/**
 * Removes a registration and its schedule. Runs, deliveries and the history of the registration stay. Returns false if there
 * was no registration.
 * @throws ExportError TEMPORAL_UNAVAILABLE: the registration is removed, and calling again removes the schedule
 */
export async function removeRegistration(
  { transact, schedules }: { readonly transact: Transact; readonly schedules: ScheduleSync },
  actor: Actor,
): Promise<boolean> {
  const removed = await transact(
    actor.tenantId,
    async ({ registration, audit, events }) => {
      const before = await registration.find()
      if (!before) return false
      await registration.remove()
      await audit.keep(auditEntry(actor, 'REGISTRATION_REMOVED', { before: { ...before.registration } }))
      await events.keep(registrationChanged(actor, 'REMOVED', before.registration))
      return true
    },
    { lock: 'registration' },
  )
  await schedules.apply(actor.tenantId)
  return removed
}
