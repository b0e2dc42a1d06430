import { createHash } from 'node:crypto'
import { Context } from '@temporalio/activity'
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import type { PlanRunInput, RunPlan } from '../src/contracts.js'
import type { PlannedEntity } from '../src/database/run-store.js'
import type { StoredWatermark } from '../src/database/deliveries/delivery-store.js'
import type { NewRun } from '../src/database/unit-of-work/tenant-runs.js'
import { calendarOf } from '../src/domain/calendar.js'
import { entityOfFiles } from '../src/domain/change-type.js'
import { columnsFingerprint, type Entity, findEntity } from '../src/domain/entity.js'
import { ExportError } from '../src/domain/errors.js'
import type { NewEvent } from '../src/domain/event.js'
import { columnsChangedByCatalog, isOfCatalog } from '../src/domain/events/column-events.js'
import { defaultFileFormat } from '../src/domain/file-format.js'
import { activeEntities, type Registration } from '../src/domain/registration.js'
import type { Run } from '../src/domain/run.js'
import { isScheduledTime, runDay } from '../src/domain/run-day.js'
import { planLoad } from '../src/domain/window.js'
import { completeOrDiscardAll } from '../src/publication/index.js'
import { requirePast } from '../src/domain/window-end.js'
import { compareMemories } from './compare-memories.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { onKnownServer } from './known-server.js'
import { planOf } from './run-plan.js'
import { recordingWaits } from './waits.js'

/**
 * Reads the registration once and pins what the run does: of each active entity the mode and the window, or the past
 * windows that are delivered again. A second call for the same run returns the same plan.
 */
export async function planRun(deps: ActivityDependencies, input: PlanRunInput): Promise<RunPlan> {
  startGently(deps)
  const { tenantId, runId } = input
  return heartbeating(() =>
    recordingWaits(
      deps,
      { id: runId, tenantId },
      () => plan(deps, input),
      () => recordQueued(deps, input),
    ),
  )
}

/** A run that waits at most this long does not wait. */
const shortWaitMs = 1000

/** After an outage, many runs are due at once. A run that waits for its turn waits in Temporal, not in the worker. */
function startGently({ reserveStart }: ActivityDependencies): void {
  if (Context.current().info.attempt > 1) return
  const waitMs = reserveStart()
  if (waitMs <= shortWaitMs) return
  throw ApplicationFailure.create({
    message: `Many runs are due at once. This run starts in ${Math.ceil(waitMs / 1000)} seconds (RUN_STARTS_PER_SECOND).`,
    type: 'RUN_START_DEFERRED',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: waitMs,
  })
}

async function plan(deps: ActivityDependencies, input: PlanRunInput): Promise<RunPlan> {
  const { tenantId, runId } = input
  await deps.onStep('plan', { tenantId, runId })
  const [other] = (await deps.endLostRuns(tenantId, runId)).filter((run) => run.status === 'RUNNING')
  if (other) throw new ExportError('RUN_IN_PROGRESS', `run ${other.id} (${other.workflowId}) is still running`)
  const known = onKnownServer(deps, tenantId)
  const signal = Context.current().cancellationSignal
  await compareMemories(known, input)
  // What an earlier run was about to publish decides where the windows of this one begin.
  await completeOrDiscardAll(known, tenantId, signal)
  const run = await begin(deps, input)
  if (run.finishedAt) throw alreadyEnded(run)
  deps.events.runPlanned(run)
  return planOf(deps, run)
}

/** The workflow of a run that has ended was reset to a time before its plan. */
function alreadyEnded({ id, status }: Run): ExportError {
  return new ExportError('SUPERSEDED', `Run ${id} has already ended as ${status}. Retry it, or start a new run.`)
}

async function recordQueued(deps: ActivityDependencies, input: PlanRunInput): Promise<void> {
  const registration = (await deps.registrations.find(input.tenantId))?.registration
  await deps.runs.recordUnplanned(newRun(input, registration), 'QUEUED')
}

function newRun(input: PlanRunInput, registration: Registration | undefined): NewRun {
  const { tenantId, runId: id, workflowId } = input
  const to = new Date(input.to)
  const trigger = triggerOf(input, to, registration)
  return { id, tenantId, workflowId, trigger, to, day: dayOf(input, registration, []), requestedBy: null }
}

async function begin(deps: ActivityDependencies, input: PlanRunInput): Promise<Run> {
  const { tenantId, runId } = input
  const registration = (await deps.registrations.find(tenantId))?.registration
  await requestFullLoads(deps, input)
  const watermarks = await deps.deliveries.watermarks(tenantId)
  const day = dayOf(input, registration, watermarks.values())
  const entities = await plannedEntities(deps, input, registration, { to: new Date(input.to), day, watermarks })
  await deps.onStep('begin', { tenantId, runId })
  return deps.runs.begin(newRun(input, registration), {
    day,
    registrationVersion: registration?.version ?? null,
    fileFormat: registration?.fileFormat ?? defaultFileFormat,
    encryption: registration?.encryption ?? null,
    columnSelection: registration?.columnSelection ?? null,
    entities,
    events: columnEvents(deps, registration, watermarks, entities),
  })
}

/** A run that an operator triggers in the Temporal UI comes through the schedule, but not at a boundary. */
function triggerOf(input: PlanRunInput, to: Date, registration: Registration | undefined): Run['trigger'] {
  if (input.scope?.redeliver) return 'REDELIVERY'
  return !input.manual && isScheduledTime(calendarOf(registration), to) ? 'SCHEDULED' : 'MANUAL'
}

function dayOf(
  { to, manual }: PlanRunInput,
  registration: Registration | undefined,
  watermarks: Iterable<StoredWatermark>,
): Date {
  return runDay(calendarOf(registration), new Date(to), watermarks, { isScheduled: !manual })
}

/** Where the windows of a run end, and what they follow. */
interface Place {
  readonly to: Date
  readonly day: Date
  readonly watermarks: ReadonlyMap<string, StoredWatermark>
}

/** The request is in the audit log already. */
async function requestFullLoads(deps: ActivityDependencies, { tenantId, scope = {} }: PlanRunInput): Promise<void> {
  const { fullLoad, entities = [] } = scope
  if (fullLoad) await deps.transact(tenantId, ({ watermarks }) => watermarks.requestFullLoad(entities))
}

async function plannedEntities(
  deps: ActivityDependencies,
  { tenantId, scope = {} }: PlanRunInput,
  registration: Registration | undefined,
  place: Place,
): Promise<PlannedEntity[]> {
  const { redeliver, entities: names } = scope
  if (redeliver) {
    const which = { entities: names ?? [], from: new Date(redeliver.from), to: new Date(redeliver.to) }
    return planRedelivery(deps, tenantId, which)
  }
  const active = registration ? activeEntities(registration, deps.catalog) : []
  const planned = names ? active.filter(({ name }) => names.includes(name)) : active
  return planEntities(deps, tenantId, planned, place, registration)
}

async function planEntities(
  deps: ActivityDependencies,
  tenantId: string,
  entities: readonly Entity[],
  { to, day, watermarks }: Place,
  registration: Registration | undefined,
): Promise<PlannedEntity[]> {
  if (entities.length === 0) return []
  const source = await deps.source.identity()
  const broken = await deps.ledgerGaps.brokenChains(tenantId)
  requirePast(to, { source: source.now, worker: new Date() })
  return entities.map((entity) => {
    const watermark = watermarks.get(entity.name)
    const files = entityOfFiles(entity, registration?.columnSelection, registration?.fileFormat ?? defaultFileFormat)
    return {
      entity: entity.name,
      load: planLoad(entity, { to, day, isBroken: broken.has(entity.name) }, watermark, source, files),
      previousDeliveryId: watermark?.deliveryId ?? null,
    }
  })
}

/** A run that is retried, or that fails before its files, announces the same change once: its key names the last files. */
function columnEvents(
  { catalog }: ActivityDependencies,
  registration: Registration | undefined,
  watermarks: ReadonlyMap<string, StoredWatermark>,
  planned: readonly PlannedEntity[],
): NewEvent[] {
  const { columnSelection, fileFormat = defaultFileFormat } = registration ?? {}
  const changed = planned.flatMap(({ entity: name, redelivers, load }) => {
    const [entity, last] = [findEntity(catalog, name), watermarks.get(name)]
    if (!entity || !last || redelivers !== undefined || load === 'SKIP') return []
    const columns = { entity, last, delivered: entityOfFiles(entity, columnSelection, fileFormat) }
    return isOfCatalog(columns) ? [columns] : []
  })
  const names = changed.map(({ delivered, last }) => [delivered.name, last.deliveryId, columnsFingerprint(delivered)])
  const key = createHash('sha256').update(JSON.stringify(names)).digest('hex')
  return columnsChangedByCatalog(changed, key)
}

async function planRedelivery(
  deps: ActivityDependencies,
  tenantId: string,
  which: { entities: readonly string[]; from: Date; to: Date },
): Promise<PlannedEntity[]> {
  const windows = await deps.deliveries.pastWindows(tenantId, which)
  return windows.map(({ id, entity, to, day, load }) => ({
    entity,
    to,
    day,
    load,
    redelivers: id,
    previousDeliveryId: null,
  }))
}
