import { describe, expect, it } from 'vitest'
import { type RunEntityStatus, runOutcome } from '../../src/domain/run.js'

describe('the outcome of a run (promise 4: what is not published the next run covers)', () => {
  it.each<[string, RunEntityStatus[]]>([
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
  ])('is %s where its entities are %j', (outcome, statuses) => {
    expect(runOutcome(statuses)).toBe(outcome)
  })
})
