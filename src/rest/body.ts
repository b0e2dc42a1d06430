import type { RegistrationInput } from '../services/registrations.js'
import type { ProblemError, ProblemErrorCode } from './problem.js'
import { frequencyWords, optionWords, type Vocabulary } from './words.js'

export const bodyFields = ['exportOption', 'entityList', 'frequency', 'expectedVersion'] as const

/** A body as far as it could be understood, with everything in it that could not. */
export interface ParsedBody {
  readonly input: RegistrationInput
  readonly errors: readonly ProblemError[]
}

/** Reads the body of `POST /export`, a JSON object. Fields that are left out or null take their defaults. */
export function parseBody(body: Readonly<Record<string, unknown>>): ParsedBody {
  const option = parseWord(body, 'exportOption', optionWords, 'INVALID_EXPORT_OPTION')
  const frequency = parseWord(body, 'frequency', frequencyWords, 'INVALID_FREQUENCY')
  const entityList = parseEntityList(body['entityList'])
  const version = parseVersion(body['expectedVersion'])
  return {
    input: {
      exportOption: option.value,
      frequency: frequency.value,
      entityList: entityList.value,
      expectedVersion: version.value,
    },
    errors: [
      ...unknownFields(body),
      ...[option, frequency, entityList, version].flatMap(({ error }) => (error ? [error] : [])),
    ],
  }
}

interface Parsed<T> {
  readonly value?: T
  readonly error?: ProblemError
}

function parseWord<T extends string>(
  body: Readonly<Record<string, unknown>>,
  field: string,
  vocabulary: Vocabulary<T>,
  code: ProblemErrorCode,
): Parsed<T> {
  const word = body[field] ?? undefined
  if (word === undefined) return {}
  const value = typeof word === 'string' ? vocabulary.valueOf(word) : undefined
  if (value !== undefined) return { value }
  const detail = `${field} must be one of: ${vocabulary.words.map((known) => `"${known}"`).join(', ')}.`
  return { error: bodyError(code, field, detail, vocabulary.words) }
}

function parseEntityList(value: unknown): Parsed<string | string[]> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'string') return { value }
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return { value }
  const detail = 'entityList must be a list of display names, or one string with commas between them.'
  return { error: bodyError('INVALID_ENTITY_LIST', 'entityList', detail) }
}

function parseVersion(value: unknown): Parsed<number> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { value }
  const detail = 'expectedVersion must be a whole number, 0 or more.'
  return { error: bodyError('INVALID_EXPECTED_VERSION', 'expectedVersion', detail) }
}

function unknownFields(body: Readonly<Record<string, unknown>>): ProblemError[] {
  const known: readonly string[] = bodyFields
  const unknown = Object.keys(body).filter((field) => !known.includes(field))
  return unknown.map((field) => {
    const shown = field.slice(0, 100)
    return bodyError(
      'UNKNOWN_FIELD',
      shown,
      `There is no field "${shown}". The fields are: ${known.join(', ')}.`,
      known,
    )
  })
}

function bodyError(
  code: ProblemErrorCode,
  field: string,
  detail: string,
  allowedValues: readonly string[] = [],
): ProblemError {
  const pointer = `#/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return { code, detail, pointer, allowedValues, didYouMean: [] }
}
