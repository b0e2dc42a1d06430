import { expect, test } from 'vitest'
import { originOf, troubleOf } from '../../../console/src/pages/runs/run-words'
import { readRunsSearch, statusesOf } from '../../../console/src/pages/runs/runs-search'

const entity = (internalName: string, status: 'FAILED' | 'PUBLISHED', message?: string) => ({
  internalName,
  status,
  error: message === undefined ? null : { message },
})

test('a run that was requested names the person', () => {
  expect(originOf('MANUAL', 'ana')).toBe('Requested by ana')
  expect(originOf('RETRY', 'ana')).toBe('Retry of what failed, requested by ana')
  expect(originOf('SCHEDULED', null)).toBe('By the schedule')
})

test('what a run waits for comes before its other troubles', () => {
  const run = { waitingFor: { message: 'The server is away.' }, error: { message: 'x' }, entities: [] }
  expect(troubleOf(run)).toBe('Waits: The server is away.')
})

test('a run without an error of its own shows the first failed entity, and how many more failed', () => {
  const entities = [entity('user', 'PUBLISHED'), entity('site', 'FAILED', 'No space.'), entity('file', 'FAILED', 'x')]
  expect(troubleOf({ entities })).toBe('site (and 1 more): No space.')
  expect(troubleOf({ entities: [entity('user', 'PUBLISHED')] })).toBeUndefined()
})

test('the address selects several statuses, and ignores what is none', () => {
  const search = readRunsSearch({ status: 'FAILED,toString,CANCELLED', from: '2026-11-01', to: 'x', after: 'c' })
  expect(search).toEqual({ status: 'FAILED,CANCELLED', from: '2026-11-01', after: 'c' })
  expect(statusesOf(search)).toEqual(['FAILED', 'CANCELLED'])
  expect(readRunsSearch({ status: 'x' })).toEqual({})
})
