import {
  fileFormatEntries,
  fileFormatFieldNames,
  type FileFormatInput,
  type FormatField,
} from '../domain/file-format.js'
import { defaultScheduleTime, type ScheduleTimeInput } from '../domain/schedule-time.js'
import type { RegistrationInput } from '../services/registrations/registration-input.js'
import { parseEncryption } from './encryption.js'
import { bodyError, type Parsed } from './body-error.js'
import { parseColumns, parseExcludeTags } from './column-selection.js'
import type { ProblemError, ProblemErrorCode } from './problem.js'
import { frequencyWords, optionWords, vocabulary, type Vocabulary } from './words.js'

export const bodyFields = [
  'exportOption',
  'entityList',
  'frequency',
  'schedule',
  'fileFormat',
  'encryption',
  'columns',
  'excludeTags',
  'expectedVersion',
] as const

/** Fields of a response that `POST /export` accepts and ignores if the body also has `version`. */
export const ignoredFields = [
  'pausedAt',
  'tenantId',
  'entities',
  'createdAt',
  'updatedAt',
  'updatedBy',
  'changed',
  'activated',
  'deactivated',
  'unchanged',
  'notices',
] as const

/** The same for fields of its `schedule`. */
export const ignoredScheduleFields = ['scheduleId', 'state', 'nextRunTimes', 'error'] as const

/** The readable fields of a body, and all errors in it. */
export interface ParsedBody {
  readonly input: RegistrationInput
  readonly errors: readonly ProblemError[]
}

/** Reads the body of `POST /export`, a JSON object. Fields that are left out or null take their defaults. */
export function parseBody(body: Readonly<Record<string, unknown>>): ParsedBody {
  const option = parseWord(body, 'exportOption', optionWords, 'INVALID_EXPORT_OPTION')
  const frequency = parseWord(body, 'frequency', frequencyWords, 'INVALID_FREQUENCY')
  const entityList = parseEntityList(body['entityList'])
  const fileFormat = parseFileFormat(body['fileFormat'])
  const isRead = body['version'] !== undefined
  const schedule = parseSchedule(body['schedule'], isRead ? ignoredScheduleFields : [])
  const encryption = parseEncryption(body['encryption'], bodyError)
  const columns = parseColumns(body['columns'])
  const excludeTags = parseExcludeTags(body['excludeTags'])
  const version = parseVersion(body)
  return {
    input: {
      exportOption: option.value,
      frequency: frequency.value,
      entityList: entityList.value,
      schedule: schedule.value,
      fileFormat: fileFormat.value,
      encryption: encryption.value,
      columns: columns.value,
      excludeTags: excludeTags.value,
      expectedVersion: version.value,
    },
    errors: [
      ...unknownFields(body, bodyFields, isRead ? ['version', ...ignoredFields] : []),
      ...schedule.errors,
      ...fileFormat.errors,
      ...encryption.errors,
      ...[option, frequency, entityList, columns, excludeTags, version].flatMap(({ error }) => (error ? [error] : [])),
    ],
  }
}

function parseWord<T extends string>(
  body: Readonly<Record<string, unknown>>,
  field: string,
  words: Vocabulary<T>,
  code: ProblemErrorCode,
): Parsed<T> {
  const word = body[field] ?? undefined
  if (word === undefined) return {}
  const value = typeof word === 'string' ? words.valueOf(word) : undefined
  if (value !== undefined) return { value }
  const detail = `${field} must be one of: ${words.words.map((known) => `"${known}"`).join(', ')}.`
  return { error: bodyError(code, field, detail, words.words) }
}

function parseEntityList(value: unknown): Parsed<string | string[]> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'string') return { value }
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return { value }
  const detail = 'entityList must be a list of names of entities, or one string with commas between them.'
  return { error: bodyError('INVALID_ENTITY_LIST', 'entityList', detail) }
}

/** A body that was read from `GET /export` has a `version`. It is refused if the registration has changed since then. */
function parseVersion(body: Readonly<Record<string, unknown>>): Parsed<number> {
  const field = body['expectedVersion'] == null ? 'version' : 'expectedVersion'
  const value = body[field] ?? undefined
  if (value === undefined) return {}
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { value }
  return { error: bodyError('INVALID_EXPECTED_VERSION', field, `${field} must be a whole number, 0 or more.`) }
}

/** The use case checks the values. Here each must have the type of its field. */
function parseSchedule(
  value: unknown,
  ignored: readonly string[],
): { value?: ScheduleTimeInput; errors: readonly ProblemError[] } {
  if (value === undefined || value === null) return { errors: [] }
  if (typeof value !== 'object' || Array.isArray(value)) {
    const detail = 'schedule must be an object, such as {"timeZone": "Europe/Berlin", "hour": 6}.'
    return { errors: [bodyError('INVALID_SCHEDULE', 'schedule', detail)] }
  }
  const given = value as Readonly<Record<string, unknown>>
  const timeZone = parseOf<string>(given, 'timeZone', 'string', 'a text', 'INVALID_SCHEDULE')
  const hour = parseOf<number>(given, 'hour', 'number', 'a whole number', 'INVALID_SCHEDULE')
  const minute = parseOf<number>(given, 'minute', 'number', 'a whole number', 'INVALID_SCHEDULE')
  const errors = [
    ...unknownFields(given, Object.keys(defaultScheduleTime), ignored),
    ...[timeZone, hour, minute].flatMap(({ error }) => (error ? [error] : [])),
  ]
  return {
    value: { timeZone: timeZone.value, hour: hour.value, minute: minute.value },
    errors: errors.map((error) => ({ ...error, pointer: error.pointer.replace('#', '#/schedule') })),
  }
}

/** The use case checks the bounds of numbers. Here each value must have the type of its field. */
function parseFileFormat(value: unknown): { value?: FileFormatInput; errors: readonly ProblemError[] } {
  if (value === undefined || value === null) return { errors: [] }
  if (typeof value !== 'object' || Array.isArray(value)) {
    const detail = 'fileFormat must be an object, such as {"compression": "gzip"}.'
    return { errors: [bodyError('INVALID_FILE_FORMAT', 'fileFormat', detail)] }
  }
  const given = value as Readonly<Record<string, unknown>>
  const parsed = fileFormatEntries.map(([name, field]) => ({ name, ...parseFormatField(given, name, field) }))
  const errors = [
    ...unknownFields(given, fileFormatFieldNames),
    ...parsed.flatMap(({ error }) => (error ? [error] : [])),
  ]
  return {
    value: Object.fromEntries(parsed.map((each) => [each.name, each.value])),
    errors: errors.map((error) => ({ ...error, pointer: error.pointer.replace('#', '#/fileFormat') })),
  }
}

function parseFormatField(
  given: Readonly<Record<string, unknown>>,
  name: string,
  field: FormatField,
): Parsed<string | number | boolean> {
  if (field.kind === 'choice') return parseWord(given, name, vocabulary(field.values), 'INVALID_FILE_FORMAT')
  if (field.kind === 'integer') return parseOf<number>(given, name, 'number', 'a whole number')
  return parseOf<boolean>(given, name, 'boolean', 'true or false')
}

function parseOf<T>(
  body: Readonly<Record<string, unknown>>,
  field: string,
  type: 'number' | 'boolean' | 'string',
  what: string,
  code: ProblemErrorCode = 'INVALID_FILE_FORMAT',
): Parsed<T> {
  const value = body[field] ?? undefined
  if (value === undefined) return {}
  if (typeof value === type) return { value: value as T }
  return { error: bodyError(code, field, `${field} must be ${what}.`) }
}

/** At most this many unknown fields are reported, however many were sent. */
const mostFieldsReported = 20

function unknownFields(
  body: Readonly<Record<string, unknown>>,
  known: readonly string[],
  ignored: readonly string[] = [],
): ProblemError[] {
  const unknown = Object.keys(body).filter((field) => !known.includes(field) && !ignored.includes(field))
  const reported = unknown.slice(0, mostFieldsReported).map((field) => unknownField(field.slice(0, 100), known))
  const more = unknown.length - reported.length
  if (more <= 0) return reported
  return [...reported, bodyError('UNKNOWN_FIELD', null, `${more} more fields are unknown.`, known)]
}

function unknownField(field: string, known: readonly string[]): ProblemError {
  return bodyError('UNKNOWN_FIELD', field, `There is no field "${field}". The fields are: ${known.join(', ')}.`, known)
}
