import { describe, expect, test } from 'vitest'
import { skewOf } from '../../src/doctor/database.js'
import { examine, fine } from '../../src/doctor/examine.js'
import { nodeCheck } from '../../src/doctor/machine.js'
import { temporalChecks } from '../../src/doctor/temporal.js'
import type { TemporalState } from '../../src/schedules/inspect.js'

const remedy = 'Start it.'

describe('the checks of the doctor', () => {
  test('results come in the order of the checks, whichever ends first', async () => {
    const results = examine([
      { name: 'slow', remedy, run: () => new Promise((resolve) => setImmediate(resolve, fine('slow'))) },
      { name: 'quick', remedy, run: async () => fine('quick') },
    ])
    expect((await results).map(({ name, state }) => [name, state])).toEqual([
      ['slow', 'ok'],
      ['quick', 'ok'],
    ])
  })

  test('a check that throws has failed, with the innermost cause and its remedy', async () => {
    const cause = new Error('Invalid call:\nconnection refused')
    const [result] = await examine([
      { name: 'x', remedy, run: () => Promise.reject(new Error('Asking failed', { cause })) },
    ])
    expect(result).toMatchObject({ state: 'failed', message: 'Asking failed: connection refused', remedy })
  })

  test('a check that does not answer fails at its limit, and does not hold up the others', async () => {
    const results = await examine(
      [
        { name: 'silent', remedy, run: () => new Promise(() => undefined) },
        { name: 'quick', remedy, run: async () => fine('here') },
      ],
      20,
    )
    expect(results.map(({ name, state }) => [name, state])).toEqual([
      ['silent', 'failed'],
      ['quick', 'ok'],
    ])
  })

  test.each([
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.18.9', 'failed'],
    ['18.20.0', 'failed'],
  ])('Node %s is %s', async (version, state) => {
    expect(await nodeCheck(version).run()).toMatchObject({ state })
  })

  test.each([
    [1_000, 'ok', 'agrees'],
    [-60_000, 'warning', '60.0 s ahead of'],
    [60_500, 'warning', '60.0 s behind'],
  ])('a database clock that differs by %i ms is %s', (offset, state, says) => {
    const found = skewOf({ theirs: new Date(1_000_000 + offset), asked: 1_000_000, answered: 1_000_500 })
    expect(found.state).toBe(state)
    expect(found.message).toContain(says)
  })
})

describe('the checks of Temporal', () => {
  const good: TemporalState = { serverVersion: '1.29.1', missingAttributes: [], partitions: 1, workers: 1 }
  const resultsOf = (state: Partial<TemporalState>) =>
    examine(temporalChecks(async () => ({ ...good, ...state }), { namespace: 'default', taskQueue: 'tidemark' }))

  test.each([
    [{}, [], []],
    [{ workers: 0 }, ['task queue'], []],
    [{ missingAttributes: ['TenantId'] }, ['search attributes'], []],
    [{ missingAttributes: null }, [], ['search attributes']],
    [{ partitions: 4 }, [], ['fairness']],
    [{ partitions: null }, [], ['fairness']],
  ])('%j gives the failures %j and the warnings %j', async (state, failures, warnings) => {
    const results = await resultsOf(state)
    const namesIn = (wanted: string) => results.filter((result) => result.state === wanted).map(({ name }) => name)
    expect([namesIn('failed'), namesIn('warning')]).toEqual([failures, warnings])
  })
})
