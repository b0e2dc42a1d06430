import { describe, expect, test } from 'vitest'
import { bodyFields, parseBody } from '../../src/rest/body.js'

const codes = (body: Record<string, unknown>) => parseBody(body).errors.map(({ code, pointer }) => [code, pointer])

describe('the body of POST /export', () => {
  test.each([
    ['export selected', 'EXPORT_SELECTED'],
    ['export all', 'EXPORT_ALL'],
    ['disable export', 'DISABLE_EXPORT'],
    ['  Export   ALL ', 'EXPORT_ALL'],
  ])('the body of POST /export accepts the option %j', (word, exportOption) => {
    expect(parseBody({ exportOption: word })).toMatchObject({ errors: [], input: { exportOption } })
  })

  test.each([
    ['daily', 'DAILY'],
    ['weekly', 'WEEKLY'],
    ['Monthly ', 'MONTHLY'],
  ])('the body of POST /export accepts the frequency %j', (word, frequency) => {
    expect(parseBody({ frequency: word })).toMatchObject({ errors: [], input: { frequency } })
  })

  test('the entity list and the version of a body are passed unchanged', () => {
    expect(parseBody({ entityList: 'user, content', expectedVersion: 3 }).input).toMatchObject({
      entityList: 'user, content',
      expectedVersion: 3,
    })
    expect(parseBody({ entityList: ['user'] }).input.entityList).toEqual(['user'])
  })

  test('the body of POST /export accepts a file format in words', () => {
    const fileFormat = {
      compression: 'GZip',
      delimiter: 'tab',
      quoting: 'all',
      maxPartMegabytes: 5,
      escapeFormulas: true,
    }
    expect(parseBody({ fileFormat })).toMatchObject({
      errors: [],
      input: { fileFormat: { ...fileFormat, compression: 'GZIP', delimiter: 'TAB', quoting: 'ALL' } },
    })
  })

  test('the body of POST /export accepts columns and tags to exclude', () => {
    const input = { columns: [{ entity: 'user', exclude: ['email'], include: null }], excludeTags: ['pii'] }
    expect(parseBody(input)).toMatchObject({ errors: [], input })
  })

  test('missing values and null in a body get their defaults', () => {
    const nothing = Object.fromEntries(bodyFields.map((field) => [field, undefined]))
    expect(parseBody({})).toEqual({ input: nothing, errors: [] })
    const nulls = Object.fromEntries(bodyFields.map((field) => [field, null]))
    expect(parseBody(nulls)).toEqual({ input: nothing, errors: [] })
  })

  test.each<[Record<string, unknown>, string, string]>([
    [{ exportOption: 'EXPORT_ALL' }, 'INVALID_EXPORT_OPTION', '#/exportOption'],
    [{ exportOption: 1 }, 'INVALID_EXPORT_OPTION', '#/exportOption'],
    [{ frequency: 'hourly' }, 'INVALID_FREQUENCY', '#/frequency'],
    [{ entityList: { user: true } }, 'INVALID_ENTITY_LIST', '#/entityList'],
    [{ entityList: ['user', 1] }, 'INVALID_ENTITY_LIST', '#/entityList'],
    [{ expectedVersion: -1 }, 'INVALID_EXPECTED_VERSION', '#/expectedVersion'],
    [{ expectedVersion: '1' }, 'INVALID_EXPECTED_VERSION', '#/expectedVersion'],
    [{ fileFormat: 'gzip' }, 'INVALID_FILE_FORMAT', '#/fileFormat'],
    [{ fileFormat: { compression: 'rar' } }, 'INVALID_FILE_FORMAT', '#/fileFormat/compression'],
    [{ fileFormat: { maxPartMegabytes: '5' } }, 'INVALID_FILE_FORMAT', '#/fileFormat/maxPartMegabytes'],
    [{ fileFormat: { escapeFormulas: 'yes' } }, 'INVALID_FILE_FORMAT', '#/fileFormat/escapeFormulas'],
    [{ fileFormat: { zip: true } }, 'UNKNOWN_FIELD', '#/fileFormat/zip'],
    [{ schedule: 'noon' }, 'INVALID_SCHEDULE', '#/schedule'],
    [{ schedule: { timeZone: 1 } }, 'INVALID_SCHEDULE', '#/schedule/timeZone'],
    [{ schedule: { hour: '6' } }, 'INVALID_SCHEDULE', '#/schedule/hour'],
    [{ schedule: { minute: true } }, 'INVALID_SCHEDULE', '#/schedule/minute'],
    [{ schedule: { zone: 'UTC' } }, 'UNKNOWN_FIELD', '#/schedule/zone'],
    [{ schedule: { state: 'active' } }, 'UNKNOWN_FIELD', '#/schedule/state'],
    [{ columns: { user: ['email'] } }, 'INVALID_COLUMNS', '#/columns'],
    [{ columns: [{ exclude: ['email'] }] }, 'INVALID_COLUMNS', '#/columns'],
    [{ columns: [{ entity: 'user', exclude: 'email' }] }, 'INVALID_COLUMNS', '#/columns'],
    [{ columns: [{ entity: 'user', exclude: ['email'], only: true }] }, 'INVALID_COLUMNS', '#/columns'],
    [{ excludeTags: 'pii' }, 'INVALID_COLUMNS', '#/excludeTags'],
    [{ 'entity/list': 'user' }, 'UNKNOWN_FIELD', '#/entity~1list'],
  ])('the body of POST /export refuses %j', (body, code, pointer) => {
    expect(codes(body)).toEqual([[code, pointer]])
  })

  test('all mistakes of a body are reported at once, with the accepted values', () => {
    const { errors } = parseBody({ exportOption: 'some', frequency: 'hourly', entities: 'user' })
    expect(errors.map(({ code, allowedValues }) => [code, allowedValues])).toEqual([
      ['UNKNOWN_FIELD', bodyFields],
      ['INVALID_EXPORT_OPTION', ['export all', 'export selected', 'disable export']],
      ['INVALID_FREQUENCY', ['daily', 'weekly', 'monthly']],
    ])
  })

  test('a schedule that was read is accepted with its version, and only its time is taken', () => {
    const schedule = { timeZone: 'Asia/Kathmandu', hour: 6, minute: 45 }
    const read = { ...schedule, scheduleId: 'export-acme', state: 'active', nextRunTimes: [], error: null }
    expect(parseBody({ schedule: read, version: 3 })).toMatchObject({ input: { schedule }, errors: [] })
  })
})
