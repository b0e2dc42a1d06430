import { defaultFrequency, type ExportFrequency } from './calendar.js'
import { isSameSelection, type OptionalSelection, type RequestedSelection, selectionOf } from './column-selection.js'
import { type Catalog, type Entity, enumName } from './entity.js'
import { type Encryption, isSameEncryption } from './encryption.js'
import { defaultFileFormat, type FileFormat, isSameFormat } from './file-format.js'
import { defaultScheduleTime, isSameTime, type ScheduleTime } from './schedule-time.js'

export const exportOptions = {
  EXPORT_ALL: 'All entities, including those that are added to the catalog later. The entityList is ignored.',
  EXPORT_SELECTED: 'Only the entities of the entityList, which is required.',
  DISABLE_EXPORT:
    'No entities. The entityList is ignored, and all entities become inactive. Delivered files stay on the server. An absent ' +
    'frequency, schedule, fileFormat, encryption, columns or excludeTags is kept.',
} as const
export type ExportOption = keyof typeof exportOptions

export const defaultExportOption: ExportOption = 'EXPORT_SELECTED'

export interface RegisteredEntity {
  /** The entity's internal name. */
  readonly name: string
  readonly active: boolean
  /** When it last became active. */
  readonly activatedAt: Date
  /** When it became inactive; null while it is active. */
  readonly deactivatedAt: Date | null
}

/** A tenant's whole export configuration. Each accepted call replaces it and raises the version by one. */
export interface Registration {
  readonly tenantId: string
  readonly version: number
  readonly exportOption: ExportOption
  readonly frequency: ExportFrequency
  /** When in the day its runs are due. */
  readonly schedule: ScheduleTime
  /** How its runs write files. A run that has begun keeps the format that it was planned with. */
  readonly fileFormat: FileFormat
  /** How its runs encrypt files; null if they do not. */
  readonly encryption: Encryption | null
  /** Which columns its runs deliver. A run that has begun keeps the selection that it was planned with. */
  readonly columnSelection?: OptionalSelection
  /** Every entity that is or once was part of it. */
  readonly entities: readonly RegisteredEntity[]
  readonly createdAt: Date
  readonly updatedAt: Date
  /** The subject that made the last change. */
  readonly updatedBy: string
}

/** One replacement of a registration. */
export interface RegistrationChange {
  readonly version: number
  /** The subject that made the change. */
  readonly changedBy: string
  readonly changedAt: Date
  /** Null for the first registration. */
  readonly before: Registration | null
  readonly after: Registration
}

/** What a registration becomes: `entities` are the internal names that are to be active. */
export interface RegistrationTarget {
  readonly exportOption: ExportOption
  readonly frequency: ExportFrequency
  readonly schedule: ScheduleTime
  readonly fileFormat: FileFormat
  readonly encryption: Encryption | null
  readonly columnSelection?: OptionalSelection
  readonly entities: readonly string[]
}

/** What a call requests. A field that the call leaves out is undefined. */
export type RequestedTarget = Pick<RegistrationTarget, 'exportOption' | 'entities'> & {
  readonly frequency: ExportFrequency | undefined
  readonly schedule: ScheduleTime | undefined
  readonly fileFormat: FileFormat | undefined
  readonly encryption: Encryption | undefined
  readonly columnSelection?: RequestedSelection
}

/** A field that is left out takes its default. Only a call that disables the export leaves it as it is. */
export function targetOf(requested: RequestedTarget, current: Registration | undefined): RegistrationTarget {
  const kept = requested.exportOption === 'DISABLE_EXPORT' ? current : undefined
  return {
    ...requested,
    frequency: requested.frequency ?? kept?.frequency ?? defaultFrequency,
    schedule: requested.schedule ?? kept?.schedule ?? defaultScheduleTime,
    fileFormat: requested.fileFormat ?? kept?.fileFormat ?? defaultFileFormat,
    encryption: requested.encryption ?? kept?.encryption ?? null,
    columnSelection: selectionOf(requested.columnSelection, kept?.columnSelection),
  }
}

/** What a replacement changes, as internal names in the order of the target or of the registration. */
export interface RegistrationDiff {
  readonly activated: readonly string[]
  readonly deactivated: readonly string[]
  readonly unchanged: readonly string[]
}

/**
 * The names in an entity list: a list, a comma-separated string, or a list of such strings.
 * Case, surplus blanks, empty items and repetitions do not matter.
 */
export function namesInEntityList(entityList: string | readonly string[]): string[] {
  const items = typeof entityList === 'string' ? [entityList] : entityList
  // A long list of commas, or of the same few names, makes little work.
  const different = new Set(items.flatMap((item) => item.match(/[^,]+/g) ?? []))
  const names = Array.from(different, normalizeName)
  return [...new Set(names.filter((name) => name !== ''))]
}

/** A name as it is compared: case and surplus blanks do not matter. */
export function normalizeName(name: string): string {
  return name.trim().replace(/\s+/g, ' ').toLowerCase()
}

/**
 * The entities of the catalog that the names mean, each once, and the names that mean none. A name is a display name (`user
 * logins`), an internal name (`user_login_events`) or a GraphQL name (`USER_LOGINS`). If one name could mean two entities, a
 * display name takes precedence over an internal name, and an internal name over a GraphQL name.
 */
export function resolveNames(catalog: Catalog, names: readonly string[]): { entities: Entity[]; unknown: string[] } {
  const byName = new Map<string, Entity>()
  for (const nameOf of [graphqlName, internalName, displayName]) {
    for (const entity of catalog.entities) byName.set(nameOf(entity), entity)
  }
  const found = names.map((name) => ({ name, entity: byName.get(name) }))
  return {
    entities: [...new Set(found.flatMap(({ entity }) => (entity ? [entity] : [])))],
    unknown: found.flatMap(({ name, entity }) => (entity ? [] : [name])),
  }
}

// Normalized as the names of an entity list are.
const displayName = (entity: Entity): string => normalizeName(entity.displayName)
const internalName = (entity: Entity): string => normalizeName(entity.name)
const graphqlName = (entity: Entity): string => normalizeName(enumName(entity.displayName))

/**
 * The entities that a run of this registration exports. With EXPORT_ALL these are the catalog's, so that an entity
 * added to the catalog later is covered without another call.
 */
export function activeEntities(registration: Registration, catalog: Catalog): Entity[] {
  if (registration.exportOption === 'EXPORT_ALL') return [...catalog.entities]
  const active = new Set(registration.entities.filter((entity) => entity.active).map((entity) => entity.name))
  return catalog.entities.filter((entity) => active.has(entity.name))
}

/**
 * The entities of a registration's list: the active ones. While the export is disabled: those that were active before, so that
 * the caller can submit them again.
 */
export function listedEntities(registration: Registration, catalog: Catalog): Entity[] {
  if (registration.exportOption !== 'DISABLE_EXPORT') return activeEntities(registration, catalog)
  const ends = registration.entities.map(({ deactivatedAt }) => deactivatedAt?.getTime() ?? 0)
  const last = Math.max(0, ...ends)
  const names = new Set(registration.entities.flatMap(({ name }, at) => (ends[at] === last ? [name] : [])))
  return catalog.entities.filter((entity) => names.has(entity.name))
}

/**
 * The registered entities that are in the catalog. With EXPORT_ALL, entities that were added to the catalog after the call are
 * among them.
 */
export function registeredEntities(registration: Registration, catalog: Catalog): RegisteredEntity[] {
  const byName = new Map(registration.entities.map((entity) => [entity.name, entity]))
  return catalog.entities.flatMap((entity) => {
    const registered = byName.get(entity.name)
    if (registration.exportOption !== 'EXPORT_ALL') return registered ? [registered] : []
    if (registered?.active) return [registered]
    return [{ name: entity.name, active: true, activatedAt: registration.updatedAt, deactivatedAt: null }]
  })
}

/**
 * The registration with every entity that it covers. With EXPORT_ALL, it includes entities that were added to the catalog after
 * the call, so that a replacement treats them as active before.
 */
export function withCoveredEntities(registration: Registration, catalog: Catalog): Registration {
  if (registration.exportOption !== 'EXPORT_ALL') return registration
  const covered = registeredEntities(registration, catalog)
  const names = new Set(covered.map((entity) => entity.name))
  const gone = registration.entities.filter((entity) => !names.has(entity.name))
  return { ...registration, entities: [...covered, ...gone] }
}

/** What changes when `target` replaces `current`; undefined means that there is none yet. */
export function diffRegistration(current: Registration | undefined, target: RegistrationTarget): RegistrationDiff {
  const before = new Set(current?.entities.filter((entity) => entity.active).map((entity) => entity.name))
  const after = new Set(target.entities)
  return {
    activated: target.entities.filter((name) => !before.has(name)),
    deactivated: [...before].filter((name) => !after.has(name)),
    unchanged: target.entities.filter((name) => before.has(name)),
  }
}

/** Whether the registration already matches the target, so that a call with this target changes nothing. */
export function isAsRequested(current: Registration | undefined, target: RegistrationTarget): boolean {
  if (!current) return false
  const { activated, deactivated } = diffRegistration(current, target)
  return (
    activated.length + deactivated.length === 0 &&
    current.exportOption === target.exportOption &&
    current.frequency === target.frequency &&
    isSameTime(current.schedule, target.schedule) &&
    isSameFormat(current.fileFormat, target.fileFormat) &&
    isSameEncryption(current.encryption, target.encryption) &&
    isSameSelection(current.columnSelection, target.columnSelection)
  )
}

/** The registration that replaces `current`. Entities outside the target stay in it as inactive. */
export function replaceRegistration(
  current: Registration | undefined,
  target: RegistrationTarget,
  change: { tenantId: string; by: string; at: Date },
): Registration {
  return {
    tenantId: change.tenantId,
    version: (current?.version ?? 0) + 1,
    exportOption: target.exportOption,
    frequency: target.frequency,
    schedule: target.schedule,
    fileFormat: target.fileFormat,
    encryption: target.encryption,
    ...(target.columnSelection && { columnSelection: target.columnSelection }),
    entities: replaceEntities(current?.entities ?? [], target.entities, change.at),
    createdAt: current?.createdAt ?? change.at,
    updatedAt: change.at,
    updatedBy: change.by,
  }
}

function replaceEntities(
  current: readonly RegisteredEntity[],
  active: readonly string[],
  at: Date,
): RegisteredEntity[] {
  const wanted = new Set(active)
  const known = new Set(current.map((entity) => entity.name))
  const kept = current.map((entity) => {
    if (wanted.has(entity.name) === entity.active) return entity
    return entity.active
      ? { ...entity, active: false, deactivatedAt: at }
      : { ...entity, active: true, activatedAt: at, deactivatedAt: null }
  })
  const added = active
    .filter((name) => !known.has(name))
    .map((name) => ({ name, active: true, activatedAt: at, deactivatedAt: null }))
  return [...kept, ...added]
}
