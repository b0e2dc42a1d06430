import { scheduleId } from '../contracts.js'
import type { StoredRegistration } from '../database/registration-store.js'
import { nextBoundaries } from '../domain/calendar.js'
import { type Catalog, type Entity, findEntity } from '../domain/entity.js'
import { listedEntities, registeredEntities, type RegistrationDiff } from '../domain/registration.js'
import { pendingScheduleMessage } from '../domain/tenant-messages.js'
import type { RegistrationView, Replacement, ScheduleView } from './registrations.js'

const shownRunTimes = 3

export function registrationView(
  catalog: Catalog,
  stored: StoredRegistration,
  options: { readonly includeInactive: boolean; readonly now: Date; readonly isOperator: boolean },
): RegistrationView {
  const { tenantId, version, exportOption, frequency, fileFormat, createdAt, updatedAt, updatedBy } =
    stored.registration
  const entities = registeredEntities(stored.registration, catalog)
    .filter((registered) => registered.active || options.includeInactive)
    .flatMap(({ name, ...registered }) => entitiesOf(catalog, [name]).map((entity) => ({ entity, ...registered })))
  return {
    tenantId,
    version,
    exportOption,
    frequency,
    fileFormat,
    entities,
    listed: listedEntities(stored.registration, catalog),
    pausedAt: stored.pausedAt,
    schedule: scheduleView(stored, options),
    createdAt,
    updatedAt,
    updatedBy,
  }
}

function scheduleView(
  { registration, pausedAt, scheduledVersion, scheduleError }: StoredRegistration,
  { now, isOperator }: { readonly now: Date; readonly isOperator: boolean },
): ScheduleView {
  const isPaused = registration.exportOption === 'DISABLE_EXPORT' || pausedAt !== null
  // Later than this registration where another call has replaced it meanwhile.
  const upToDate = scheduledVersion !== null && scheduledVersion >= registration.version
  return {
    scheduleId: scheduleId(registration.tenantId),
    state: upToDate ? (isPaused ? 'PAUSED' : 'ACTIVE') : 'PENDING',
    nextRunTimes: isPaused ? [] : nextBoundaries(registration.frequency, now, shownRunTimes),
    error: upToDate ? null : isOperator ? scheduleError : scheduleError && pendingScheduleMessage,
  }
}

export function replacementView(
  catalog: Catalog,
  registration: RegistrationView,
  diff: RegistrationDiff & { readonly changed: boolean },
): Replacement {
  return {
    registration,
    changed: diff.changed,
    activated: entitiesOf(catalog, diff.activated),
    deactivated: entitiesOf(catalog, diff.deactivated),
    unchanged: entitiesOf(catalog, diff.unchanged),
  }
}

/** Entities that have left the catalog can't be shown, and are left out. */
function entitiesOf(catalog: Catalog, names: readonly string[]): Entity[] {
  return names.flatMap((name) => findEntity(catalog, name) ?? [])
}
