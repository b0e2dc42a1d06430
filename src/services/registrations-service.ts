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
  withCoveredEntities,
} from '../domain/registration.js'
import type { Events } from '../telemetry/events.js'
import { registrationTarget, versionConflict } from './registration-input.js'
import { registrationView, replacementView } from './registration-view.js'
import type { Outcome, RegistrationInput, Registrations, Replacement } from './registrations.js'
import type { ScheduleSync } from './schedule-sync.js'

export interface RegistrationsDependencies {
  readonly catalog: Catalog
  readonly store: RegistrationStore
  readonly schedules: ScheduleSync
  readonly events: Events
}

/** The use cases around registrations, over the database (the truth) and the schedules (a projection of it). */
export function createRegistrations({ catalog, store, schedules, events }: RegistrationsDependencies): Registrations {
  return {
    catalog,
    replace: async (actor, input) => {
      const target = registrationTarget(catalog, input)
      if (!target.ok) return target
      const replaced = await replace(catalog, store, actor, target.value, input.expectedVersion ?? undefined)
      if (!replaced.ok) return replaced
      const { diff, stored, changed } = replaced.value
      if (changed) events.registrationReplaced(stored.registration, diff)
      if (isPending(stored)) await schedules.sync(actor.tenantId)
      // What this call made of the registration, even if the next call has come meanwhile, and how its schedule fares.
      const { registration } = stored
      const now = isPending(stored) ? await store.find(actor.tenantId) : stored
      return { ok: true, value: view(catalog, actor, { ...stored, ...now, registration }, { ...diff, changed }) }
    },
    preview: async (actor, input) => {
      const target = registrationTarget(catalog, input)
      if (!target.ok) return target
      return preview(catalog, await store.find(actor.tenantId), actor, target.value, input)
    },
    current: async (actor, { includeInactive }) => {
      const stored = await store.find(actor.tenantId)
      return stored
        ? registrationView(catalog, stored, { includeInactive, now: new Date(), isOperator: actor.isOperator })
        : null
    },
    changes: (actor, limit) => store.changes(actor.tenantId, limit),
  }
}

async function replace(
  catalog: Catalog,
  store: RegistrationStore,
  actor: Actor,
  target: RegistrationTarget,
  expectedVersion: number | undefined,
): Promise<Outcome<{ stored: StoredRegistration; diff: RegistrationDiff; changed: boolean }>> {
  let before: Registration | undefined
  let isConflict = false
  const { stored, changed } = await store.replace(actor, (current) => {
    before = current && withCoveredEntities(current, catalog)
    isConflict = expectedVersion !== undefined && expectedVersion !== versionOf(current)
    if (isConflict || isAsRequested(before, target)) return undefined
    return replaceRegistration(before, target, { tenantId: actor.tenantId, by: authorOf(actor), at: new Date() })
  })
  if (isConflict || !stored) return conflict(expectedVersion, before)
  return { ok: true, value: { stored, diff: diffRegistration(before, target), changed } }
}

function preview(
  catalog: Catalog,
  stored: StoredRegistration | undefined,
  actor: Actor,
  target: RegistrationTarget,
  { expectedVersion }: RegistrationInput,
): Outcome<Replacement> {
  const current = stored && withCoveredEntities(stored.registration, catalog)
  if (expectedVersion != null && expectedVersion !== versionOf(current)) return conflict(expectedVersion, current)
  const diff = diffRegistration(current, target)
  if (stored && isAsRequested(current, target)) {
    return { ok: true, value: view(catalog, actor, stored, { ...diff, changed: false }) }
  }
  const change = { tenantId: actor.tenantId, by: authorOf(actor), at: new Date() }
  const next = {
    registration: replaceRegistration(current, target, change),
    scheduledVersion: null,
    scheduleError: null,
  }
  return { ok: true, value: view(catalog, actor, next, { ...diff, changed: true }) }
}

function conflict(expected: number | undefined, current: Registration | undefined): Outcome<never> {
  return { ok: false, userErrors: [versionConflict(expected ?? 0, versionOf(current))] }
}

function isPending({ registration, scheduledVersion }: StoredRegistration): boolean {
  return scheduledVersion !== registration.version
}

function view(
  catalog: Catalog,
  { isOperator }: Actor,
  stored: StoredRegistration,
  diff: RegistrationDiff & { readonly changed: boolean },
): Replacement {
  const options = { includeInactive: true, now: new Date(), isOperator }
  return replacementView(catalog, registrationView(catalog, stored, options), diff)
}

/** 0 stands for: none yet. */
function versionOf(registration: Registration | undefined): number {
  return registration?.version ?? 0
}
