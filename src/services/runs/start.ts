import { randomUUID } from 'node:crypto'
import { scheduleId } from '../../contracts.js'
import { type Actor, authorOf } from '../../domain/actor.js'
import { type AuditAction, type AuditDetails, auditEntry } from '../../domain/audit.js'
import type { Entity } from '../../domain/entity.js'
import { activeEntities } from '../../domain/registration.js'
import type { Run, RunScope, RunTrigger } from '../../domain/run.js'
import { endLostRuns } from '../lost-runs.js'
import { ok, type Outcome, type Refusal, refused, unlessTemporalIsAway } from '../outcome.js'
import { notRegistered } from '../registrations/entity-list-change.js'
import { namedEntities, type RegistrationInput } from '../registrations/registration-input.js'
import { runInProgress, type RunsDependencies } from './dependencies.js'

/** A run that a call requests. */
export interface RunRequest {
  readonly trigger: Exclude<RunTrigger, 'SCHEDULED'>
  readonly scope: RunScope
  /** Shown beside the run in the Temporal UI. */
  readonly summary: string
  readonly audit: { readonly action: AuditAction; readonly after: AuditDetails | null }
}

/** Starts a run of all active entities, or of those that the list names. All of these must be active. */
export async function startListed(
  deps: RunsDependencies,
  actor: Actor,
  entityList: RegistrationInput['entityList'],
): Promise<Outcome<Run>> {
  const active = await requireActive(deps, actor)
  if (!active.ok) return active
  const action = 'RUN_REQUESTED'
  const request = { trigger: 'MANUAL', summary: 'export requested by hand' } as const
  if (entityList == null) return startRun(deps, actor, { ...request, scope: {}, audit: { action, after: null } })
  const named = namedEntities(deps.catalog, entityList, ['entityList'])
  if (!named.ok) return named
  const entities = named.value.map(({ name }) => name)
  const inactive = refuseInactive(deps, entities, active.value)
  if (inactive) return inactive
  return startRun(deps, actor, { ...request, scope: { entities }, audit: { action, after: { entities } } })
}

/** The tenant's active entities, at least one. */
export async function requireActive(deps: RunsDependencies, { tenantId }: Actor): Promise<Outcome<Entity[]>> {
  const stored = await deps.registrations.find(tenantId)
  if (!stored) return notRegistered
  const active = activeEntities(stored.registration, deps.catalog)
  return active.length > 0 ? ok(active) : nothingActive
}

export const nothingActive = refused('NOTHING_ACTIVE', 'None of the entities is active. Register them first.')

/** Refuses internal names that are not active, by their display names. */
export function refuseInactive(
  { catalog }: RunsDependencies,
  names: readonly string[],
  active: readonly Entity[],
): Refusal | undefined {
  const inactive = names.filter((name) => !active.some((entity) => entity.name === name))
  if (inactive.length === 0) return undefined
  const shown = inactive.map((name) => catalog.entities.find((entity) => entity.name === name)?.displayName ?? name)
  const message = `Not active: ${shown.join(', ')}. Register them first, or name only active entities in entityList of runDataExport.`
  const allowedValues = active.map(({ displayName }) => displayName)
  return refused('ENTITIES_INACTIVE', message, ['entityList'], { allowedValues })
}

/** Starts a run, unless another one of the tenant is queued or running. */
export async function startRun(deps: RunsDependencies, actor: Actor, request: RunRequest): Promise<Outcome<Run>> {
  return unlessTemporalIsAway('The run could not be started because Temporal did not answer. Try again.', async () => {
    const [alive] = await endLostRuns(deps, actor.tenantId)
    return alive ? runInProgress(alive) : await startNow(deps, actor, request)
  })
}

async function startNow(deps: RunsDependencies, actor: Actor, request: RunRequest): Promise<Outcome<Run>> {
  const { tenantId } = actor
  const { trigger, scope, summary } = request
  const to = new Date()
  const id = randomUUID()
  const workflowId = `${scheduleId(tenantId)}-${to.toISOString()}`
  const queued = await deps.transact(tenantId, async ({ runs, audit }) => {
    const isQueued = await runs.queue({ id, tenantId, workflowId, trigger, to, requestedBy: authorOf(actor) }, scope)
    const { action, after } = request.audit
    if (isQueued) await audit.keep(auditEntry(actor, action, { target: id, after }))
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
