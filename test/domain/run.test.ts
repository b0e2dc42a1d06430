import 'reflect-metadata'
import { describe, expect, test } from 'vitest'
import { type Run, type RunEntityStatus, runOutcome, withError } from '../../src/domain/run.js'
import { toExportRun } from '../../src/graphql/run/run.type.js'
import { smallCatalog } from '../support/world/builders.js'
import { sampleRun } from '../support/api/samples.js'

describe('the outcome of a run (promise 4)', () => {
  test.each<[string, RunEntityStatus[]]>([
    ['SUCCEEDED', ['PUBLISHED', 'PUBLISHED']],
    ['SUCCEEDED', ['PUBLISHED', 'SKIPPED']],
    ['SUCCEEDED', ['SKIPPED']],
    ['SUCCEEDED', []],
    ['PARTIALLY_FAILED', ['PUBLISHED', 'FAILED']],
    ['PARTIALLY_FAILED', ['SKIPPED', 'FAILED']],
    ['PARTIALLY_FAILED', ['PUBLISHED', 'PENDING']],
    ['FAILED', ['FAILED', 'FAILED']],
    ['FAILED', ['FAILED', 'RUNNING']],
    ['CANCELLED', ['PUBLISHED', 'CANCELLED']],
    ['CANCELLED', ['FAILED', 'CANCELLED']],
  ])('a run has the outcome %s if its entities are %j', (outcome, statuses) => {
    expect(runOutcome(statuses)).toBe(outcome)
  })
})

const noDelivery = () => Promise.resolve(undefined)

function failedRun(...codes: string[]): Run {
  const [part] = sampleRun().entities
  const entities = codes.map((code) => ({ ...part, status: 'FAILED', error: { code, message: `${code}!` } }))
  return sampleRun({ status: 'FAILED', error: null, entities: entities as unknown as Run['entities'] })
}

test('a run of which nothing was published has the error of its entities', () => {
  expect(withError(failedRun('SFTP_UNAVAILABLE', 'SFTP_UNAVAILABLE')).error).toEqual({
    code: 'SFTP_UNAVAILABLE',
    message: 'SFTP_UNAVAILABLE!',
  })
  expect(withError(failedRun('SFTP_NO_SPACE', 'SFTP_UNAVAILABLE')).error).toEqual({
    code: 'SFTP_NO_SPACE',
    message: 'SFTP_NO_SPACE! Other entities failed for other reasons.',
  })
})

test('a run with an error of its own keeps it, and one that published something has none', () => {
  const own = { code: 'RUN_LOST', message: 'Its workflow is gone.' } as const
  expect(withError({ ...failedRun('SFTP_NO_SPACE'), error: own }).error).toEqual(own)
  expect(withError({ ...failedRun('SFTP_NO_SPACE'), status: 'PARTIALLY_FAILED' }).error).toBeNull()
  expect(withError({ ...failedRun('SFTP_NO_SPACE'), status: 'RUNNING' }).error).toBeNull()
})

test("a run's window goes from the earliest start to the latest end of its entities, also if they are long past", () => {
  const at = (day: string) => new Date(`2026-11-${day}T00:00:00Z`)
  const [part] = sampleRun().entities
  const windows = [
    { ...part!, from: at('02'), to: at('03') },
    { ...part!, from: at('01'), to: at('02') },
  ]
  const run = sampleRun({ trigger: 'REDELIVERY', to: at('27'), entities: windows })
  expect(toExportRun(run, smallCatalog, null, noDelivery).window).toEqual({ from: at('01'), to: at('03') })
  const unplanned = toExportRun({ ...run, entities: [] }, smallCatalog, null, noDelivery)
  expect(unplanned.window).toEqual({ from: null, to: at('27') })
})
