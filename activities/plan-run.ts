import { Context } from '@temporalio/activity'
import type { EntityTask, PlanRunInput, RunPlan } from '../src/contracts.js'
import type { PlannedEntity } from '../src/database/run-store.js'
import { isBoundary } from '../src/domain/calendar.js'
import { type Entity, findEntity } from '../src/domain/entity.js'
import { ExportError } from '../src/domain/errors.js'
import { defaultFileFormat } from '../src/domain/file-format.js'
import { activeEntities, type Registration } from '../src/domain/registration.js'
import type { Run } from '../src/domain/run.js'
import { planLoad } from '../src/domain/window.js'
import { completeOrDiscardAll } from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/**
 * Reads the registration once and pins what the run does: of each active entity the mode and the window, or the past
 * windows that are delivered again. A second call for the same run returns the same plan.
 */
export function planRun(deps: ActivityDependencies, input: PlanRunInput): Promise<RunPlan> {
  return heartbeating(async () => {
    const { tenantId, runId } = input
    await deps.onStep('plan', { tenantId, runId })
    const [other] = (await deps.endLostRuns(tenantId, runId)).filter((run) => run.status === 'RUNNING')
    if (other) throw new ExportError('RUN_IN_PROGRESS', `run ${other.id} (${other.workflowId}) is still running`)
    // What an earlier run was about to publish decides where the windows of this one begin.
    await completeOrDiscardAll(deps, tenantId, Context.current().cancellationSignal)
    const run = await begin(deps, input)
    deps.events.runPlanned(run)
    return planOf(deps, run)
  })
}

async function begin(deps: ActivityDependencies, input: PlanRunInput): Promise<Run> {
  const { tenantId, runId, workflowId } = input
  const registration = (await deps.registrations.find(tenantId))?.registration
  const to = new Date(input.to)
  const entities = await plannedEntities(deps, input, registration, to)
  await deps.onStep('begin', { tenantId, runId })
  return deps.runs.begin(
    { id: runId, tenantId, workflowId, trigger: triggerOf(input, to, registration), to, requestedBy: null },
    {
      registrationVersion: registration?.version ?? null,
      fileFormat: registration?.fileFormat ?? defaultFileFormat,
      entities,
    },
  )
}

/** A run that an operator triggers in the Temporal UI comes through the schedule, but not at a boundary. */
function triggerOf(input: PlanRunInput, to: Date, registration: Registration | undefined): Run['trigger'] {
  if (input.scope?.redeliver) return 'REDELIVERY'
  return !input.manual && isBoundary(registration?.frequency ?? 'DAILY', to) ? 'SCHEDULED' : 'MANUAL'
}

async function plannedEntities(
  deps: ActivityDependencies,
  { tenantId, scope = {} }: PlanRunInput,
  registration: Registration | undefined,
  to: Date,
): Promise<PlannedEntity[]> {
  const { redeliver, entities: names, fullLoad } = scope
  if (redeliver) {
    const which = { entities: names ?? [], from: new Date(redeliver.from), to: new Date(redeliver.to) }
    return planRedelivery(deps, tenantId, which)
  }
  // The request is in the audit log already.
  if (fullLoad) await deps.transact(tenantId, ({ watermarks }) => watermarks.requestFullLoad(names ?? []))
  const active = registration ? activeEntities(registration, deps.catalog) : []
  return planEntities(deps, tenantId, names ? active.filter(({ name }) => names.includes(name)) : active, to)
}

async function planEntities(
  deps: ActivityDependencies,
  tenantId: string,
  entities: readonly Entity[],
  to: Date,
): Promise<PlannedEntity[]> {
  if (entities.length === 0) return []
  const [watermarks, source] = await Promise.all([deps.deliveries.watermarks(tenantId), deps.source.identity()])
  return entities.map((entity) => {
    const watermark = watermarks.get(entity.name)
    return {
      entity: entity.name,
      load: planLoad(entity, to, watermark, source),
      previousDeliveryId: watermark?.deliveryId ?? null,
    }
  })
}

async function planRedelivery(
  deps: ActivityDependencies,
  tenantId: string,
  which: { entities: readonly string[]; from: Date; to: Date },
): Promise<PlannedEntity[]> {
  const windows = await deps.deliveries.pastWindows(tenantId, which)
  return windows.map(({ id, entity, to, load }) => ({
    entity,
    to,
    load,
    redelivers: id,
    previousDeliveryId: null,
  }))
}

function planOf(deps: ActivityDependencies, run: Run): RunPlan {
  const displayName = (entity: string): string => findEntity(deps.catalog, entity)?.displayName ?? entity
  const tasks = run.entities.flatMap(({ entity, mode, fullLoadReason, from, to, status }): EntityTask[] => {
    if (status === 'SKIPPED') return []
    return [
      {
        runId: run.id,
        tenantId: run.tenantId,
        entity,
        displayName: displayName(entity),
        mode,
        fullLoadReason,
        from: from?.toISOString() ?? null,
        to: to.toISOString(),
      },
    ]
  })
  const skipped = run.entities.flatMap(({ entity, status }) => (status === 'SKIPPED' ? [displayName(entity)] : []))
  return { tasks, skipped, entityConcurrency: deps.entityConcurrency, maxAttempts: deps.maxAttempts }
}
