import type { EntityTask, PlanRunInput, RunPlan } from '../src/contracts.js'
import type { PlannedEntity } from '../src/database/run-store.js'
import { isBoundary } from '../src/domain/calendar.js'
import { type Entity, findEntity } from '../src/domain/entity.js'
import { ExportError } from '../src/domain/errors.js'
import { activeEntities, type Registration } from '../src/domain/registration.js'
import type { Run } from '../src/domain/run.js'
import { planExtent } from '../src/domain/window.js'
import type { ActivityDependencies } from './dependencies.js'

/**
 * Reads the registration once and pins what the run does: of each active entity the mode and the window. Told again,
 * it gives the same plan.
 */
export async function planRun(deps: ActivityDependencies, input: PlanRunInput): Promise<RunPlan> {
  const { tenantId, runId } = input
  const [other] = (await deps.endLostRuns(tenantId, runId)).filter((run) => run.status === 'RUNNING')
  if (other) throw new ExportError('RUN_IN_PROGRESS', `run ${other.id} (${other.workflowId}) is still running`)

  const registration = (await deps.registrations.find(tenantId))?.registration
  const entities = registration ? activeEntities(registration, deps.catalog) : []
  const to = new Date(input.to)
  const run = await deps.runs.begin(
    {
      id: runId,
      tenantId,
      workflowId: input.workflowId,
      trigger: triggerOf(input, to, registration),
      to,
      requestedBy: null,
    },
    { registrationVersion: registration?.version ?? null, entities: await planEntities(deps, tenantId, entities, to) },
  )
  deps.events.runPlanned(run)
  return planOf(deps, run)
}

/** A run that an engineer triggers in the Temporal UI comes through the schedule, but not at a boundary. */
function triggerOf(input: PlanRunInput, to: Date, registration: Registration | undefined): Run['trigger'] {
  return !input.manual && isBoundary(registration?.frequency ?? 'DAILY', to) ? 'SCHEDULED' : 'MANUAL'
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
      extent: planExtent(entity, to, watermark, source),
      previousDeliveryId: watermark?.deliveryId ?? null,
    }
  })
}

function planOf(deps: ActivityDependencies, run: Run): RunPlan {
  const displayName = (entity: string): string => findEntity(deps.catalog, entity)?.displayName ?? entity
  const tasks = run.entities.flatMap(({ entity, mode, fullLoadReason, from, status }): EntityTask[] => {
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
        to: run.to.toISOString(),
      },
    ]
  })
  const skipped = run.entities.flatMap(({ entity, status }) => (status === 'SKIPPED' ? [displayName(entity)] : []))
  return { tasks, skipped, entityConcurrency: deps.entityConcurrency, maxAttempts: deps.maxAttempts }
}
