import { describe, expect, test } from 'vitest'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import { defaultScheduleTime } from '../../../src/domain/schedule-time.js'
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
import { change, selected, smallCatalog } from '../../support/world/builders.js'

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

describe('defaults of a registration', () => {
  test.each([{}, { exportOption: null, frequency: null }])(
    'a registration is EXPORT_SELECTED and DAILY without other values: %j',
    (input) => {
      expect(targetFrom({ ...input, entityList: 'user' })).toEqual({
        exportOption: 'EXPORT_SELECTED',
        frequency: 'DAILY',
        schedule: defaultScheduleTime,
        fileFormat: defaultFileFormat,
        encryption: null,
        entities: ['user'],
      })
    },
  )
})

describe('the export options', () => {
  test('EXPORT_SELECTED takes the entities of the list, by any of their names', () => {
    const entityList = ['User Logins', ' user ', 'USER,content_must_read_marked', 'MUST_READS']
    expect(targetFrom({ entityList, frequency: 'WEEKLY' })).toEqual({
      exportOption: 'EXPORT_SELECTED',
      frequency: 'WEEKLY',
      schedule: defaultScheduleTime,
      fileFormat: defaultFileFormat,
      encryption: null,
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
        schedule: defaultScheduleTime,
        fileFormat: defaultFileFormat,
        encryption: null,
        entities: internalNames,
      })
    },
  )

  test.each([undefined, null, 'user', 'no such thing'])(
    'DISABLE_EXPORT takes no entities, and ignores entityList: %j',
    (list) => {
      const target = targetFrom({ exportOption: 'DISABLE_EXPORT', entityList: list })
      expect(target).toEqual({
        exportOption: 'DISABLE_EXPORT',
        frequency: 'DAILY',
        schedule: defaultScheduleTime,
        fileFormat: defaultFileFormat,
        encryption: null,
        entities: [],
      })
    },
  )

  test('DISABLE_EXPORT keeps frequency and file format unless the call has others', () => {
    const fileFormat = { ...defaultFileFormat, delimiter: 'PIPE' } as const
    const target = { ...selected('user'), frequency: 'WEEKLY', fileFormat } as const
    const current = replaceRegistration(undefined, target, change('2026-11-23T00:00:00Z'))
    const disable = { exportOption: 'DISABLE_EXPORT' } as const
    expect(targetFrom(disable, current)).toMatchObject({ frequency: 'WEEKLY', fileFormat })
    expect(targetFrom({ ...disable, frequency: 'MONTHLY', fileFormat: {} }, current)).toMatchObject({
      frequency: 'MONTHLY',
      schedule: defaultScheduleTime,
      fileFormat: defaultFileFormat,
      encryption: null,
    })
    const enabled = targetFrom({ entityList: 'user' }, current)
    expect(enabled).toMatchObject({ frequency: 'DAILY', fileFormat: defaultFileFormat })
  })
})

describe('an entity list that is missing or empty', () => {
  test.each([undefined, null, '', ' , ,', [], ['', ' ']])(
    'EXPORT_SELECTED with a missing or empty entity list is one clear error: %j',
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
  test('one error names all unknown names, and known ones beside them do not help', () => {
    const error = errorOf({ entityList: ['user', 'nonsense', 'must reads', 'more nonsense'] })
    expect(error).toEqual({
      code: 'UNKNOWN_ENTITIES',
      message: 'No entity has the names "nonsense", "more nonsense". Nothing was changed.',
      path: ['input', 'entityList'],
      allowedValues: displayNames,
      didYouMean: [],
    })
  })

  test('an unknown name is answered with a similar display name, also if the internal name is similar', () => {
    const error = errorOf({ entityList: 'user, User_Login_Event, must read' })
    expect(error.code).toBe('UNKNOWN_ENTITIES')
    expect(error.didYouMean).toEqual([
      { given: 'user_login_event', suggestion: 'user logins' },
      { given: 'must read', suggestion: 'must reads' },
    ])
    expect(error.message).toContain('Did you mean "user logins" for "user_login_event"')
  })

  test('one unknown name is reported in the singular', () => {
    expect(errorOf({ entityList: 'nonsense' }).message).toMatch(/^No entity has the name "nonsense"\./)
  })

  test('unknown names can be printed, whatever characters they have', () => {
    const { message } = errorOf({ entityList: [`line\u0000"quote"`, 'x'.repeat(5000)] })
    expect(message).not.toContain('\u0000')
    expect(message).toContain(String.raw`line\u0000\"quote\"`)
    expect(message.length).toBeLessThan(400)
  })
})

describe('a stale expectedVersion', () => {
  test('a stale expectedVersion is answered with the current version', () => {
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
    'a file format without values is plain CSV in one file: %j',
    (given) => {
      expect(targetFrom(format(given)).fileFormat).toEqual(defaultFileFormat)
    },
  )

  test('a file format replaces the previous one as a whole', () => {
    expect(targetFrom(format({ compression: 'GZIP', maxPartMegabytes: 100_000 })).fileFormat).toEqual({
      compression: 'GZIP',
      maxPartMegabytes: 100_000,
      delimiter: 'COMMA',
      quoting: 'MINIMAL',
      escapeFormulas: false,
      changeType: false,
    })
  })

  test.each([0, -1, 1.5, 100_001, NaN])(
    'a file format has file parts of 1 to 100000 megabytes, not of %d',
    (maxPartMegabytes) => {
      const error = errorOf(format({ maxPartMegabytes }))
      expect(error).toMatchObject({ code: 'INVALID_FILE_FORMAT', path: ['input', 'fileFormat', 'maxPartMegabytes'] })
      expect(error.message).toContain(`from 1 to 100000, not ${maxPartMegabytes}`)
    },
  )

  test('a wrong file format is reported together with wrong entities', () => {
    const outcome = requestedTarget(smallCatalog, { fileFormat: { maxPartMegabytes: 0 } })
    expect(outcome.ok ? [] : outcome.userErrors.map(({ code }) => code)).toEqual([
      'ENTITY_LIST_REQUIRED',
      'INVALID_FILE_FORMAT',
    ])
  })

  test('a file format is Zstandard only if Node supports it', () => {
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

describe('an encryption', () => {
  const first = '3AA5C34371567BD2EFC2A9D6C9F1D4D5B0F4F3F2'

  test('fingerprints are read as people write them, and each counts once', () => {
    const publicKeys = [first.toLowerCase(), `0x${first}`]
    const target = targetFrom({ entityList: 'user', encryption: { pgp: { publicKeys } } })
    expect(target.encryption).toEqual({ pgp: { publicKeys: [first], sign: false } })
    expect(targetFrom({ entityList: 'user', encryption: { pgp: {} } }).encryption).toEqual({
      pgp: { publicKeys: null, sign: false },
    })
  })

  test.each([[[]], [['no fingerprint']], [[first, 'B0F4F3F2']]])(
    'a list without fingerprints is refused: %j',
    (publicKeys) => {
      const { code, path } = errorOf({ entityList: 'user', encryption: { pgp: { publicKeys } } })
      expect([code, path]).toEqual(['INVALID_ENCRYPTION', ['input', 'encryption', 'pgp', 'publicKeys']])
    },
  )

  test('a list with more keys than a tenant can have is refused', () => {
    const publicKeys = Array.from({ length: 11 }, (_, index) => index.toString(16).padStart(40, '0'))
    expect(errorOf({ entityList: 'user', encryption: { pgp: { publicKeys } } }).code).toBe('INVALID_ENCRYPTION')
  })
})
