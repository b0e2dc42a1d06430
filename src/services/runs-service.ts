import { randomUUID } from 'node:crypto'
import { type RunScope, scheduleId } from '../contracts.js'
import type { DeliveryStore } from '../database/delivery-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { RunStore } from '../database/run-store.js'
import { type Actor, authorOf } from '../domain/actor.js'
import { type AuditEntry, auditEntry } from '../domain/audit.js'
import type { Catalog, Entity } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import { type Run, withError } from '../domain/run.js'
import { runForTenant } from '../domain/tenant-messages.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'
import { notRegistered } from './entity-list-change.js'
import { endLostRuns } from './lost-runs.js'
import { pageOf } from './page.js'
import { namedEntities } from './registration-input.js'
import type { Outcome, UserErrorCode } from './registrations.js'
import type { FullLoadRequest, RedeliveryRequest, Runs } from './runs.js'

export interface RunsDependencies {
  readonly catalog: Catalog
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly gateway: RunGateway
  readonly events: Events
  readonly temporalUi: { readonly url: string | undefined; readonly namespace: string }
}

/** One workflow's history holds about so many. */
const maxRedeliveredFiles = 1000

export function createRuns(deps: RunsDependencies): Runs {
  return {
    start: (actor) => startActive(deps, actor, 'export asked for by hand', {}),
    requestFullLoad: (actor, request) => requestFullLoad(deps, actor, request),
    redeliver: (actor, request) => redeliver(deps, actor, request),
    page: (actor, { status, from, to, ...page }) =>
      pageOf(
        page,
        async (request) => {
          const found = await deps.runs.page(actor.tenantId, request, { status, from, to })
          return found.map((run) => shownTo(actor, run))
        },
        ({ queuedAt, id }) => ({ at: queuedAt, id }),
      ),
    find: async (actor, id) => {
      const run = isUuid(id) ? await deps.runs.find(actor.tenantId, id) : undefined
      return run ? shownTo(actor, run) : null
    },
    temporalUiUrl: ({ isOperator }, { workflowId }) => {
      const { url, namespace } = deps.temporalUi
      if (url === undefined || !isOperator) return null
      return `${url}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`
    },
  }
}

function shownTo({ isOperator }: Actor, run: Run): Run {
  const whole = withError(run)
  return isOperator ? whole : runForTenant(whole)
}

async function requestFullLoad(
  deps: RunsDependencies,
  actor: Actor,
  { entityList, when }: FullLoadRequest,
): Promise<Outcome<{ entities: Entity[]; run: Run | null }>> {
  const named = await entitiesFor(deps, actor, entityList)
  if (!named.ok) return named
  const entities = named.value.map((entity) => entity.name)
  let run: Run | null = null
  if (when === 'NOW') {
    const started = await startActive(deps, actor, 'full load asked for by hand', { entities, fullLoad: true })
    if (!started.ok) return started
    run = started.value
  } else {
    await deps.deliveries.requestFullLoad(
      actor.tenantId,
      entities,
      auditEntry(actor, 'FULL_LOAD_REQUESTED', { after: { entities } }),
    )
  }
  deps.events.fullLoadRequested(actor, entities)
  return { ok: true, value: { entities: named.value, run } }
}

/** The entities that a list names; without a list all that are active. */
async function entitiesFor(
  deps: RunsDependencies,
  { tenantId }: Actor,
  entityList: FullLoadRequest['entityList'],
): Promise<Outcome<Entity[]>> {
  if (entityList != null) return namedEntities(deps.catalog, entityList, ['entityList'])
  const stored = await deps.registrations.find(tenantId)
  if (!stored) return notRegistered
  const active = activeEntities(stored.registration, deps.catalog)
  if (active.length > 0) return { ok: true, value: active }
  return refused('NOTHING_ACTIVE', 'No entity is active, so that there is none to load in full. Name the entities.')
}

async function redeliver(
  deps: RunsDependencies,
  actor: Actor,
  { from, to, entityList }: RedeliveryRequest,
): Promise<Outcome<Run>> {
  if (from >= to) return refused('INVALID_PERIOD', 'The period must end after it begins: `from` before `to`.', ['to'])
  // Not of a tenant that was removed or erased, though its tokens may be good still.
  if (!(await deps.registrations.find(actor.tenantId))) return notRegistered
  const named = entityList == null ? undefined : namedEntities(deps.catalog, entityList, ['entityList'])
  if (named && !named.ok) return named
  const entities = (named?.value ?? deps.catalog.entities).map((entity) => entity.name)
  const { length } = await deps.deliveries.pastWindows(actor.tenantId, { entities, from, to })
  if (length === 0) {
    return refused('NOTHING_DELIVERED', 'No file of these entities was delivered whose window overlaps the period.')
  }
  if (length > maxRedeliveredFiles) {
    const message = `The period holds ${length} files; one run delivers ${maxRedeliveredFiles} again at the most.`
    return refused('TOO_MANY_FILES', `${message} Ask for a shorter period.`)
  }
  const redelivery = { from: from.toISOString(), to: to.toISOString() }
  return start(deps, actor, 'past windows asked for again by hand', { entities, redeliver: redelivery })
}

/** Starts a run over the active entities, or those of them that the scope names. */
async function startActive(
  deps: RunsDependencies,
  actor: Actor,
  summary: string,
  scope: RunScope,
): Promise<Outcome<Run>> {
  const stored = await deps.registrations.find(actor.tenantId)
  if (!stored) return notRegistered
  const active = activeEntities(stored.registration, deps.catalog)
  if (!active.some(({ name }) => scope.entities?.includes(name) ?? true)) {
    return refused('NOTHING_ACTIVE', 'None of the entities is active. Register them first.')
  }
  return start(deps, actor, summary, scope)
}

async function start(deps: RunsDependencies, actor: Actor, summary: string, scope: RunScope): Promise<Outcome<Run>> {
  try {
    const [alive] = await endLostRuns(deps, actor.tenantId)
    if (!alive) return await startNow(deps, actor, summary, scope)
    return refused('RUN_IN_PROGRESS', `Run ${alive.id} is still ${alive.status.toLowerCase()}. Wait for its end.`)
  } catch (error) {
    if (!(error instanceof ExportError) || error.code !== 'TEMPORAL_UNAVAILABLE') throw error
    return refused('TEMPORAL_UNAVAILABLE', 'The run could not be started since Temporal did not answer. Try again.')
  }
}

async function startNow(deps: RunsDependencies, actor: Actor, summary: string, scope: RunScope): Promise<Outcome<Run>> {
  const { tenantId } = actor
  const to = new Date()
  const id = randomUUID()
  const workflowId = `${scheduleId(tenantId)}-${to.toISOString()}`
  const trigger = scope.redeliver ? 'REDELIVERY' : 'MANUAL'
  const queued = await deps.runs.queue(
    { id, tenantId, workflowId, trigger, to, requestedBy: authorOf(actor) },
    auditOf(actor, id, scope),
  )
  if (!queued) return refused('RUN_IN_PROGRESS', 'Another run was asked for at the same moment. Wait for its end.')
  try {
    const manual = { runId: id, to: to.toISOString(), ...scope }
    await deps.gateway.start(workflowId, { tenantId, manual }, `${tenantId}: ${summary}`)
  } catch (error) {
    const failure = { code: 'TEMPORAL_UNAVAILABLE' as const, message: 'The workflow could not be started.' }
    await deps.runs.finish({ id, tenantId }, { cancelled: false, manifestPath: null, error: failure, failures: [] })
    throw error
  }
  const run = await deps.runs.find(tenantId, id)
  if (!run) throw new Error(`run ${id} is not on record`)
  deps.events.runRequested(run)
  return { ok: true, value: run }
}

function auditOf(actor: Actor, runId: string, scope: RunScope): AuditEntry {
  const { entities, fullLoad, redeliver: period } = scope
  const action = period ? 'REDELIVERY_REQUESTED' : fullLoad ? 'FULL_LOAD_REQUESTED' : 'RUN_REQUESTED'
  const after = entities || period ? { ...(entities && { entities }), ...period } : null
  return auditEntry(actor, action, { target: runId, after })
}

function refused(code: UserErrorCode, message: string, path: readonly string[] = []): Outcome<never> {
  return { ok: false, userErrors: [{ code, message, path, allowedValues: [], didYouMean: [] }] }
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}
