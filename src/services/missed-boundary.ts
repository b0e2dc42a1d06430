import type { LatenessStore } from '../database/lateness-store.js'
import { boundaryAtOrBefore } from '../domain/calendar.js'
import { coveredUntil, latenessOf } from '../domain/lateness.js'
import type { SchedulePauses } from '../schedules/schedule-gateway.js'

export interface MissedBoundaryDependencies {
  readonly lateness: LatenessStore
  readonly pauses: Pick<SchedulePauses, 'backfill'>
}

/**
 * Starts the run of the last boundary, if an active entity has no file for it. For a schedule that was made anew after Temporal had
 * lost it: it does not start runs of boundaries before its creation. One run covers all of them (promise 4).
 */
export async function runMissedBoundary(
  { lateness, pauses }: MissedBoundaryDependencies,
  tenantId: string,
): Promise<void> {
  const found = await lateness.find(tenantId)
  if (!found) return
  const now = new Date()
  const covered = coveredUntil([...found.entities.values()])
  const { dueAt } = latenessOf({ ...found, graceMinutes: 0, coveredUntil: covered }, now)
  if (dueAt === null || dueAt > now) return
  const last = boundaryAtOrBefore(found, now)
  await pauses.backfill(tenantId, last, last)
}
