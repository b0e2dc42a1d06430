import { expect, test } from 'vitest'
import type { EntityResult, EntityTask, RunPlan } from '../../src/contracts.js'
import { whyFailed } from '../../workflows/failure-message.js'
import { runTable } from '../../workflows/run-table.js'

const task = (displayName: string, overrides: Partial<EntityTask> = {}): EntityTask => ({
  ...{ runId: 'run-1', tenantId: 'acme', entity: displayName.replaceAll(' ', '_'), displayName },
  ...{ mode: 'DELTA' as const, fullLoadReason: null, from: '2026-11-26T00:00:00.000Z', to: '2026-11-27T00:00:00.000Z' },
  ...overrides,
})

const result = ({ entity, displayName, to, mode }: EntityTask, error: EntityResult['error'] = null): EntityResult => ({
  ...{ entity, displayName, to, mode, status: error ? ('FAILED' as const) : ('PUBLISHED' as const) },
  ...{ rows: error ? 0 : 1_234_567, bytes: error ? 0 : 89_012, path: null, revision: null, error },
})

const [user, site, content] = [task('user'), task('site', { mode: 'FULL', from: null }), task('content')]
const plan: RunPlan = { tasks: [user, site, content], skipped: ['feed'], entityConcurrency: 4, maxAttempts: 8 }
const noSpace = { code: 'SFTP_NO_SPACE' as const, message: 'The server is full' }

test('the heading of an ended run counts what is published and what failed, and failed entities come first', () => {
  const results = [result(user), result(site, noSpace), result(content)]
  expect(runTable(plan, { results, waiting: new Map() }, true).split('\n')).toEqual([
    '**2 of 3 entities published, 1 failed**',
    '',
    '| entity | mode | status | rows | bytes | window |',
    '| --- | --- | --- | ---: | ---: | --- |',
    '| site | FULL | FAILED: SFTP_NO_SPACE |  |  | …/11‑27 |',
    '| user | DELTA | PUBLISHED | 1,234,567 | 89,012 | 11‑26/11‑27 |',
    '| content | DELTA | PUBLISHED | 1,234,567 | 89,012 | 11‑26/11‑27 |',
    '| feed | | already published up to here | | | |',
    '',
    'Times are in UTC. A window does not include its end.',
    '',
    '\u00a0',
  ])
})

test('the heading of a run says what its entities wait for', () => {
  const progress = { results: [result(content)], waiting: new Map([[user, { code: 'SFTP_UNAVAILABLE' }]]) }
  const [heading, , , , first, second] = runTable(plan, progress, false).split('\n')
  expect(heading).toBe('**1 of 3 entities done, 1 waits: SFTP_UNAVAILABLE**')
  expect(first).toContain('| user | DELTA | waits: SFTP_UNAVAILABLE |')
  expect(second).toContain('| site | FULL |  |')
})

test('the heading of a cancelled run counts the entities that had not begun', () => {
  const table = runTable(plan, { results: [result(user)], waiting: new Map() }, true)
  expect(table).toContain('**1 of 3 entities published, 2 cancelled**')
})

test('a window that does not end at midnight has its minutes', () => {
  const manual = { ...plan, tasks: [task('user', { to: '2026-11-27T13:05:07.123Z' })], skipped: [] }
  expect(runTable(manual, { results: [], waiting: new Map() }, false)).toContain('11‑26/11‑27 13:05')
})

test('the failure of a run has one line for each code, with cause, entities and remedy', () => {
  const results = [
    result(user, noSpace),
    result(site, noSpace),
    result(content, { code: 'SOURCE_SCHEMA_MISMATCH', message: 'There is no column word_count.' }),
  ]
  expect(whyFailed(results, null).split('\n')).toEqual([
    'SFTP_NO_SPACE (2 entities: user, site): The server is full. What to do: Make room on the SFTP server, or raise the quota. Waiting runs then continue. Retry those that have failed.',
    'SOURCE_SCHEMA_MISMATCH (1 entity: content): There is no column word_count. What to do: Run check-source and the statement ' +
      'that it prints, or correct the catalog and restart the workers. Then retry the failed runs.',
  ])
})

test('the failure of a run that could not be planned has no entities', () => {
  expect(whyFailed([], { code: 'RUN_LOST', message: 'It was lost' })).toMatch(/^RUN_LOST: It was lost\. What to do: /)
})
