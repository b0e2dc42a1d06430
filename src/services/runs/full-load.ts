import type { Actor } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { Entity } from '../../domain/entity.js'
import { activeEntities } from '../../domain/registration.js'
import type { Run } from '../../domain/run.js'
import { ok, type Outcome, refused } from '../outcome.js'
import { notRegistered } from '../registrations/entity-list-change.js'
import { namedEntities, type RegistrationInput } from '../registrations/registration-input.js'
import type { RunsDependencies } from './dependencies.js'
import { nothingActive, requireActive, startRun } from './start.js'

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

export async function requestFullLoad(
  deps: RunsDependencies,
  actor: Actor,
  { entityList, when }: FullLoadRequest,
): Promise<Outcome<{ entities: Entity[]; run: Run | null }>> {
  const named = await entitiesFor(deps, actor, entityList)
  if (!named.ok) return named
  const entities = named.value.map((entity) => entity.name)
  let run: Run | null = null
  if (when === 'NOW') {
    const started = await startNow(deps, actor, entities)
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

async function startNow(deps: RunsDependencies, actor: Actor, entities: readonly string[]): Promise<Outcome<Run>> {
  const active = await requireActive(deps, actor)
  if (!active.ok) return active
  if (!active.value.some(({ name }) => entities.includes(name))) return nothingActive
  return startRun(deps, actor, {
    trigger: 'MANUAL',
    summary: 'full load requested by hand',
    scope: { entities, fullLoad: true },
    audit: { action: 'FULL_LOAD_REQUESTED', after: { entities } },
  })
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
