import { expect, test } from 'vitest'
import { announcementOf, numbersOf, sentenceOf, sortEntities } from '../../../console/src/pages/run/run-progress'

type Run = Parameters<typeof sentenceOf>[0]
type Status = Run['entities'][number]['status']

const nothing = {
  entitiesDone: 0,
  entitiesTotal: 0,
  rows: 0,
  bytes: 0,
  rowsPerSecond: 0,
  bytesPerSecond: 0,
  updatedAt: null,
}

function run(status: Run['status'], statuses: readonly Status[] = [], rest: Partial<Run> = {}): Run {
  const done = statuses.filter((each) => each === 'PUBLISHED' || each === 'SKIPPED').length
  return {
    status,
    waitingFor: null,
    entities: statuses.map((each, index) => ({ internalName: `entity ${index + 1}`, entity: null, status: each })),
    progress: { ...nothing, entitiesDone: done, entitiesTotal: statuses.length, rows: 1200, bytes: 3400 },
    ...rest,
  }
}
const of = (published: number, total: number, others: Status = 'PENDING'): Status[] =>
  Array.from({ length: total }, (_, index) => (index < published ? 'PUBLISHED' : others))
const wait = { code: 'SFTP_UNAVAILABLE', message: '', remedy: '', since: '', attempt: 2 } as const

test.each([
  [run('QUEUED'), 'The run is about to begin.'],
  [run('QUEUED', [], { waitingFor: wait }), 'The run waits to begin.'],
  [run('RUNNING'), 'Tidemark decides which files the run makes.'],
  [run('RUNNING', ['PUBLISHED', 'RUNNING']), 'Tidemark exports entity 2 now.'],
  [run('RUNNING', ['RUNNING', 'RUNNING']), 'Tidemark exports entity 1 and entity 2 now.'],
  [run('RUNNING', of(0, 26, 'RUNNING')), 'Tidemark exports entity 1, entity 2, entity 3 and 23 more now.'],
  [run('RUNNING', of(3, 3)), 'Tidemark writes the manifest.'],
  [run('RUNNING', of(1, 3, 'RUNNING'), { waitingFor: wait }), 'The run waits. 1 of 3 entities is published.'],
  [run('SUCCEEDED', of(2, 2)), 'The run published 2 files with 1,200 rows (3.4 kB), and the manifest.'],
  [
    run('SUCCEEDED', ['PUBLISHED', 'SKIPPED']),
    'The run published 1 file with 1,200 rows (3.4 kB), and the manifest. 1 entity was published before.',
  ],
  [
    run('PARTIALLY_FAILED', of(20, 26, 'FAILED')),
    '20 of 26 entities are published. 6 entities failed: the next run covers what is missing.',
  ],
  [run('FAILED', of(0, 2, 'FAILED')), 'No entity is published. The next run covers all of them, so nothing is lost.'],
  [
    run('CANCELLED', of(1, 2, 'CANCELLED')),
    'The run was cancelled. 1 of 2 entities is published, and the next run covers the others.',
  ],
])('a run says in a sentence what it does (%#)', (state, sentence) => {
  expect(sentenceOf(state)).toBe(sentence)
})

test('the rate is shown only while something is written', () => {
  const writing = { ...nothing, rows: 10_000_000, bytes: 5_000_000_000, rowsPerSecond: 1234.6, bytesPerSecond: 98_765 }
  expect(numbersOf(run('RUNNING', [], { progress: writing }))).toBe('10,000,000 rows · 5 GB · 1,235 rows/s · 98.8 kB/s')
  expect(numbersOf(run('SUCCEEDED', [], { progress: writing }))).toBe('10,000,000 rows · 5 GB')
})

test('failed entities come first, then those in progress, and equal ones keep their order', () => {
  const entities = run('RUNNING', ['PUBLISHED', 'RUNNING', 'FAILED', 'PENDING', 'FAILED']).entities
  const names = sortEntities(entities).map(({ internalName }) => internalName)
  expect(names).toEqual(['entity 3', 'entity 5', 'entity 2', 'entity 4', 'entity 1'])
})

test('a screen reader hears the beginning of a run that is in progress', () => {
  expect(announcementOf(undefined, run('RUNNING', ['RUNNING']))).toBe('Tidemark exports entity 1 now.')
  expect(announcementOf(undefined, run('SUCCEEDED', ['PUBLISHED']))).toBeUndefined()
})

test('a screen reader hears each ten percent, and nothing between them', () => {
  const heard = Array.from({ length: 26 }, (_, done) =>
    announcementOf(run('RUNNING', of(done, 26)), run('RUNNING', of(done + 1, 26))),
  )
  expect(heard.filter((words) => words !== undefined)).toHaveLength(10)
  expect(heard[2]).toBe('10 percent. 3 of 26 entities are published.')
})

test('a screen reader hears at once that an entity failed', () => {
  const before = run('RUNNING', ['RUNNING', 'RUNNING', 'PENDING'])
  expect(announcementOf(before, run('RUNNING', ['FAILED', 'RUNNING', 'PENDING']))).toBe('entity 1 failed.')
  const after = run('RUNNING', ['FAILED', 'RUNNING', 'PENDING'])
  expect(announcementOf(after, after)).toBeUndefined()
})

test('a screen reader hears that a run waits, and how it ended', () => {
  const before = run('RUNNING', of(1, 2, 'RUNNING'))
  expect(announcementOf(before, { ...before, waitingFor: wait })).toBe('The run waits. 1 of 2 entities is published.')
  expect(announcementOf(before, run('SUCCEEDED', of(2, 2)))).toContain('The run published 2 files')
})
