import { randomUUID } from 'node:crypto'
import { type RunScope, scheduleId } from '../contracts.js'
import type { DeliveryStore } from '../database/deliveries/delivery-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { RunFilter, RunStore } from '../database/run-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import { type Actor, authorOf } from '../domain/actor.js'
import { type AuditEntry, auditEntry } from '../domain/audit.js'
import type { Catalog, Entity } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import { type Run, withError } from '../domain/run.js'
import { runForTenant } from '../domain/tenant-messages.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'
import { notRegistered } from './registrations/entity-list-change.js'
import { endLostRuns } from './lost-runs.js'
import { ok, type Outcome, refused } from './outcome.js'
import { type Page, type PageArguments, pageOf } from './page.js'
import { namedEntities, type RegistrationInput } from './registrations/registration-input.js'

export type RunPageArguments = PageArguments & RunFilter

export const fullLoadTimes = {
  WITH_NEXT_RUN: 'With the next run, scheduled or manual.',
  NOW: 'In a run of these entities that starts now.',
} as const
export type FullLoadTime = keyof typeof fullLoadTimes

export interface FullLoadRequest {
  /** All active entities if it is left out. */
  readonly entityList?: RegistrationInput['entityList']
  readonly when: FullLoadTime
}

export interface RedeliveryRequest {
  /** The period [from, to): every file whose window overlaps it. */
  readonly from: Date
  readonly to: Date
  /** Every entity of the catalog if it is left out. */
  readonly entityList?: RegistrationInput['entityList']
}

/** The use cases around a tenant's runs. Of a failure, a tenant reads the code and a fixed message; an operator reads the cause. */
export interface Runs {
  /** Starts a run now, with windows that end now. Refused while another run of the tenant is queued or running. */
  start(actor: Actor): Promise<Outcome<Run>>
  /**
   * Makes the next file of each entity a full load. With NOW, a run of these entities starts at once. An entity that was never
   * delivered gets its full load anyway.
   */
  requestFullLoad(actor: Actor, request: FullLoadRequest): Promise<Outcome<{ entities: Entity[]; run: Run | null }>>
  /** Starts a run that writes past windows again, as later revisions, with the current values of their rows. */
  redeliver(actor: Actor, request: RedeliveryRequest): Promise<Outcome<Run>>
  /** @throws InvalidPageError */
  page(actor: Actor, page: RunPageArguments): Promise<Page<Run>>
  /** The run, or null if the tenant has no run of that id. */
  find(actor: Actor, id: string): Promise<Run | null>
  /** A link into the Temporal UI, for operators; null for tenants, and if no Temporal UI is configured. */
  temporalUiUrl(actor: Actor, run: Run): string | null
}

export interface RunsDependencies {
  readonly catalog: Catalog
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly gateway: RunGateway
  readonly events: Events
  readonly temporalUi: { readonly url: string | undefined; readonly namespace: string }
}

/** About as many as the history of one workflow can hold. */
const maxRedeliveredFiles = 1000

export function createRuns(deps: RunsDependencies): Runs {
  return {
    start: (actor) => startActive(deps, actor, 'export requested by hand', {}),
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
    const started = await startActive(deps, actor, 'full load requested by hand', { entities, fullLoad: true })
    if (!started.ok) return started
    run = started.value
  } else {
    await deps.transact(actor.tenantId, async ({ watermarks, audit }) => {
      await watermarks.requestFullLoad(entities)
      await audit.keep(auditEntry(actor, 'FULL_LOAD_REQUESTED', { after: { entities } }))
    })
  }
  deps.events.fullLoadRequested(actor, entities)
  return ok({ entities: named.value, run })
}

/** The entities that a list names; without a list, the active entities. */
async function entitiesFor(
  deps: RunsDependencies,
  { tenantId }: Actor,
  entityList: FullLoadRequest['entityList'],
): Promise<Outcome<Entity[]>> {
  if (entityList != null) return namedEntities(deps.catalog, entityList, ['entityList'])
  const stored = await deps.registrations.find(tenantId)
  if (!stored) return notRegistered
  const active = activeEntities(stored.registration, deps.catalog)
  if (active.length > 0) return ok(active)
  return refused('NOTHING_ACTIVE', 'No entity is active. Name the entities in entityList.')
}

async function redeliver(
  deps: RunsDependencies,
  actor: Actor,
  { from, to, entityList }: RedeliveryRequest,
): Promise<Outcome<Run>> {
  if (from >= to)
    return refused('INVALID_PERIOD', 'The period must end after it begins: choose `from` before `to`.', ['to'])
  // A tenant that was removed or erased may still have valid tokens.
  if (!(await deps.registrations.find(actor.tenantId))) return notRegistered
  const named = entityList == null ? undefined : namedEntities(deps.catalog, entityList, ['entityList'])
  if (named && !named.ok) return named
  const entities = (named?.value ?? deps.catalog.entities).map((entity) => entity.name)
  const { length } = await deps.deliveries.pastWindows(actor.tenantId, { entities, from, to })
  if (length === 0) {
    return refused('NOTHING_DELIVERED', 'No delivered file of these entities has a window that overlaps the period.')
  }
  if (length > maxRedeliveredFiles) {
    const message = `The period holds ${length} files, and one run redelivers at most ${maxRedeliveredFiles}.`
    return refused('TOO_MANY_FILES', `${message} Request a shorter period.`)
  }
  const redelivery = { from: from.toISOString(), to: to.toISOString() }
  return start(deps, actor, 'redelivery requested by hand', { entities, redeliver: redelivery })
}

/** Starts a run of the active entities, or of those that the scope names. */
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
    return refused('TEMPORAL_UNAVAILABLE', 'The run could not be started because Temporal did not answer. Try again.')
  }
}

async function startNow(deps: RunsDependencies, actor: Actor, summary: string, scope: RunScope): Promise<Outcome<Run>> {
  const { tenantId } = actor
  const to = new Date()
  const id = randomUUID()
  const workflowId = `${scheduleId(tenantId)}-${to.toISOString()}`
  const trigger = scope.redeliver ? 'REDELIVERY' : 'MANUAL'
  const queued = await deps.transact(tenantId, async ({ runs, audit }) => {
    const isQueued = await runs.queue({ id, tenantId, workflowId, trigger, to, requestedBy: authorOf(actor) })
    if (isQueued) await audit.keep(auditOf(actor, id, scope))
    return isQueued
  })
  if (!queued) return refused('RUN_IN_PROGRESS', 'Another run was requested at the same moment. Wait for its end.')
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
  return ok(run)
}

function auditOf(actor: Actor, runId: string, scope: RunScope): AuditEntry {
  const { entities, fullLoad, redeliver: period } = scope
  const action = period ? 'REDELIVERY_REQUESTED' : fullLoad ? 'FULL_LOAD_REQUESTED' : 'RUN_REQUESTED'
  const after = entities || period ? { ...(entities && { entities }), ...period } : null
  return auditEntry(actor, action, { target: runId, after })
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}
