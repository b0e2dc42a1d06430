import type { LatenessStore } from '../database/lateness-store.js'
import { boundaryAtOrBefore } from '../domain/calendar.js'
import { coveredUntil, latenessOf } from '../domain/lateness.js'
import type { SchedulePauses } from '../schedules/schedule-gateway.js'

export interface MissedBoundaryDependencies {
  readonly lateness: LatenessStore
  readonly pauses: Pick<SchedulePauses, 'backfill'>
}

/**
 * Starts the run of the last boundary, if an active entity has no file for it and the schedule was made after it: a schedule does
 * not start runs of boundaries before its creation. For a schedule that was made anew after Temporal had lost it. It may be called
 * again until the schedule has started a run. One run covers all boundaries (promise 4).
 */
export async function runMissedBoundary(
  { lateness, pauses }: MissedBoundaryDependencies,
  tenantId: string,
  madeAt: Date,
): Promise<void> {
  const found = await lateness.find(tenantId)
  if (!found) return
  const covered = coveredUntil([...found.entities.values()])
  const { dueAt } = latenessOf({ ...found, graceMinutes: 0, coveredUntil: covered }, madeAt)
  if (dueAt === null || dueAt > madeAt) return
  const last = boundaryAtOrBefore(found, madeAt)
  await pauses.backfill(tenantId, last, last)
}
