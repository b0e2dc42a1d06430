import { expect, test } from 'vitest'
import type { AttemptProgress, RunEntity } from '../../src/domain/run.js'
import { entityProgress, runProgress } from '../../src/services/run-progress.js'
import { sampleRun } from '../support/api/samples.js'

const startedAt = new Date('2026-11-23T00:00:00Z')
const changedAt = new Date('2026-11-23T00:10:00Z')
const attempt: AttemptProgress = {
  startedAt,
  step: 'upload',
  rows: 70n,
  bytes: 700n,
  rowsPerSecond: 7,
  bytesPerSecond: 70,
  changedAt,
}

function entity(overrides: Partial<RunEntity>): RunEntity {
  const [published] = sampleRun().entities
  const unpublished = { rows: null, bytes: null, path: null, sha256: null, revision: null, finishedAt: null }
  return { ...published!, ...unpublished, status: 'RUNNING', attempt, startedAt, ...overrides }
}

const soon = new Date(changedAt.getTime() + 2_000)

test('an entity in progress has the numbers and the step of its attempt', () => {
  expect(entityProgress(entity({}), soon)).toEqual({
    rows: 70n,
    bytes: 700n,
    rowsPerSecond: 7,
    bytesPerSecond: 70,
    step: 'upload',
    attemptStartedAt: startedAt,
    updatedAt: changedAt,
  })
})

test('a published entity has the numbers of its file', () => {
  const published = entity({ status: 'PUBLISHED', rows: 100n, bytes: 1000n, finishedAt: soon })
  expect(entityProgress(published, soon)).toMatchObject({ rows: 100n, bytes: 1000n, rowsPerSecond: 0, step: null })
})

test.each(['FAILED', 'CANCELLED'] as const)('a %s entity has zeros, because nothing of it is published', (status) => {
  const ended = entity({ status, finishedAt: soon })
  expect(entityProgress(ended, soon)).toMatchObject({ rows: 0n, bytes: 0n, bytesPerSecond: 0, step: null })
})

test('a pending and a skipped entity have no progress', () => {
  expect(entityProgress(entity({ status: 'PENDING', attempt: null, startedAt: null }))).toBeNull()
  expect(entityProgress(entity({ status: 'SKIPPED', attempt: null, startedAt: null, finishedAt: soon }))).toBeNull()
})

test('the rate of a worker that has reported nothing for 15 seconds is 0', () => {
  const later = new Date(changedAt.getTime() + 15_001)
  expect(entityProgress(entity({}), later)).toMatchObject({ rows: 70n, rowsPerSecond: 0, updatedAt: changedAt })
})

test('a run counts published and skipped entities as done, and sums what is published and being written', () => {
  const run = sampleRun({
    status: 'RUNNING',
    startedAt,
    finishedAt: null,
    entities: [
      entity({ status: 'PUBLISHED', rows: 100n, bytes: 1000n, finishedAt: startedAt }),
      entity({ status: 'SKIPPED', attempt: null, startedAt: null }),
      entity({ status: 'FAILED' }),
      entity({}),
      entity({}),
      entity({ status: 'PENDING', attempt: null, startedAt: null }),
    ],
  })
  expect(runProgress(run, soon)).toEqual({
    entitiesDone: 2,
    entitiesTotal: 6,
    rows: 240n,
    bytes: 2400n,
    rowsPerSecond: 14,
    bytesPerSecond: 140,
    updatedAt: changedAt,
  })
})

test('a run that is not planned yet has zeros and no time', () => {
  const queued = sampleRun({ status: 'QUEUED', startedAt: null, finishedAt: null, entities: [] })
  expect(runProgress(queued)).toMatchObject({ entitiesDone: 0, entitiesTotal: 0, rows: 0n, updatedAt: null })
})
