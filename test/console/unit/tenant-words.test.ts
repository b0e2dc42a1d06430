import { expect, test } from 'vitest'
import { actsOf, aliveWords, causeOf, tenantStates } from '../../../console/src/pages/tenants/tenant-words'

const calm = {
  overdueSince: null,
  failingSince: null,
  pausedAt: null,
  pausedNote: null,
  scheduleError: null,
  cause: null,
  unfetchedSince: null,
}
const well = {
  ...calm,
  overdue: false,
  exportOption: 'EXPORT_ALL',
  scheduleState: 'ACTIVE',
  lastSuccessAt: '2026-11-28T00:00:00Z',
  activeEntities: 26,
  lastRunId: 'r1',
  lastRunStatus: 'SUCCEEDED',
} as const

const words = (tenant: Parameters<typeof tenantStates>[0]) => tenantStates(tenant).map(({ word }) => word)

test('a tenant without trouble is up to date, or has no file yet', () => {
  expect(words(well)).toEqual(['Up to date'])
  expect(words({ ...well, lastSuccessAt: null })).toEqual(['No file yet'])
})

test('a tenant shows all its troubles, the most urgent first, with the time since when', () => {
  const tenant = { ...well, overdue: true, overdueSince: 'a', failingSince: 'b', pausedAt: 'c' }
  expect(tenantStates(tenant)).toEqual([
    { word: 'Overdue', tone: 'bad', since: 'a' },
    { word: 'Failing', tone: 'bad', since: 'b' },
    { word: 'Paused', tone: 'warn', since: 'c' },
  ])
  expect(words({ ...well, exportOption: 'DISABLE_EXPORT' })).toEqual(['Disabled'])
  expect(words({ ...well, scheduleState: 'PENDING' })).toEqual(['Schedule pending'])
  expect(words({ ...well, unfetchedSince: 'a' })).toEqual(['Not fetched'])
})

test('an operator pauses in Temporal without a time', () => {
  expect(tenantStates({ ...well, pausedNote: 'maintenance' })).toEqual([{ word: 'Paused', tone: 'warn', since: null }])
  expect(causeOf({ ...calm, pausedNote: 'maintenance' })).toBe('Paused in Temporal: maintenance')
})

test('the cause of a failure comes before other reasons', () => {
  const cause = { code: 'SFTP_UNAVAILABLE', message: 'It is away.' } as const
  expect(causeOf({ ...calm, cause, scheduleError: 'x' })).toBe('SFTP_UNAVAILABLE: It is away.')
  expect(causeOf({ ...calm, scheduleError: 'x' })).toBe('The schedule was not updated: x')
  expect(causeOf(calm)).toBeUndefined()
})

test('only acts that can succeed are offered', () => {
  expect(actsOf(well)).toEqual(['run', 'pause'])
  expect(actsOf({ ...well, lastRunStatus: 'FAILED', pausedAt: 'c' })).toEqual(['run', 'retry', 'resume'])
  expect(actsOf({ ...well, exportOption: 'DISABLE_EXPORT', lastRunStatus: 'FAILED' })).toEqual([])
})

test('processes are counted by their kind', () => {
  const process = (kind: 'API' | 'WORKER', isAlive: boolean) => ({ kind, isAlive })
  const all = [process('API', true), process('WORKER', true), process('WORKER', false)]
  expect(aliveWords(all, 'API')).toBe('1 API')
  expect(aliveWords(all, 'WORKER')).toBe('1 of 2 workers')
})
