import { expect, test } from 'vitest'
import { neighborsOf, pageVariables, readCursors } from '../../../console/src/ui/cursors'

const pageInfo = { hasNextPage: true, hasPreviousPage: true, startCursor: 'start', endCursor: 'end' }

test('the first page has only an older page', () => {
  expect(neighborsOf({}, { ...pageInfo, hasPreviousPage: false })).toEqual({
    newer: undefined,
    older: { after: 'end' },
  })
})

test('a page between others has both neighbors', () => {
  expect(neighborsOf({ after: 'x' }, pageInfo)).toEqual({ newer: { before: 'start' }, older: { after: 'end' } })
})

test('the newest page has no newer page, also if a cursor leads to it', () => {
  expect(neighborsOf({ before: 'x' }, { ...pageInfo, hasPreviousPage: false }).newer).toBeUndefined()
})

test('an empty page leads back to the first page', () => {
  const empty = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }
  expect(neighborsOf({ after: 'x' }, empty)).toEqual({ newer: {}, older: undefined })
})

test('an address has one cursor at most', () => {
  expect(readCursors({ after: 'a', before: 'b' })).toEqual({ after: 'a' })
  expect(readCursors({ after: 1, before: 'b' })).toEqual({ before: 'b' })
})

test('a page before a cursor counts backwards', () => {
  expect(pageVariables({ before: 'b' }, 20)).toEqual({ first: null, after: null, last: 20, before: 'b' })
  expect(pageVariables({ after: 'a' }, 20)).toEqual({ first: 20, after: 'a', last: null, before: null })
})
