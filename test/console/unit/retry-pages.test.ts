import { expect, test } from 'vitest'
import {
  retryCodes,
  type RetryPage,
  retryPages,
  retrySummary,
  sinceOf,
} from '../../../console/src/pages/tenants/retry-pages'

const line = (tenantId: string, runId: string | null) => ({ tenantId, runId, userErrors: [] })

const pages: Readonly<Record<string, RetryPage>> = {
  start: { lines: [line('a', '1')], next: 'a' },
  a: { lines: [line('b', null)], next: 'b' },
  b: { lines: [line('c', '3')], next: null },
}

async function retried(isStopped: (calls: number) => boolean): Promise<string[]> {
  let calls = 0
  const call = async (after: string | null): Promise<RetryPage> => {
    calls += 1
    return pages[after ?? 'start'] ?? { lines: [] }
  }
  const tenants: string[] = []
  for await (const lines of retryPages(call, () => isStopped(calls)))
    tenants.push(...lines.map((each) => each.tenantId))
  return tenants
}

test('a retry of all tenants follows the pages to the last one', async () => {
  expect(await retried(() => false)).toEqual(['a', 'b', 'c'])
})

test('a stop takes effect between two calls', async () => {
  expect(await retried((calls) => calls === 2)).toEqual(['a', 'b'])
})

test('the summary counts the runs and the tenants without one', () => {
  expect(retrySummary([])).toBe('No tenant has a failed run that matches.')
  expect(retrySummary([line('a', '1')])).toBe('1 run started.')
  expect(retrySummary([line('a', '1'), line('b', null), line('c', '3')])).toBe(
    '2 runs started. 1 tenant has no new run.',
  )
})

test('a period becomes the time at which it starts', () => {
  const now = Date.parse('2026-11-28T12:00:00Z')
  expect(sinceOf('any', now)).toBeNull()
  expect(sinceOf('day', now)).toBe('2026-11-27T12:00:00.000Z')
})

test('the codes of open incidents are those that a retry can have, with their tenants', () => {
  const incidents = [
    { code: 'SFTP_NO_SPACE', tenants: 1, retryCommand: 'x' },
    { code: 'SOURCE_UNAVAILABLE', tenants: 2, retryCommand: 'x' },
    { code: 'SFTP_NO_SPACE', tenants: 4, retryCommand: 'x' },
    { code: 'NO_WORKER', tenants: 9, retryCommand: null },
  ]
  expect(retryCodes(incidents)).toEqual([
    { code: 'SFTP_NO_SPACE', tenants: 5 },
    { code: 'SOURCE_UNAVAILABLE', tenants: 2 },
  ])
})
