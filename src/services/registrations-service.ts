import type { RegistrationStore, StoredRegistration } from '../database/registration-store.js'
import type { Actor } from '../domain/actor.js'
import type { Catalog } from '../domain/entity.js'
import {
  diffRegistration,
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
      const { diff, stored } = replaced.value
      events.registrationReplaced(stored.registration, diff)
      await schedules.sync(actor.tenantId)
      // What this call made of the registration, even if the next call has come meanwhile, and how its schedule fares.
      const { registration } = stored
      return {
        ok: true,
        value: view(catalog, { ...stored, ...(await store.find(actor.tenantId)), registration }, diff),
      }
    },
    preview: async (actor, input) => {
      const target = registrationTarget(catalog, input)
      if (!target.ok) return target
      return preview(catalog, await store.find(actor.tenantId), actor, target.value, input)
    },
    current: async (actor, { includeInactive }) => {
      const stored = await store.find(actor.tenantId)
      return stored ? registrationView(catalog, stored, { includeInactive, now: new Date() }) : null
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
): Promise<Outcome<{ stored: StoredRegistration; diff: RegistrationDiff }>> {
  let before: Registration | undefined
  const stored = await store.replace(actor, (current) => {
    before = current && withCoveredEntities(current, catalog)
    if (expectedVersion !== undefined && expectedVersion !== versionOf(current)) return undefined
    return replaceRegistration(before, target, { tenantId: actor.tenantId, by: actor.subject, at: new Date() })
  })
  if (!stored) return { ok: false, userErrors: [versionConflict(expectedVersion ?? 0, versionOf(before))] }
  return { ok: true, value: { stored, diff: diffRegistration(before, target) } }
}

function preview(
  catalog: Catalog,
  stored: StoredRegistration | undefined,
  actor: Actor,
  target: RegistrationTarget,
  { expectedVersion }: RegistrationInput,
): Outcome<Replacement> {
  const current = stored && withCoveredEntities(stored.registration, catalog)
  if (expectedVersion != null && expectedVersion !== versionOf(current)) {
    return { ok: false, userErrors: [versionConflict(expectedVersion, versionOf(current))] }
  }
  const change = { tenantId: actor.tenantId, by: actor.subject, at: new Date() }
  const next = {
    registration: replaceRegistration(current, target, change),
    scheduledVersion: null,
    scheduleError: null,
  }
  return { ok: true, value: view(catalog, next, diffRegistration(current, target)) }
}

function view(catalog: Catalog, stored: StoredRegistration, diff: RegistrationDiff): Replacement {
  return replacementView(catalog, registrationView(catalog, stored, { includeInactive: true, now: new Date() }), diff)
}

/** 0 stands for: none yet. */
function versionOf(registration: Registration | undefined): number {
  return registration?.version ?? 0
}
