import type { Actor } from '../domain/actor.js'
import type { ExportFrequency } from '../domain/calendar.js'
import type { Catalog, Entity } from '../domain/entity.js'
import type { FileFormat, FileFormatInput } from '../domain/file-format.js'
import type { ExportOption, Registration } from '../domain/registration.js'
import type { UserErrorCode } from '../domain/user-error.js'

/** What a caller asks for; what is left out or null takes its default. */
export interface RegistrationInput {
  /** EXPORT_SELECTED by default. */
  readonly exportOption?: ExportOption | null | undefined
  /** Names of entities: a list or a comma-separated string. Required with EXPORT_SELECTED, else ignored. */
  readonly entityList?: string | readonly string[] | null | undefined
  /** DAILY by default; with DISABLE_EXPORT it stays as it is. */
  readonly frequency?: ExportFrequency | null | undefined
  /** How files are written; each field that is absent takes its default. With DISABLE_EXPORT it stays as it is. */
  readonly fileFormat?: FileFormatInput | null | undefined
  /** Refuses the call unless the registration has this version; 0 means: there is none yet. */
  readonly expectedVersion?: number | null | undefined
}

/** A change of the list alone; everything else of the registration stays as it is. */
export interface EntityListChange {
  readonly entityList: NonNullable<RegistrationInput['entityList']>
  readonly expectedVersion?: number | null | undefined
}

/** An error that the caller can fix. With one, nothing has changed. */
export interface UserError {
  readonly code: UserErrorCode
  /** What was wrong and what would be right, in one or two sentences. */
  readonly message: string
  /** Where in the input, e.g. `['input', 'entityList']`. */
  readonly path: readonly string[]
  /** What would have been accepted; empty where that can't be listed. */
  readonly allowedValues: readonly string[]
  /** The likeliest meaning of each name that was not understood. */
  readonly didYouMean: readonly { readonly given: string; readonly suggestion: string }[]
}

export const scheduleStates = {
  ACTIVE: 'Runs start at the next run times.',
  PAUSED: 'No scheduled runs start, because the export is disabled or paused.',
  PENDING: 'The registration is saved, but its schedule in Temporal is not up to date yet. It is updated automatically.',
} as const
export type ScheduleState = keyof typeof scheduleStates

/** The tenant's schedule as it is to be; PENDING until Temporal has it. */
export interface ScheduleView {
  readonly scheduleId: string
  readonly state: ScheduleState
  /** The next times a run is due, before jitter; empty while the export is disabled. */
  readonly nextRunTimes: readonly Date[]
  /** Why it is still pending, where that is known. */
  readonly error: string | null
}

export interface EntityView {
  readonly entity: Entity
  readonly active: boolean
  readonly activatedAt: Date
  readonly deactivatedAt: Date | null
}

/** A registration as its tenant sees it. */
export interface RegistrationView {
  readonly tenantId: string
  readonly version: number
  readonly exportOption: ExportOption
  readonly frequency: ExportFrequency
  readonly fileFormat: FileFormat
  /** In the order of the catalog. */
  readonly entities: readonly EntityView[]
  /** The active entities; while the export is disabled, those that were active before. */
  readonly listed: readonly Entity[]
  /** Since when the tenant has paused its export; null where it has not. */
  readonly pausedAt: Date | null
  readonly schedule: ScheduleView
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly updatedBy: string
}

export interface Replacement {
  readonly registration: RegistrationView
  /** False where the registration was already as requested: it keeps its version, and nothing is recorded. */
  readonly changed: boolean
  readonly activated: readonly Entity[]
  readonly deactivated: readonly Entity[]
  readonly unchanged: readonly Entity[]
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false
      readonly userErrors: readonly UserError[]
      /** With VERSION_CONFLICT: the registration as it is. */
      readonly current?: RegistrationView
    }

/** One replacement of a registration, as it was kept. */
export interface RegistrationChangeView {
  readonly version: number
  readonly changedBy: string
  readonly changedAt: Date
  readonly before: Registration | null
  readonly after: Registration
}

/** The use cases around a tenant's registration. The tenant is always the actor's. */
export interface Registrations {
  readonly catalog: Catalog
  /**
   * Replaces the whole registration, or changes nothing and says why. A registration that is already as requested keeps
   * its version.
   */
  replace(actor: Actor, input: RegistrationInput): Promise<Outcome<Replacement>>
  /** Adds entities to the list of a registration that selects them. One that exports everything has them already. */
  addEntities(actor: Actor, change: EntityListChange): Promise<Outcome<Replacement>>
  /** Takes entities from the list of a registration that selects them; at least one must stay. */
  removeEntities(actor: Actor, change: EntityListChange): Promise<Outcome<Replacement>>
  /** Stops scheduled runs, without a new version, until {@link resume}. Runs that are requested still start. */
  pause(actor: Actor): Promise<Outcome<RegistrationView>>
  /** Lets scheduled runs start again. The next run covers the time since the last file. */
  resume(actor: Actor): Promise<Outcome<RegistrationView>>
  /** What {@link replace} would do, without doing it. The version and times are those it would have. */
  preview(actor: Actor, input: RegistrationInput): Promise<Outcome<Replacement>>
  /** The current registration, or null where there is none yet. */
  current(actor: Actor, options: { includeInactive: boolean }): Promise<RegistrationView | null>
  /** The latest changes, newest first. */
  changes(actor: Actor, limit: number): Promise<RegistrationChangeView[]>
}
