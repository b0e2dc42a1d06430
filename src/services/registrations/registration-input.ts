import type { ExportFrequency } from '../../domain/calendar.js'
import type { Catalog, Entity } from '../../domain/entity.js'
import type { FileFormatInput } from '../../domain/file-format.js'
import {
  defaultExportOption,
  type ExportOption,
  namesInEntityList,
  type RegistrationTarget,
  type RequestedTarget,
  resolveNames,
} from '../../domain/registration.js'
import type { ScheduleTimeInput } from '../../domain/schedule-time.js'
import { requestedFileFormat } from './file-format-input.js'
import { ok, type Outcome } from '../outcome.js'
import { requestedSchedule } from './schedule-input.js'
import { suggestEntities } from './suggest-entities.js'
import { type UserError, userError } from '../user-error.js'

/** What a caller requests. A field that is left out or null takes its default. */
export interface RegistrationInput {
  /** EXPORT_SELECTED by default. */
  readonly exportOption?: ExportOption | null | undefined
  /** Names of entities: a list or a comma-separated string. Required with EXPORT_SELECTED, otherwise ignored. */
  readonly entityList?: string | readonly string[] | null | undefined
  /** DAILY by default. With DISABLE_EXPORT it stays as it is. */
  readonly frequency?: ExportFrequency | null | undefined
  /** When in the day runs are due. A field that is left out takes its default. With DISABLE_EXPORT it stays as it is. */
  readonly schedule?: ScheduleTimeInput | null | undefined
  /** How files are written. A field that is left out takes its default. With DISABLE_EXPORT the format stays as it is. */
  readonly fileFormat?: FileFormatInput | null | undefined
  /** Refuses the call unless the registration has this version; 0 means that there is none yet. */
  readonly expectedVersion?: number | null | undefined
}

/** A change of the list only. Everything else of the registration stays as it is. */
export interface EntityListChange {
  readonly entityList: NonNullable<RegistrationInput['entityList']>
  readonly expectedVersion?: number | null | undefined
}

/** What a registration becomes by the input, or everything that is wrong with the input. */
export function requestedTarget(catalog: Catalog, input: RegistrationInput): Outcome<RequestedTarget> {
  const exportOption = input.exportOption ?? defaultExportOption
  const frequency = input.frequency ?? undefined
  const entities = requestedEntities(catalog, exportOption, input.entityList)
  const schedule = requestedSchedule(input.schedule)
  const fileFormat = requestedFileFormat(input.fileFormat ?? {})
  if (entities.ok && schedule.ok && fileFormat.ok) {
    const format = input.fileFormat ? fileFormat.value : undefined
    return ok({ exportOption, frequency, schedule: schedule.value, fileFormat: format, entities: entities.value })
  }
  return { ok: false, userErrors: [entities, schedule, fileFormat].flatMap((each) => (each.ok ? [] : each.userErrors)) }
}

function requestedEntities(
  catalog: Catalog,
  exportOption: RegistrationTarget['exportOption'],
  entityList: RegistrationInput['entityList'],
): Outcome<string[]> {
  switch (exportOption) {
    case 'EXPORT_ALL':
      return ok(catalog.entities.map((entity) => entity.name))
    case 'DISABLE_EXPORT':
      return ok([])
    case 'EXPORT_SELECTED':
      return internalNames(namedEntities(catalog, entityList ?? [], ['input', 'entityList']))
  }
}

function internalNames(entities: Outcome<Entity[]>): Outcome<string[]> {
  return entities.ok ? ok(entities.value.map((entity) => entity.name)) : entities
}

/** The entities that a list names, at least one, or what is wrong with the list. `path` is the list's place in the input. */
export function namedEntities(
  catalog: Catalog,
  entityList: NonNullable<RegistrationInput['entityList']>,
  path: readonly string[],
): Outcome<Entity[]> {
  const names = namesInEntityList(entityList)
  if (names.length === 0) return { ok: false, userErrors: [entityListRequired(catalog, path)] }
  const { entities, unknown } = resolveNames(catalog, names)
  if (unknown.length > 0) return { ok: false, userErrors: [unknownEntities(catalog, unknown, path)] }
  return ok(entities)
}

function entityListRequired(catalog: Catalog, path: readonly string[]): UserError {
  const message =
    'entityList must name at least one entity. To export everything, choose "export all" (EXPORT_ALL). ' +
    'To stop the export, choose "disable export" (DISABLE_EXPORT). Nothing was changed.'
  return userError('ENTITY_LIST_REQUIRED', message, path, { allowedValues: displayNames(catalog) })
}

/** At most this many unknown names are repeated, however many were sent. */
const maxNamesShown = 20

function unknownEntities(catalog: Catalog, all: readonly string[], path: readonly string[]): UserError {
  const unknown = all.slice(0, maxNamesShown)
  const more = all.length > unknown.length ? ` and ${all.length - unknown.length} more` : ''
  const didYouMean = suggestEntities(catalog, unknown)
  const meant = didYouMean.map(({ given, suggestion }) => `${quoted(suggestion)} for ${quoted(given)}`)
  const message =
    `No entity has ${all.length === 1 ? 'the name' : 'the names'} ` +
    `${unknown.map(quoted).join(', ')}${more}.${meant.length > 0 ? ` Did you mean ${meant.join(', ')}?` : ''} Nothing was changed.`
  return userError('UNKNOWN_ENTITIES', message, path, { allowedValues: displayNames(catalog), didYouMean })
}

function displayNames(catalog: Catalog): string[] {
  return catalog.entities.map((entity) => entity.displayName)
}

/** A name of the input, safe to print: it may contain anything and have any length. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}

export function versionConflict(expected: number, actual: number): UserError {
  const message =
    `The registration has version ${actual}, not ${expected}: it was changed since you read it. ` +
    'Read it again, apply your change to its current state, and submit the result with its version.'
  return userError('VERSION_CONFLICT', message, ['input', 'expectedVersion'], { allowedValues: [String(actual)] })
}
