import { scheduleId } from '../../contracts.js'
import type { StoredRegistration } from '../../database/unit-of-work/tenant-registration.js'
import { calendarOf, type ExportFrequency, nextBoundaries } from '../../domain/calendar.js'
import { type Catalog, type Entity, findEntity } from '../../domain/entity.js'
import type { Encryption } from '../../domain/encryption.js'
import { entityOfFiles } from '../../domain/change-type.js'
import type { FileFormat } from '../../domain/file-format.js'
import {
  type ExportOption,
  listedEntities,
  registeredEntities,
  type RegistrationDiff,
} from '../../domain/registration.js'
import type { ScheduleTime } from '../../domain/schedule-time.js'
import { pendingScheduleMessage } from '../../domain/tenant-messages.js'
import { columnSelectionView, type ColumnSelectionView, type Notice } from './column-selection-view.js'

export const scheduleStates = {
  ACTIVE: 'Runs start at the next run times.',
  PAUSED: 'No scheduled runs start, because the export is disabled or paused.',
  PENDING:
    'The registration is saved, but its schedule in Temporal is not up to date yet. It is updated automatically: within seconds, or once Temporal is available.',
} as const
export type ScheduleState = keyof typeof scheduleStates

/** The tenant's schedule as it is to be. It is PENDING until Temporal has it. */
export interface ScheduleView extends ScheduleTime {
  readonly scheduleId: string
  readonly state: ScheduleState
  /** The next 12 times when a run is due, before jitter; empty while the export is disabled or paused. */
  readonly nextRunTimes: readonly Date[]
  /** Why it is still pending; null if that is not known. */
  readonly error: string | null
}

export interface EntityView {
  readonly entity: Entity
  /** The names of the columns that its files have. */
  readonly columns: readonly string[]
  readonly active: boolean
  readonly activatedAt: Date
  readonly deactivatedAt: Date | null
}

/** A registration as its tenant sees it. */
export interface RegistrationView extends ColumnSelectionView {
  readonly tenantId: string
  readonly version: number
  readonly exportOption: ExportOption
  readonly frequency: ExportFrequency
  readonly fileFormat: FileFormat
  /** Null if files are not encrypted. */
  readonly encryption: Encryption | null
  /** In the order of the catalog. */
  readonly entities: readonly EntityView[]
  /** The active entities; while the export is disabled, those that were active before. */
  readonly listed: readonly Entity[]
  /** When the tenant paused its export; null while it is not paused. */
  readonly pausedAt: Date | null
  readonly schedule: ScheduleView
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly updatedBy: string
}

export interface Replacement {
  readonly registration: RegistrationView
  /** False if the registration was already as requested: it keeps its version, and nothing is recorded. */
  readonly changed: boolean
  readonly activated: readonly Entity[]
  readonly deactivated: readonly Entity[]
  readonly unchanged: readonly Entity[]
  readonly notices: readonly Notice[]
}

/** How many run times are known at most, and how many are shown by default. */
export const mostRunTimes = 12
export const shownRunTimes = 3

export function registrationView(
  catalog: Catalog,
  stored: StoredRegistration,
  options: { readonly includeInactive: boolean; readonly now: Date; readonly isOperator: boolean },
): RegistrationView {
  const { tenantId, version, exportOption, frequency, fileFormat, encryption, columnSelection } = stored.registration
  const { createdAt, updatedAt, updatedBy } = stored.registration
  const columnsOf = (entity: Entity) =>
    entityOfFiles(entity, columnSelection, fileFormat).columns.map(({ name }) => name)
  const entities = registeredEntities(stored.registration, catalog)
    .filter((registered) => registered.active || options.includeInactive)
    .flatMap(({ name, ...registered }) =>
      entitiesOf(catalog, [name]).map((entity) => ({ entity, columns: columnsOf(entity), ...registered })),
    )
  return {
    tenantId,
    version,
    exportOption,
    frequency,
    fileFormat,
    encryption,
    ...columnSelectionView(catalog, columnSelection),
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
  // Another call may have replaced this registration, and its schedule, since.
  const upToDate = scheduledVersion !== null && scheduledVersion >= registration.version
  return {
    ...registration.schedule,
    scheduleId: scheduleId(registration.tenantId),
    state: upToDate ? (isPaused ? 'PAUSED' : 'ACTIVE') : 'PENDING',
    nextRunTimes: isPaused ? [] : nextBoundaries(calendarOf(registration), now, mostRunTimes),
    error: upToDate ? null : isOperator ? scheduleError : scheduleError && pendingScheduleMessage,
  }
}

export function replacementView(
  catalog: Catalog,
  registration: RegistrationView,
  diff: RegistrationDiff & { readonly changed: boolean; readonly notices: readonly Notice[] },
): Replacement {
  return {
    registration,
    changed: diff.changed,
    activated: entitiesOf(catalog, diff.activated),
    deactivated: entitiesOf(catalog, diff.deactivated),
    unchanged: entitiesOf(catalog, diff.unchanged),
    notices: diff.notices,
  }
}

/** Leaves out entities that are no longer in the catalog. */
function entitiesOf(catalog: Catalog, names: readonly string[]): Entity[] {
  return names.flatMap((name) => findEntity(catalog, name) ?? [])
}
