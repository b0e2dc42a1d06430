import type { PgpKeyStore } from '../../database/pgp-key-store.js'
import type { RegistrationStore } from '../../database/registration-store.js'
import type { StoredRegistration } from '../../database/unit-of-work/tenant-registration.js'
import type { UnitOfWork } from '../../database/unit-of-work/unit-of-work.js'
import { type Actor, authorOf } from '../../domain/actor.js'
import { auditEntry } from '../../domain/audit.js'
import type { Catalog } from '../../domain/entity.js'
import { columnsChangedByRegistration } from '../../domain/events/column-events.js'
import { registrationChanged } from '../../domain/events/tenant-events.js'
import {
  diffRegistration,
  isAsRequested,
  type Registration,
  type RegistrationChange,
  type RegistrationDiff,
  type RegistrationTarget,
  replaceRegistration,
  targetOf,
  withCoveredEntities,
} from '../../domain/registration.js'
import { type EncryptionCheck, withUsableKeys } from './encryption-input.js'
import { withChangeTypes } from './change-type-check.js'
import { type Notice, selectionNotices } from './column-selection-view.js'
import { listWith, listWithout } from './entity-list-change.js'
import { type CatchUp, pauseExport, type Paused, type PauseDependencies, resumeExport } from './pause.js'
import { ok, type Outcome, type Refusal } from '../outcome.js'
import {
  type EntityListChange,
  type RegistrationInput,
  requestedTarget,
  versionConflict,
} from './registration-input.js'
import { registrationView, type RegistrationView, type Replacement, replacementView } from './registration-view.js'

/** The use cases around a tenant's registration. The tenant is always the actor's. */
export interface Registrations {
  readonly catalog: Catalog
  /**
   * Replaces the whole registration, or changes nothing and says why. A registration that is already as requested keeps
   * its version.
   */
  replace(actor: Actor, input: RegistrationInput): Promise<Outcome<Replacement>>
  /** Adds entities to the list of a registration that selects them. A registration that exports everything has them already. */
  addEntities(actor: Actor, change: EntityListChange): Promise<Outcome<Replacement>>
  /** Removes entities from the list of a registration that selects them. At least one must stay. */
  removeEntities(actor: Actor, change: EntityListChange): Promise<Outcome<Replacement>>
  /** Stops scheduled runs until {@link resume}, without a new version. Requested runs still start. */
  pause(actor: Actor): Promise<Outcome<RegistrationView>>
  /**
   * Lets scheduled runs start again. The next run covers the time since the last file, unless each missed period gets a run of
   * its own. A pause that a person has made in Temporal itself ends only if an operator calls.
   */
  resume(actor: Actor, catchUp?: CatchUp): Promise<Outcome<RegistrationView>>
  /** What {@link replace} would do, without doing it. The version and times are those it would have. */
  preview(actor: Actor, input: RegistrationInput): Promise<Outcome<Replacement>>
  /** The current registration, or null if there is none yet. */
  current(actor: Actor, options: { includeInactive: boolean }): Promise<RegistrationView | null>
  /** The latest changes, newest first. */
  changes(actor: Actor, limit: number): Promise<RegistrationChange[]>
}

export interface RegistrationsDependencies extends PauseDependencies {
  readonly registrations: RegistrationStore
  readonly pgpKeys: PgpKeyStore
  readonly signingKey: EncryptionCheck['signingKey']
}

/** The database is the truth. Schedules are a projection of it. */
export function createRegistrations(deps: RegistrationsDependencies): Registrations {
  const { catalog, registrations } = deps
  return {
    catalog,
    replace: async (actor, input) => {
      const decide = replacing(catalog, input)
      return decide.ok ? change(deps, actor, input.expectedVersion, decide.value) : decide
    },
    addEntities: (actor, { entityList, expectedVersion }) =>
      change(deps, actor, expectedVersion, (current) => listWith(catalog, current, entityList)),
    removeEntities: (actor, { entityList, expectedVersion }) =>
      change(deps, actor, expectedVersion, (current) => listWithout(catalog, current, entityList)),
    pause: async (actor) => followPause(deps, actor, await pauseExport(deps, actor)),
    resume: async (actor, catchUp = 'ONE_FILE') => followPause(deps, actor, await resumeExport(deps, actor, catchUp)),
    preview: async (actor, input) => {
      const decide = replacing(catalog, input)
      if (!decide.ok) return decide
      const before = await registrations.find(actor.tenantId)
      return preview(deps, actor, before, input.expectedVersion, decide.value)
    },
    current: async (actor, { includeInactive }) => {
      const stored = await registrations.find(actor.tenantId)
      return stored ? viewOf(deps, actor, stored, includeInactive) : null
    },
    changes: (actor, limit) => registrations.changes(actor.tenantId, limit),
  }
}

/** What the current registration becomes by a call, or what is wrong with the call. */
type Decide = (current: Registration | undefined) => Outcome<RegistrationTarget>

function replacing(catalog: Catalog, input: RegistrationInput): Outcome<Decide> {
  const requested = requestedTarget(catalog, input)
  return requested.ok ? ok((current) => ok(targetOf(requested.value, current))) : requested
}

/** Changes the registration and its schedule, or nothing if the registration is already as requested. */
async function change(
  deps: RegistrationsDependencies,
  actor: Actor,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Promise<Outcome<Replacement>> {
  const changed = await deps.transact(actor.tenantId, (unit) => write(deps, unit, actor, expectedVersion, decide), {
    lock: 'registration',
  })
  if (!changed.ok) return changed
  const { stored, diff } = changed.value
  if (diff.changed) deps.events.registrationReplaced(stored.registration, diff)
  return ok(replacementView(deps.catalog, viewOf(deps, actor, await syncIfPending(deps, stored)), diff))
}

async function write(
  { catalog, signingKey }: RegistrationsDependencies,
  { registration, pgpKeys, audit, events }: UnitOfWork,
  actor: Actor,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Promise<Outcome<Change>> {
  const before = await registration.find()
  const listKeys = () => pgpKeys.list()
  const requested = decideChange(catalog, actor, before, expectedVersion, decide)
  const decided = await withUsableKeys(requested, { listKeys, signingKey })
  if (!decided.ok || !decided.value.diff.changed) return decided
  const { stored, diff } = decided.value
  const details = { before: before ? { ...before.registration } : null, after: { ...stored.registration } }
  const replaced = await registration.replace(before, stored.registration)
  await audit.keep(auditEntry(actor, 'REGISTRATION_REPLACED', details))
  const action = stored.registration.exportOption === 'DISABLE_EXPORT' ? 'DISABLED' : 'REPLACED'
  await events.keep(
    registrationChanged(actor, action, stored.registration, diff),
    ...columnsChangedByRegistration(catalog, before?.registration, stored.registration),
  )
  return ok({ stored: replaced, diff })
}

async function preview(
  { catalog, pgpKeys, signingKey }: RegistrationsDependencies,
  actor: Actor,
  before: StoredRegistration | undefined,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Promise<Outcome<Replacement>> {
  const listKeys = () => pgpKeys.list(actor.tenantId)
  const requested = decideChange(catalog, actor, before, expectedVersion, decide)
  const decided = await withUsableKeys(requested, { listKeys, signingKey })
  if (!decided.ok) return decided
  const { stored, diff } = decided.value
  return ok(replacementView(catalog, viewOf({ catalog }, actor, stored), diff))
}

interface Change {
  /** The registration after the change, which is not written yet. It is the same as before if nothing changes. */
  readonly stored: StoredRegistration
  readonly diff: RegistrationDiff & { readonly changed: boolean; readonly notices: readonly Notice[] }
}

function decideChange(
  catalog: Catalog,
  actor: Actor,
  before: StoredRegistration | undefined,
  expectedVersion: number | null | undefined,
  decide: Decide,
): Outcome<Change> {
  const current = before && withCoveredEntities(before.registration, catalog)
  if (expectedVersion != null && expectedVersion !== versionOf(current)) {
    return conflict(catalog, actor, expectedVersion, before)
  }
  const decided = decide(current)
  const target = decided.ok ? withChangeTypes(catalog, decided.value) : decided
  if (!target.ok) return target
  const diff = diffRegistration(current, target.value)
  if (before && isAsRequested(current, target.value)) {
    const notices = selectionNotices(catalog, current, before.registration)
    return ok({ stored: before, diff: { ...diff, changed: false, notices } })
  }
  const author = { tenantId: actor.tenantId, by: authorOf(actor), at: new Date() }
  const next = replaceRegistration(current, target.value, author)
  const notices = selectionNotices(catalog, current, next)
  return ok({ stored: notScheduled(next, before), diff: { ...diff, changed: true, notices } })
}

function notScheduled(registration: Registration, before: StoredRegistration | undefined): StoredRegistration {
  return { registration, pausedAt: before?.pausedAt ?? null, scheduledVersion: null, scheduleError: null }
}

/** With the registration as it is: the caller needs it to try again. */
function conflict(catalog: Catalog, actor: Actor, expected: number, stored: StoredRegistration | undefined): Refusal {
  const userErrors = [versionConflict(expected, versionOf(stored?.registration))]
  return { ok: false, userErrors, ...(stored && { current: viewOf({ catalog }, actor, stored) }) }
}

async function followPause(
  deps: RegistrationsDependencies,
  actor: Actor,
  paused: Outcome<Paused>,
): Promise<Outcome<RegistrationView>> {
  return paused.ok ? ok(viewOf(deps, actor, await syncIfPending(deps, paused.value.stored))) : paused
}

/** What this call has made of the registration, also if another call has changed it since, and how its schedule follows. */
async function syncIfPending(
  { schedules }: RegistrationsDependencies,
  stored: StoredRegistration,
): Promise<StoredRegistration> {
  const { tenantId, version } = stored.registration
  if (stored.scheduledVersion === version) return stored
  return { ...stored, ...(await schedules.sync(tenantId)) }
}

function viewOf(
  { catalog }: Pick<RegistrationsDependencies, 'catalog'>,
  { isOperator }: Actor,
  stored: StoredRegistration,
  includeInactive = true,
): RegistrationView {
  return registrationView(catalog, stored, { includeInactive, now: new Date(), isOperator })
}

/** 0 means that there is none yet. */
function versionOf(registration: Registration | undefined): number {
  return registration?.version ?? 0
}
