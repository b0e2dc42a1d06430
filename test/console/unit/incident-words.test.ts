import { expect, test } from 'vitest'
import { affectedState, emptyColumns } from '../../../console/src/pages/incident/affected-words'
import {
  bySeverity,
  codesOf,
  extentWords,
  headingOf,
  incidentState,
  lastResolution,
} from '../../../console/src/pages/incidents/incident-words'
import { filtered, readIncidentsSearch } from '../../../console/src/pages/incidents/incidents-search'

test('an incident shows its severity until it is resolved', () => {
  expect(incidentState({ status: 'OPEN', severity: 'CRITICAL' })).toEqual({ word: 'Critical', tone: 'bad' })
  expect(incidentState({ status: 'OPEN', severity: 'WARNING' })).toEqual({ word: 'Warning', tone: 'warn' })
  expect(incidentState({ status: 'RESOLVED', severity: 'CRITICAL' })).toEqual({ word: 'Resolved', tone: 'good' })
})

test('the extent of an incident is one sentence', () => {
  expect(extentWords({ status: 'OPEN', tenants: 3, files: 12 })).toBe('3 tenants wait for 12 files.')
  expect(extentWords({ status: 'OPEN', tenants: 1, files: 1 })).toBe('1 tenant waits for 1 file.')
  expect(extentWords({ status: 'OPEN', tenants: 1, files: 0 })).toBe('1 tenant is affected.')
  expect(extentWords({ status: 'OPEN', tenants: 0, files: 0 })).toBe('No tenant is affected.')
  expect(extentWords({ status: 'RESOLVED', tenants: 2, files: 3 })).toBe('2 tenants were affected, with 3 files.')
  expect(extentWords({ status: 'RESOLVED', tenants: 0, files: 0 })).toBe('No tenant was affected.')
})

test('critical incidents come first, and among them the oldest', () => {
  const incident = (severity: 'CRITICAL' | 'WARNING', openedAt: string) => ({ severity, openedAt })
  const [warning, late, early] = [
    incident('WARNING', '2026-11-01T00:00:00Z'),
    incident('CRITICAL', '2026-11-03T00:00:00Z'),
    incident('CRITICAL', '2026-11-02T00:00:00Z'),
  ]
  expect(bySeverity([warning, late, early])).toEqual([early, late, warning])
})

test('the last resolution is the latest one, whenever its incident opened', () => {
  const incidents = [
    { resolvedAt: '2026-11-01T00:00:00Z' },
    { resolvedAt: '2026-11-03T00:00:00Z' },
    { resolvedAt: null },
  ]
  expect(lastResolution(incidents)).toBe('2026-11-03T00:00:00Z')
  expect(lastResolution([])).toBeUndefined()
})

test('a code that is selected stays among the choices', () => {
  expect(codesOf([{ code: 'B' }, { code: 'B' }], 'A')).toEqual(['A', 'B'])
})

test('something affected says whether attempts continue', () => {
  expect(affectedState({ isFinal: false, runId: 'r' }).word).toBe('Attempts continue')
  expect(affectedState({ isFinal: true, runId: 'r' }).word).toBe('No further attempt')
  expect(affectedState({ isFinal: false }).word).toBe('Affected')
  expect(affectedState({ isFinal: true, runId: 'r', endedAt: 'x' }).word).toBe('Ended')
})

test('the address selects a status, a code and a tenant, and ignores what is none', () => {
  const search = readIncidentsSearch({ status: 'open', code: 'NO_WORKER', affects: ' acme ', before: 'c' })
  expect(search).toEqual({ status: 'open', code: 'NO_WORKER', affects: 'acme', before: 'c' })
  expect(readIncidentsSearch({ status: 'x', code: '"}', affects: 7 })).toEqual({ affects: '7' })
  expect(filtered(search, { status: undefined })).toEqual({ code: 'NO_WORKER', affects: 'acme' })
})

test('a meaning is a heading without the stop at its end', () => {
  expect(headingOf('It failed. The file was not published.')).toBe('It failed. The file was not published')
  expect(headingOf('No stop')).toBe('No stop')
})

test('columns without any value are left out', () => {
  const line = { entity: null, runId: null, since: null, attempts: 0 }
  expect([...emptyColumns([line])]).toEqual(['entity', 'run', 'since', 'attempts'])
  expect([...emptyColumns([line, { entity: 'user', runId: 'r', since: 'x', attempts: 2 }])]).toEqual([])
})
