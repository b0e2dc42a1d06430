import { expect, test } from 'vitest'
import { readDeliveriesSearch } from '../../../console/src/pages/deliveries/deliveries-search'
import { loadWords, windowWords } from '../../../console/src/pages/deliveries/delivery-words'
import { checkCommand, fetchCommand } from '../../../console/src/pages/delivery/delivery-commands'
import { schemaChangeWords } from '../../../console/src/pages/delivery/schema-change-words'
import { fileBefore, neighborhoodOf, periodOfFile, replacementOf } from '../../../console/src/pages/delivery/related'

const monday = '2026-11-23T00:00:00.000Z'
const tuesday = '2026-11-24T00:00:00.000Z'
const noon = '2026-11-24T12:00:00.000Z'

test('a window of a whole day is its date, and another one has its times', () => {
  expect(windowWords({ from: monday, to: tuesday })).toMatch(/^Changes of .*23/)
  expect(windowWords({ from: tuesday, to: noon })).toMatch(/^Changes from .*24.* to .*12:00 PM UTC$/)
  expect(windowWords({ from: null, to: tuesday })).toMatch(/^Everything before .*24/)
})

test('a version of the columns says what was added, left out, retyped and moved', () => {
  const first = {
    schemaVersion: 1,
    added: [{ name: 'a' }, { name: 'b' }],
    removed: [],
    retyped: [],
    isReordered: false,
  }
  expect(schemaChangeWords(first)).toBe('2 columns')
  const retyped = [{ name: 'b', before: 'string', after: 'integer' }]
  expect(
    schemaChangeWords({ schemaVersion: 2, added: [{ name: 'c' }], removed: ['a'], retyped, isReordered: true }),
  ).toBe('added c; left out a; b is integer instead of string; another order')
})

test('a full load says why it is one', () => {
  expect(loadWords({ mode: 'DELTA' })).toBe('Delta')
  expect(loadWords({ mode: 'FULL', fullLoadReason: 'REQUESTED' })).toBe('Full load: requested')
  expect(loadWords({ mode: 'FULL', fullLoadReason: null })).toBe('Full load')
})

test('the file before is looked for on the days that its window end may have in any time zone', () => {
  const path = '/exports/acme/2026/11/25/user/user.csv'
  expect(neighborhoodOf({ path, window: { from: tuesday } })).toEqual({
    day: '2026-11-25',
    firstDayBefore: '2026-11-21',
    lastDayBefore: '2026-11-25',
  })
  expect(neighborhoodOf({ path, window: { from: null } })).toEqual({
    day: '2026-11-25',
    firstDayBefore: '2026-11-25',
    lastDayBefore: '2026-11-25',
  })
})

test('the latest revision of the file before, and of the day, are found', () => {
  const files = [
    { sequence: 7, revision: 1 },
    { sequence: 8, revision: 2 },
    { sequence: 7, revision: 3 },
  ]
  expect(fileBefore(7, files)).toBe(files[2])
  expect(fileBefore(6, files)).toBeUndefined()
  expect(fileBefore(null, files)).toBeUndefined()
  expect(replacementOf({ sequence: 7, revision: 1 }, files)).toBe(files[2])
  expect(replacementOf({ sequence: 7, revision: 3 }, files)).toBeUndefined()
})

test('the period of a redelivery overlaps only the window of its file', () => {
  expect(periodOfFile({ from: monday, to: tuesday })).toEqual({ from: monday, to: tuesday })
  expect(periodOfFile({ from: null, to: tuesday })).toEqual({ from: '2026-11-23T23:59:59.999Z', to: tuesday })
})

test('a file is fetched with sftp, and a split file with all its parts', () => {
  const access = { host: 'sftp.example.com', port: 2222, username: 'acme' }
  const path = '/exports/acme/2026/11/24/user/user.csv'
  expect(fetchCommand({ path, parts: null }, access)).toBe(`sftp -P 2222 "acme@sftp.example.com:${path}" .`)
  expect(fetchCommand({ path, parts: [{}] }, access)).toBe(
    'sftp -P 2222 "acme@sftp.example.com:/exports/acme/2026/11/24/user/*" .',
  )
  expect(checkCommand({ path, sha256: 'ab12' })).toBe('echo "ab12  user.csv" | sha256sum --check')
})

test('an address selects only days and filters that exist', () => {
  expect(readDeliveriesSearch({ entity: 'user', from: '2026-11-23', to: '2026-02-30', redelivered: true })).toEqual({
    entity: 'user',
    from: '2026-11-23',
    redelivered: true,
  })
  expect(readDeliveriesSearch({ entity: '', redelivered: 'yes', after: 'x', before: 'y' })).toEqual({ after: 'x' })
})
