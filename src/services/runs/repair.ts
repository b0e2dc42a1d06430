import type { Actor } from '../../domain/actor.js'
import type { Run } from '../../domain/run.js'
import { endLostRuns } from '../lost-runs.js'
import { type Outcome, unlessTemporalIsAway } from '../outcome.js'
import type { ScheduleSync } from '../schedule-sync.js'
import type { RunsDependencies } from './dependencies.js'
import { startRun } from './start.js'

/** What a repair did before its run. */
export interface Repair {
  /** Runs that were on record as unfinished, and that Temporal did not have. They ended as RUN_LOST. */
  readonly endedRuns: readonly string[]
  readonly run: Run
}

/**
 * Brings a tenant in line with what is recorded: ends lost runs, makes the schedule match, and starts a run of no entity, which
 * completes or discards pending publications, sets wrong watermarks aside, and writes manifests and the index.
 */
export async function repair(
  deps: RunsDependencies & { readonly schedules: Pick<ScheduleSync, 'apply'> },
  actor: Actor,
): Promise<Outcome<Repair>> {
  const { tenantId } = actor
  return unlessTemporalIsAway('Temporal did not answer. Try again.', async () => {
    const before = await deps.runs.unfinished(tenantId)
    const alive = await endLostRuns(deps, tenantId)
    const endedRuns = before.map(({ id }) => id).filter((id) => !alive.some((run) => run.id === id))
    await deps.schedules.apply(tenantId)
    const started = await startRun(deps, actor, {
      trigger: 'MANUAL',
      scope: { entities: [] },
      summary: 'repair requested by hand',
      audit: { action: 'RUN_REQUESTED', after: { entities: [] } },
    })
    return started.ok ? { ok: true, value: { endedRuns, run: started.value } } : started
  })
}
