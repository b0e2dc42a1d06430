import { expect, test } from 'vitest'
import { runOf, summaryOf, wordsOf } from '../../../console/src/pages/events/event-words'
import { eventVariables, newestFirst, readEventsSearch } from '../../../console/src/pages/events/events-search'

type Event = Parameters<typeof summaryOf>[0]
const summary = (type: Event['type'], data: Record<string, unknown>) => summaryOf({ type, data })
const entities = [{ entity: 'user' }, { entity: 'site' }]

test('each event has a summary from its details', () => {
  const totals = { files: 2, rows: 1, bytes: 9 }
  expect(summary('EXPORT_FILES_DELIVERED', { entities, totals })).toBe('2 files with 1 row: user, site.')
  expect(summary('EXPORT_FULL_LOAD_DELIVERED', { entities })).toBe('user, site.')
  expect(summary('EXPORT_FAILED', { message: 'It was away.', entities })).toBe('It was away. user, site.')
  expect(summary('REGISTRATION_CHANGED', { action: 'PAUSED', by: 'ada' })).toBe('Paused by ada.')
  expect(summary('SFTP_KEY_ADDED', { label: 'loader' })).toBe('loader')
  expect(summary('TEST', {})).toBeUndefined()
})

test('an event without the expected details has no summary, and no error', () => {
  for (const type of ['EXPORT_FILES_DELIVERED', 'EXPORT_FILES_EXPIRING', 'REGISTRATION_CHANGED'] as const) {
    expect(summary(type, {})).toBeUndefined()
    expect(summary(type, { totals: 1, entities: 'x', day: 3, action: null })).toBeUndefined()
  }
})

test('a type that the console does not know has words of its own', () => {
  expect(wordsOf('FILES_FETCHED')).toEqual({ name: 'files fetched', tone: 'neutral' })
})

test('an event of a run links to the run', () => {
  expect(runOf({ data: { runId: 'r' } })).toBe('r')
  expect(runOf({ data: {} })).toBeUndefined()
})

test('the page lists the newest events first, although the API lists the oldest first', () => {
  expect(eventVariables({}, 25)).toEqual({ first: null, after: null, last: 25, before: null })
  expect(eventVariables({ after: '30' }, 25)).toMatchObject({ last: 25, before: '30' })
  expect(eventVariables({ before: '30' }, 25)).toMatchObject({ first: 25, after: '30' })
  const page = { hasNextPage: false, hasPreviousPage: true, startCursor: '6', endCursor: '30' }
  expect(newestFirst(page)).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: '30', endCursor: '6' })
})

test('a type that does not exist is left out of the address', () => {
  expect(readEventsSearch({ type: 'EXPORT_FAILED', after: '3' })).toEqual({ type: 'EXPORT_FAILED', after: '3' })
  expect(readEventsSearch({ type: 'toString' })).toEqual({})
})
