import { expect, test } from 'vitest'
import { entityState, exportState, lastFailures } from '../../../console/src/pages/overview/freshness'

type Export = Parameters<typeof exportState>[0]
type Entity = Export['entities'][number]

const lastDelivery = {
  id: 'd',
  mode: 'DELTA',
  rows: 1,
  bytes: 9,
  publishedAt: '2026-11-27T00:01:00Z',
  runId: 'r',
} as const
const entity = (internalName: string, change: Partial<Entity> = {}): Entity => ({
  id: internalName,
  active: true,
  overdue: false,
  coveredUntil: null,
  nextDeliveryAt: null,
  lastDelivery,
  entity: { id: internalName, name: 'USER', displayName: internalName, internalName },
  ...change,
})
const anExport = (change: Partial<Export> = {}): Export => ({
  id: 'acme',
  exportOption: 'EXPORT_SELECTED',
  frequency: 'DAILY',
  pausedAt: null,
  overdue: false,
  overdueSince: null,
  expectedBy: null,
  unfetchedFiles: null,
  schedule: { id: 's', state: 'ACTIVE', nextRunTimes: [] },
  entities: [entity('user'), entity('site')],
  ...change,
})

test('everything is fresh if each active entity has a file and none is overdue', () => {
  const entities = [entity('user'), entity('site', { active: false, overdue: true })]
  expect(exportState(anExport({ entities }), 0)).toEqual({ tone: 'good', word: 'Everything is fresh.' })
})

test('an overdue export says since when, and how many entities are', () => {
  const entities = [entity('user', { overdue: true }), entity('site')]
  const { tone, word } = exportState(anExport({ entities, overdueSince: '2026-11-27T02:00:00Z' }), 0)
  expect(tone).toBe('bad')
  expect(word).toMatch(/^Overdue since .*2026.*UTC: 1 of 2 entities\.$/)
})

test('a paused export says since when', () => {
  const { tone, word } = exportState(anExport({ pausedAt: '2026-11-27T02:00:00Z' }), 0)
  expect(tone).toBe('warn')
  expect(word).toMatch(/^Paused since .*2026.*UTC\. No scheduled run starts\.$/)
})

test('a disabled export, first files, and a failed run each have their sentence', () => {
  expect(exportState(anExport({ exportOption: 'DISABLE_EXPORT' }), 0).word).toContain('disabled')
  expect(exportState(anExport({ entities: [entity('user', { lastDelivery: null })] }), 0).word).toContain('first files')
  const one = [entity('user'), entity('site', { lastDelivery: null })]
  expect(exportState(anExport({ entities: one }), 0).word).toContain('Without a file yet: 1 of 2 entities.')
  expect(exportState(anExport(), 1).word).toBe('Failed in the last run: 1 of 2 entities.')
})

test('an entity that is overdue says why its last run failed', () => {
  expect(entityState(entity('user', { overdue: true }), 'The source is away.', false)).toEqual({
    tone: 'bad',
    word: 'Overdue',
    reason: 'The source is away.',
  })
  expect(entityState(entity('user'), 'The source is away.', false).word).toBe('Failed')
  expect(entityState(entity('user'), undefined, true).word).toBe('Paused')
  expect(entityState(entity('user', { lastDelivery: null }), undefined, false).word).toBe('Waits for its first file')
  expect(entityState(entity('user'), undefined, false).word).toBe('Fresh')
})

test('only the newest run of an entity decides whether it failed', () => {
  type Runs = Parameters<typeof lastFailures>[0]
  const run = (...entities: Partial<Runs[number]['entities'][number]>[]) => ({ entities }) as unknown as Runs[number]
  const error = { code: 'SOURCE_UNAVAILABLE', message: 'The source is away.' } as const
  const runs = [
    run({ internalName: 'user', status: 'PUBLISHED' }, { internalName: 'site', status: 'FAILED', error }),
    run({ internalName: 'user', status: 'FAILED', error }),
  ]
  expect([...lastFailures(runs)]).toEqual([['site', 'The source is away.']])
})
