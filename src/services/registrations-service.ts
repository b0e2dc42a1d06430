import type { RegistrationStore, StoredRegistration } from '../database/registration-store.js'
import { type Actor, authorOf } from '../domain/actor.js'
import type { Catalog } from '../domain/entity.js'
import {
  diffRegistration,
  isAsRequested,
  type Registration,
  type RegistrationDiff,
  type RegistrationTarget,
  replaceRegistration,
  targetOf,
  withCoveredEntities,
} from '../domain/registration.js'
import type { Events } from '../telemetry/events.js'
import { listWith, listWithout, notRegistered } from './entity-list-change.js'
import { requestedTarget, versionConflict } from './registration-input.js'
import { registrationView, replacementView } from './registration-view.js'
import type { Outcome, Registrations, RegistrationView, Replacement } from './registrations.js'
import type { ScheduleSync } from './schedule-sync.js'

export interface RegistrationsDependencies {
  readonly catalog: Catalog
  readonly store: RegistrationStore
  readonly schedules: ScheduleSync
  readonly events: Events
}

/** The use cases around registrations, over the database (the truth) and the schedules (a projection of it). */
export function createRegistrations(deps: RegistrationsDependencies): Registrations {
  const { catalog, store } = deps
  return {
    catalog,
    replace: async (actor, input) => {
      const requested = requestedTarget(catalog, input)
      if (!requested.ok) return requested
      return change(deps, actor, input.expectedVersion, (current) => ok(targetOf(requested.value, current)))
    },
    addEntities: (actor, { entityList, expectedVersion }) =>
      change(deps, actor, expectedVersion, (current) => listWith(catalog, current, entityList)),
    removeEntities: (actor, { entityList, expectedVersion }) =>
      change(deps, actor, expectedVersion, (current) => listWithout(catalog, current, entityList)),
    pause: (actor) => setPaused(deps, actor, true),
    resume: (actor) => setPaused(deps, actor, false),
    preview: async (actor, input) => {
      const requested = requestedTarget(catalog, input)
      if (!requested.ok) return requested
      const stored = await store.find(actor.tenantId)
      return preview(deps, actor, stored, targetOf(requested.value, stored?.registration), input.expectedVersion)
    },
    current: async (actor, { includeInactive }) => {
      const stored = await store.find(actor.tenantId)
      return stored ? viewOf(deps, actor, stored, includeInactive) : null
    },
    changes: (actor, limit) => store.changes(actor.tenantId, limit),
  }
}

/** What a call makes of the registration as it is; or what is wrong with the call. */
type Decide = (current: Registration | undefined) => Outcome<RegistrationTarget>

/** Changes the registration and its schedule, or nothing where it is already as the call asks. */
async function change(
  deps: RegistrationsDependencies,
  actor: Actor,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Promise<Outcome<Replacement>> {
  const changed = await write(deps, actor, expectedVersion, decide)
  if (!changed.ok) return changed
  const { stored, diff } = changed.value
  if (diff.changed) deps.events.registrationReplaced(stored.registration, diff)
  const now = await syncIfPending(deps, stored)
  // What this call made of the registration, even if the next call has come meanwhile, and how its schedule fares.
  const made = { ...now, registration: stored.registration }
  return ok(replacementView(deps.catalog, viewOf(deps, actor, made), diff))
}

async function write(
  { catalog, store }: RegistrationsDependencies,
  actor: Actor,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Promise<Outcome<{ stored: StoredRegistration; diff: RegistrationDiff & { changed: boolean } }>> {
  let before: Registration | undefined
  let refusal: Extract<Outcome<never>, { ok: false }> | undefined
  let target: RegistrationTarget | undefined
  const { stored, changed } = await store.replace(actor, (current) => {
    before = current && withCoveredEntities(current, catalog)
    const decided = isStale(before, expectedVersion) ? conflict(expectedVersion, before) : decide(before)
    if (!decided.ok) return void (refusal = decided)
    target = decided.value
    if (isAsRequested(before, target)) return undefined
    return replaceRegistration(before, target, { tenantId: actor.tenantId, by: authorOf(actor), at: new Date() })
  })
  if (refusal) return stored ? withCurrent({ catalog }, actor, refusal, stored) : refusal
  if (!stored || !target) throw new Error(`the registration of ${actor.tenantId} was neither changed nor refused`)
  return ok({ stored, diff: { ...diffRegistration(before, target), changed } })
}

function preview(
  deps: RegistrationsDependencies,
  actor: Actor,
  stored: StoredRegistration | undefined,
  target: RegistrationTarget,
  expectedVersion: number | null | undefined,
): Outcome<Replacement> {
  const current = stored && withCoveredEntities(stored.registration, deps.catalog)
  if (isStale(current, expectedVersion)) {
    const refusal = conflict(expectedVersion, current)
    return stored ? withCurrent(deps, actor, refusal, stored) : refusal
  }
  const diff = diffRegistration(current, target)
  const isChange = !stored || !isAsRequested(current, target)
  const author = { tenantId: actor.tenantId, by: authorOf(actor), at: new Date() }
  const next = isChange ? notScheduled(replaceRegistration(current, target, author), stored) : stored
  return ok(replacementView(deps.catalog, viewOf(deps, actor, next), { ...diff, changed: isChange }))
}

function notScheduled(registration: Registration, before: StoredRegistration | undefined): StoredRegistration {
  return { registration, pausedAt: before?.pausedAt ?? null, scheduledVersion: null, scheduleError: null }
}

async function setPaused(
  deps: RegistrationsDependencies,
  actor: Actor,
  isPaused: boolean,
): Promise<Outcome<RegistrationView>> {
  const { stored, changed } = await deps.store.setPaused(actor, isPaused)
  if (!stored) return notRegistered
  if (changed) deps.events.exportPaused(actor, isPaused)
  return ok(viewOf(deps, actor, await syncIfPending(deps, stored)))
}

async function syncIfPending(
  { store, schedules }: RegistrationsDependencies,
  stored: StoredRegistration,
): Promise<StoredRegistration> {
  const { tenantId, version } = stored.registration
  if (stored.scheduledVersion === version) return stored
  await schedules.sync(tenantId)
  return (await store.find(tenantId)) ?? stored
}

function isStale(current: Registration | undefined, expected: number | null | undefined): boolean {
  return expected != null && expected !== versionOf(current)
}

function conflict(expected: number | null | undefined, current: Registration | undefined) {
  return { ok: false, userErrors: [versionConflict(expected ?? 0, versionOf(current))] } as const
}

/** With the registration as it is, where another version was expected: the caller needs it to try again. */
function withCurrent(
  deps: Pick<RegistrationsDependencies, 'catalog'>,
  actor: Actor,
  refusal: Extract<Outcome<never>, { ok: false }>,
  stored: StoredRegistration,
): Outcome<never> {
  const isConflict = refusal.userErrors.some(({ code }) => code === 'VERSION_CONFLICT')
  return isConflict ? { ...refusal, current: viewOf(deps, actor, stored) } : refusal
}

function viewOf(
  { catalog }: Pick<RegistrationsDependencies, 'catalog'>,
  { isOperator }: Actor,
  stored: StoredRegistration,
  includeInactive = true,
): RegistrationView {
  return registrationView(catalog, stored, { includeInactive, now: new Date(), isOperator })
}

function ok<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

/** 0 stands for: none yet. */
function versionOf(registration: Registration | undefined): number {
  return registration?.version ?? 0
}
