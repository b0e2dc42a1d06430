import type { EntityTask, RunPlan } from '../src/contracts.js'
import { findEntity } from '../src/domain/entity.js'
import type { Run } from '../src/domain/run.js'
import type { ActivityDependencies } from './dependencies.js'

/** What the workflow is to do for a run that has begun, with the settings that it keeps until it ends. */
export function planOf(deps: ActivityDependencies, run: Run): RunPlan {
  const displayName = (entity: string): string => findEntity(deps.catalog, entity)?.displayName ?? entity
  const planned = run.entities.filter(({ status }) => status !== 'SKIPPED')
  const isRedelivery = run.trigger === 'REDELIVERY'
  const tasks = planned.map(({ entity, mode, fullLoadReason, from, to }): EntityTask => ({
    runId: run.id,
    tenantId: run.tenantId,
    entity,
    displayName: displayName(entity),
    mode,
    fullLoadReason,
    from: from?.toISOString() ?? null,
    to: to.toISOString(),
    // A redelivery has several windows of one entity.
    activityId: isRedelivery ? `${displayName(entity)} up to ${to.toISOString()}` : displayName(entity),
  }))
  const skipped = run.entities.flatMap(({ entity, status }) => (status === 'SKIPPED' ? [displayName(entity)] : []))
  const { entityConcurrency, filesTogether, maxAttempts, retryMinutes } = deps
  return {
    tasks: isRedelivery ? tasks : deltasFirst(tasks),
    skipped,
    entityConcurrency,
    ...(haveOneEnd(tasks) && filesTogether > 1 && { filesTogether }),
    maxAttempts,
    retryMinutes,
    registrationVersion: run.registrationVersion,
  }
}

/** Several windows of one entity can't be exported together. */
function haveOneEnd(tasks: readonly EntityTask[]): boolean {
  return new Set(tasks.map(({ to }) => to)).size === 1
}

/** A delta is small, so no delta waits for a full load. */
function deltasFirst(tasks: readonly EntityTask[]): EntityTask[] {
  return [...tasks.filter(({ mode }) => mode === 'DELTA'), ...tasks.filter(({ mode }) => mode === 'FULL')]
}
