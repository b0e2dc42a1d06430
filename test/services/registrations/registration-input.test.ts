import { describe, expect, test } from 'vitest'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import {
  type Registration,
  type RegistrationTarget,
  replaceRegistration,
  targetOf,
} from '../../../src/domain/registration.js'
import { requestedFileFormat } from '../../../src/services/registrations/file-format-input.js'
import {
  requestedTarget,
  versionConflict,
  type RegistrationInput,
} from '../../../src/services/registrations/registration-input.js'
import type { UserError } from '../../../src/services/user-error.js'
import { change, selected, smallCatalog } from '../../support/builders.js'

const displayNames = ['user', 'user logins', 'site category', 'must reads']
const internalNames = ['user', 'user_login_events', 'site_category', 'content_must_read_marked']

/** What a first call makes of its input, or one upon `current`. */
function targetFrom(input: RegistrationInput, current?: Registration): RegistrationTarget {
  const outcome = requestedTarget(smallCatalog, input)
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return targetOf(outcome.value, current)
}

/** The one error of an input. */
function errorOf(input: RegistrationInput): UserError {
  const outcome = requestedTarget(smallCatalog, input)
  if (outcome.ok) throw new Error('was accepted')
  expect(outcome.userErrors).toHaveLength(1)
  return outcome.userErrors[0]!
}

describe('what is left out of a registration', () => {
  test.each([{}, { exportOption: null, frequency: null }])('is EXPORT_SELECTED and DAILY: %j', (input) => {
    expect(targetFrom({ ...input, entityList: 'user' })).toEqual({
      exportOption: 'EXPORT_SELECTED',
      frequency: 'DAILY',
      fileFormat: defaultFileFormat,
      entities: ['user'],
    })
  })
})

describe('the export options (issue 3, part 3)', () => {
  test('EXPORT_SELECTED takes the entities of the list, by any of their names', () => {
    const entityList = ['User Logins', ' user ', 'USER,content_must_read_marked', 'MUST_READS']
    expect(targetFrom({ entityList, frequency: 'WEEKLY' })).toEqual({
      exportOption: 'EXPORT_SELECTED',
      frequency: 'WEEKLY',
      fileFormat: defaultFileFormat,
      entities: ['user_login_events', 'user', 'content_must_read_marked'],
    })
  })

  test.each([undefined, null, '', 'user', 'no such thing', ['user', 'nope']])(
    'EXPORT_ALL takes every entity and ignores entityList: %j',
    (entityList) => {
      const target = targetFrom({ exportOption: 'EXPORT_ALL', entityList, frequency: 'MONTHLY' })
      expect(target).toEqual({
        exportOption: 'EXPORT_ALL',
        frequency: 'MONTHLY',
        fileFormat: defaultFileFormat,
        entities: internalNames,
      })
    },
  )

  test.each([undefined, null, 'user', 'no such thing'])(
    'DISABLE_EXPORT takes none, whatever entityList: %j',
    (list) => {
      const target = targetFrom({ exportOption: 'DISABLE_EXPORT', entityList: list })
      expect(target).toEqual({
        exportOption: 'DISABLE_EXPORT',
        frequency: 'DAILY',
        fileFormat: defaultFileFormat,
        entities: [],
      })
    },
  )

  test('DISABLE_EXPORT keeps the frequency and the file format, unless the call has others', () => {
    const fileFormat = { ...defaultFileFormat, delimiter: 'PIPE' } as const
    const target = { ...selected('user'), frequency: 'WEEKLY', fileFormat } as const
    const current = replaceRegistration(undefined, target, change('2026-11-23T00:00:00Z'))
    const disable = { exportOption: 'DISABLE_EXPORT' } as const
    expect(targetFrom(disable, current)).toMatchObject({ frequency: 'WEEKLY', fileFormat })
    expect(targetFrom({ ...disable, frequency: 'MONTHLY', fileFormat: {} }, current)).toMatchObject({
      frequency: 'MONTHLY',
      fileFormat: defaultFileFormat,
    })
    const enabled = targetFrom({ entityList: 'user' }, current)
    expect(enabled).toMatchObject({ frequency: 'DAILY', fileFormat: defaultFileFormat })
  })
})

describe('an entity list that is missing or empty', () => {
  test.each([undefined, null, '', ' , ,', [], ['', ' ']])(
    'is one clear error with EXPORT_SELECTED: %j',
    (entityList) => {
      const error = errorOf({ exportOption: 'EXPORT_SELECTED', entityList })
      expect(error).toMatchObject({
        code: 'ENTITY_LIST_REQUIRED',
        path: ['input', 'entityList'],
        allowedValues: displayNames,
        didYouMean: [],
      })
      expect(error.message).toMatch(/at least one entity.*EXPORT_ALL.*DISABLE_EXPORT.*Nothing was changed/)
    },
  )
})

describe('names that mean no entity', () => {
  test('are all named by one error, and the good ones beside them do not help', () => {
    const error = errorOf({ entityList: ['user', 'nonsense', 'must reads', 'more nonsense'] })
    expect(error).toEqual({
      code: 'UNKNOWN_ENTITIES',
      message: 'No entity has the names "nonsense", "more nonsense". Nothing was changed.',
      path: ['input', 'entityList'],
      allowedValues: displayNames,
      didYouMean: [],
    })
  })

  test('are told with the display name that is near, also where it is the internal name that is', () => {
    const error = errorOf({ entityList: 'user, User_Login_Event, must read' })
    expect(error.code).toBe('UNKNOWN_ENTITIES')
    expect(error.didYouMean).toEqual([
      { given: 'user_login_event', suggestion: 'user logins' },
      { given: 'must read', suggestion: 'must reads' },
    ])
    expect(error.message).toContain('Did you mean "user logins" for "user_login_event"')
  })

  test('are named in the singular where it is one', () => {
    expect(errorOf({ entityList: 'nonsense' }).message).toMatch(/^No entity has the name "nonsense"\./)
  })

  test('can be printed, whatever is in them', () => {
    const { message } = errorOf({ entityList: [`line\u0000"quote"`, 'x'.repeat(5000)] })
    expect(message).not.toContain('\u0000')
    expect(message).toContain(String.raw`line\u0000\"quote\"`)
    expect(message.length).toBeLessThan(400)
  })
})

describe('a stale expectedVersion', () => {
  test('is told with the version that it would have to be', () => {
    expect(versionConflict(3, 5)).toMatchObject({
      code: 'VERSION_CONFLICT',
      message: expect.stringContaining('version 5, not 3'),
      path: ['input', 'expectedVersion'],
      allowedValues: ['5'],
    })
  })
})

describe('a file format', () => {
  const format = (fileFormat: RegistrationInput['fileFormat']) => ({ entityList: 'user', fileFormat })

  test.each([undefined, null, {}, { compression: null, maxPartMegabytes: null, delimiter: null, quoting: null }])(
    'that is left out is plain CSV in one file: %j',
    (given) => {
      expect(targetFrom(format(given)).fileFormat).toEqual(defaultFileFormat)
    },
  )

  test('replaces the one before as a whole', () => {
    expect(targetFrom(format({ compression: 'GZIP', maxPartMegabytes: 100_000 })).fileFormat).toEqual({
      compression: 'GZIP',
      maxPartMegabytes: 100_000,
      delimiter: 'COMMA',
      quoting: 'MINIMAL',
      escapeFormulas: false,
    })
  })

  test.each([0, -1, 1.5, 100_001, NaN])('has parts of 1 to 100000 megabytes, not of %d', (maxPartMegabytes) => {
    const error = errorOf(format({ maxPartMegabytes }))
    expect(error).toMatchObject({ code: 'INVALID_FILE_FORMAT', path: ['input', 'fileFormat', 'maxPartMegabytes'] })
    expect(error.message).toContain(`from 1 to 100000, not ${maxPartMegabytes}`)
  })

  test('is told together with what is wrong with the entities', () => {
    const outcome = requestedTarget(smallCatalog, { fileFormat: { maxPartMegabytes: 0 } })
    expect(outcome.ok ? [] : outcome.userErrors.map(({ code }) => code)).toEqual([
      'ENTITY_LIST_REQUIRED',
      'INVALID_FILE_FORMAT',
    ])
  })

  test('may be Zstandard only where Node has it', () => {
    expect(requestedFileFormat({ compression: 'ZSTD' }, true)).toMatchObject({
      ok: true,
      value: { compression: 'ZSTD' },
    })
    const refused = requestedFileFormat({ compression: 'ZSTD' }, false)
    expect(refused).toMatchObject({
      ok: false,
      userErrors: [{ code: 'COMPRESSION_UNAVAILABLE', path: ['input', 'fileFormat', 'compression'] }],
    })
    expect(refused.ok ? '' : refused.userErrors[0]?.message).toMatch(/Node 22\.15 or later.*Choose GZIP or NONE/)
  })
})
