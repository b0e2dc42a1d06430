import type { Actor } from '../../domain/actor.js'
import type { Run, RunEntity, RunScope } from '../../domain/run.js'
import { ok, type Outcome, refused } from '../outcome.js'
import { notRegistered } from '../registrations/entity-list-change.js'
import { noSuchRun, runInProgress, type RunsDependencies, storedRun } from './dependencies.js'
import { refuseInactive, requireActive, startRun } from './start.js'

/** Starts a run of what failed or was cancelled in an ended run. */
export async function retryRun(deps: RunsDependencies, actor: Actor, id: string): Promise<Outcome<Run>> {
  const run = await storedRun(deps, actor.tenantId, id)
  if (!run) return noSuchRun
  if (run.finishedAt === null) return runInProgress(run)
  if (!hasFailed(run)) {
    return refused('NOTHING_FAILED', `Every entity of run ${run.id} is published. There is nothing to retry.`, ['id'])
  }
  const scope = await scopeOfRetry(deps, actor, run)
  if (!scope.ok) return scope
  const after = { run: run.id, ...scope.value }
  return startRun(deps, actor, {
    trigger: scope.value.redeliver ? 'REDELIVERY' : 'RETRY',
    summary: `retry of run ${run.id} requested by hand`,
    scope: scope.value,
    audit: { action: 'RUN_RETRIED', after },
  })
}

/** A run that has published every entity may have failed to write its manifest. Its retry has no entity, and writes that. */
function hasFailed(run: Run): boolean {
  if (run.status === 'CANCELLED') return unpublished(run)?.length !== 0
  return run.status === 'FAILED' || run.status === 'PARTIALLY_FAILED'
}

/** What the run did not publish; undefined if it ended before it was planned, so that it has no entities. */
function unpublished({ entities }: Run): RunEntity[] | undefined {
  if (entities.length === 0) return undefined
  return entities.filter(({ status }) => status === 'FAILED' || status === 'CANCELLED')
}

async function scopeOfRetry(deps: RunsDependencies, actor: Actor, run: Run): Promise<Outcome<RunScope>> {
  const requested = await deps.runs.scopeOf(actor.tenantId, run.id)
  const failed = unpublished(run)
  if (run.trigger === 'REDELIVERY') return scopeOfRedelivery(deps, actor, requested, failed)
  const active = await requireActive(deps, actor)
  if (!active.ok) return active
  const entities = failed ? [...new Set(failed.map(({ entity }) => entity))] : requested.entities
  const inactive = entities && refuseInactive(deps, entities, active.value)
  if (inactive) return inactive
  // A planned full load stays requested until its file is published.
  return ok(failed ? { ...(entities && { entities }) } : requested)
}

/** The shortest period with all windows that failed. Files between them are written again, too, which changes nothing in them. */
async function scopeOfRedelivery(
  deps: RunsDependencies,
  { tenantId }: Actor,
  requested: RunScope,
  failed: RunEntity[] | undefined,
): Promise<Outcome<RunScope>> {
  if (!(await deps.registrations.find(tenantId))) return notRegistered
  if (!failed?.length) return ok(requested)
  const ends = failed.map(({ to }) => to.getTime())
  const period = { from: new Date(Math.min(...ends) - 1).toISOString(), to: new Date(Math.max(...ends)).toISOString() }
  return ok({ entities: [...new Set(failed.map(({ entity }) => entity))], redeliver: period })
}
