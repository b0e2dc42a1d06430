import type { Catalog, Entity } from '../domain/entity.js'
import {
  defaultExportOption,
  namesInEntityList,
  type RegistrationTarget,
  type RequestedTarget,
  resolveNames,
} from '../domain/registration.js'
import { wantedFileFormat } from './file-format-input.js'
import type { Outcome, RegistrationInput, UserError } from './registrations.js'
import { suggestEntities } from './suggest-entities.js'

/** What the input asks a registration to become, or everything that is wrong with it. */
export function requestedTarget(catalog: Catalog, input: RegistrationInput): Outcome<RequestedTarget> {
  const exportOption = input.exportOption ?? defaultExportOption
  const frequency = input.frequency ?? undefined
  const entities = wantedEntities(catalog, exportOption, input.entityList)
  const fileFormat = wantedFileFormat(input.fileFormat ?? {})
  if (entities.ok && fileFormat.ok) {
    const format = input.fileFormat ? fileFormat.value : undefined
    return { ok: true, value: { exportOption, frequency, fileFormat: format, entities: entities.value } }
  }
  return { ok: false, userErrors: [entities, fileFormat].flatMap((each) => (each.ok ? [] : each.userErrors)) }
}

function wantedEntities(
  catalog: Catalog,
  exportOption: RegistrationTarget['exportOption'],
  entityList: RegistrationInput['entityList'],
): Outcome<string[]> {
  switch (exportOption) {
    case 'EXPORT_ALL':
      return { ok: true, value: catalog.entities.map((entity) => entity.name) }
    case 'DISABLE_EXPORT':
      return { ok: true, value: [] }
    case 'EXPORT_SELECTED':
      return internalNames(namedEntities(catalog, entityList ?? [], ['input', 'entityList']))
  }
}

function internalNames(entities: Outcome<Entity[]>): Outcome<string[]> {
  return entities.ok ? { ok: true, value: entities.value.map((entity) => entity.name) } : entities
}

/** The entities that an entity list names, at least one, or what is wrong with it. `path` says where the list stood. */
export function namedEntities(
  catalog: Catalog,
  entityList: NonNullable<RegistrationInput['entityList']>,
  path: readonly string[],
): Outcome<Entity[]> {
  const names = namesInEntityList(entityList)
  if (names.length === 0) return { ok: false, userErrors: [entityListRequired(catalog, path)] }
  const { entities, unknown } = resolveNames(catalog, names)
  if (unknown.length > 0) return { ok: false, userErrors: [unknownEntities(catalog, unknown, path)] }
  return { ok: true, value: entities }
}

function entityListRequired(catalog: Catalog, path: readonly string[]): UserError {
  return {
    code: 'ENTITY_LIST_REQUIRED',
    message:
      'entityList must name at least one entity. To export everything choose "export all" ' +
      '(EXPORT_ALL), to stop the export choose "disable export" (DISABLE_EXPORT). Nothing was changed.',
    path,
    allowedValues: displayNames(catalog),
    didYouMean: [],
  }
}

/** Of many unknown names so many are told: enough to see what is wrong, whatever was sent. */
const maxNamesTold = 20

function unknownEntities(catalog: Catalog, all: readonly string[], path: readonly string[]): UserError {
  const unknown = all.slice(0, maxNamesTold)
  const more = all.length > unknown.length ? ` and ${all.length - unknown.length} more` : ''
  const didYouMean = suggestEntities(catalog, unknown)
  const meant = didYouMean.map(({ given, suggestion }) => `${quoted(suggestion)} for ${quoted(given)}`)
  return {
    code: 'UNKNOWN_ENTITIES',
    message:
      `No entity has ${all.length === 1 ? 'the name' : 'the names'} ` +
      `${unknown.map(quoted).join(', ')}${more}.${meant.length > 0 ? ` Did you mean ${meant.join(', ')}?` : ''} Nothing was changed.`,
    path,
    allowedValues: displayNames(catalog),
    didYouMean,
  }
}

function displayNames(catalog: Catalog): string[] {
  return catalog.entities.map((entity) => entity.displayName)
}

/** A name as it was given, made safe to print: it comes from outside and may be of any length. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}

export function versionConflict(expected: number, actual: number): UserError {
  return {
    code: 'VERSION_CONFLICT',
    message:
      `The registration has version ${actual}, not ${expected}: it was changed since you read it. ` +
      'Read it again, apply your change to what it is now, and submit that with its version.',
    path: ['input', 'expectedVersion'],
    allowedValues: [String(actual)],
    didYouMean: [],
  }
}
