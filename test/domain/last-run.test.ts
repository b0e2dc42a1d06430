import { expect, test } from 'vitest'
import { failedRunOf, lastRunOf } from '../../src/domain/last-run.js'
import { hasLostRuns, type LastRun } from '../../src/domain/ledger-gap.js'

const position = { installation: '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10', revision: 7, lastChange: 12 }
const entities = [
  { entity: 'user', status: 'PUBLISHED', rows: 3 },
  { entity: 'site', status: 'FAILED', rows: 0 },
  { entity: 'user', status: 'PUBLISHED', rows: 1 },
]
const last: LastRun = { position, entities: ['user'] }

test('the result of a run says where the ledger was, and which entities were published', () => {
  expect(lastRunOf({ runId: 'r', status: 'SUCCEEDED', entities, manifests: [], position })).toEqual(last)
})

test('the failure of a run has its result among the details', () => {
  expect(failedRunOf({ message: 'user: …', details: [{ entities, position }] })).toEqual(last)
})

test.each<[string, unknown]>([
  ['no run before', undefined],
  ['nothing', null],
  ['a text', 'position'],
  ['the result of an earlier release', { runId: 'r', status: 'SUCCEEDED', entities, manifests: [] }],
  ['a position without a number', { entities, position: { ...position, revision: '7' } }],
  ['a position without an installation', { entities, position: { revision: 7, lastChange: 12 } }],
])('%s says nothing of the ledger', (_, result) => {
  expect(lastRunOf(result)).toBeUndefined()
  expect(failedRunOf({ details: [result] })).toBeUndefined()
  expect(failedRunOf(result)).toBeUndefined()
})

test.each([
  { revision: 7, lastChange: 12, lost: false, why: 'the ledger is where the run left it' },
  { revision: 9, lastChange: 20, lost: false, why: 'the ledger has gone on' },
  { revision: 6, lastChange: 12, lost: true, why: 'it lacks an index' },
  { revision: 7, lastChange: 11, lost: true, why: 'it lacks a change of a day' },
  { revision: 0, lastChange: 0, lost: true, why: 'it is empty' },
])('runs are lost: $lost, because $why', ({ lost, ...ledger }) => {
  expect(hasLostRuns(ledger, last)).toBe(lost)
})
