import type { ExportFrequency } from '../../domain/calendar.js'
import type { Catalog, Entity } from '../../domain/entity.js'
import type { EncryptionInput } from '../../domain/encryption.js'
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
import { requestedEncryption } from './encryption-input.js'
import { requestedFileFormat } from './file-format-input.js'
import { ok, type Outcome } from '../outcome.js'
import { requestedSchedule } from './schedule-input.js'
import { type ColumnSelectionInput, requestedSelection } from './column-selection-input.js'
import { entityListRequired, unknownEntities } from './unknown-names.js'
import { type UserError, userError } from '../user-error.js'

/** What a caller requests. A field that is left out or null takes its default. */
export interface RegistrationInput extends ColumnSelectionInput {
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
  /** How files are encrypted: not at all by default. With DISABLE_EXPORT it stays as it is. */
  readonly encryption?: EncryptionInput | null | undefined
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
  const encryption = requestedEncryption(input.encryption)
  const selection = requestedSelection(catalog, input)
  if (entities.ok && schedule.ok && fileFormat.ok && encryption.ok && selection.ok) {
    const format = input.fileFormat ? fileFormat.value : undefined
    const written = { fileFormat: format, encryption: encryption.value, columnSelection: selection.value }
    return ok({ exportOption, frequency, schedule: schedule.value, ...written, entities: entities.value })
  }
  const all = [entities, schedule, fileFormat, encryption, selection]
  return {
    ok: false,
    userErrors: all.flatMap((each) => (each.ok ? [] : each.userErrors)),
  }
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

export function versionConflict(expected: number, actual: number): UserError {
  const message =
    `The registration has version ${actual}, not ${expected}: it was changed since you read it. ` +
    'Read it again, apply your change to its current state, and submit the result with its version.'
  return userError('VERSION_CONFLICT', message, ['input', 'expectedVersion'], { allowedValues: [String(actual)] })
}
