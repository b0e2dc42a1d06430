import { describe, expect, test } from 'vitest'
import { ExportError } from '../../src/domain/errors.js'
import type { Run, RunEntity } from '../../src/domain/run.js'
import type { SourceFinding } from '../../src/domain/source-finding.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { recordReports } from '../support/incidents.js'

function reporting() {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const incidents = recordReports()
  return { events: createEvents(logger, incidents), reports: incidents.reports, text: () => lines.join('') }
}

const about = { tenantId: 'acme', runId: 'run-1', entity: 'user' }
const times = { queuedAt: new Date(0), startedAt: new Date(0), finishedAt: new Date(0) }

function anEntity(entity: string, overrides: Partial<RunEntity>): RunEntity {
  return {
    ...{ entity, status: 'FAILED', mode: 'DELTA', fullLoadReason: null, from: new Date('2026-11-26T00:00:00Z') },
    ...{ to: new Date('2026-11-27T00:00:00Z'), attempts: 8, rows: null, bytes: null, path: null, sha256: null },
    ...{ revision: null, error: null, startedAt: null, finishedAt: null },
    ...{ waitingFor: null, attempt: null, ...overrides },
  }
}

function aRun(overrides: Partial<Run>): Run {
  return {
    ...{ id: 'run-1', tenantId: 'acme', workflowId: 'export-acme', trigger: 'SCHEDULED', status: 'FAILED' },
    ...{ to: new Date('2026-11-27T00:00:00Z'), registrationVersion: 1, requestedBy: null, manifestPath: null },
    ...{ error: null, entities: [], waitingFor: null, ...times, ...overrides },
  }
}

describe('a failed attempt', () => {
  test('a failed attempt is reported with its ids and its message', () => {
    const { events, reports } = reporting()
    events.activityFailed(about, { attempt: 3, last: false }, new ExportError('SFTP_NO_SPACE', 'full'))
    expect(reports).toMatchObject([
      { how: 'report', what: { ...about, code: 'SFTP_NO_SPACE', message: 'full', attempt: 3, isFinal: false } },
    ])
  })

  test('the words of an unexpected error stay in the log of the attempt', () => {
    const { events, reports } = reporting()
    events.activityFailed(
      about,
      { attempt: 2, last: false },
      new ExportError('INTERNAL', 'unexpected alice@example.com'),
    )
    expect(reports).toHaveLength(1)
    expect(JSON.stringify(reports)).not.toContain('alice')
  })
})

describe('the end of a run', () => {
  const error = { code: 'SFTP_UNAVAILABLE', message: 'refused' } as const

  test('a run that fails for good is reported for each entity without a file', () => {
    const { events, reports } = reporting()
    const entities = [anEntity('user', { error }), anEntity('site', { status: 'PUBLISHED' })]
    events.runFinished(aRun({ status: 'PARTIALLY_FAILED', entities }))
    expect(reports.map(({ what }) => what)).toEqual([
      {
        ...{
          code: 'SFTP_UNAVAILABLE',
          tenantId: 'acme',
          runId: 'run-1',
          workflowId: 'export-acme',
          message: 'refused',
        },
        ...{ isFinal: true, entity: 'user', since: new Date('2026-11-26T00:00:00Z'), attempt: 8 },
      },
    ])
  })

  test('a lost run is reported for each entity that has no error of its own', () => {
    const { events, reports } = reporting()
    const lost = { code: 'RUN_LOST', message: 'gone' } as const
    events.runFinished(aRun({ error: lost, entities: [anEntity('user', {}), anEntity('site', { error })] }))
    expect(reports.map(({ what }) => [what['entity'], what['code']])).toEqual([
      ['user', 'RUN_LOST'],
      ['site', 'SFTP_UNAVAILABLE'],
    ])
  })

  test('a run that could not be planned is reported as a whole', () => {
    const { events, reports } = reporting()
    events.runFinished(aRun({ error: { code: 'SOURCE_UNAVAILABLE', message: 'away' } }))
    expect(reports).toMatchObject([{ what: { entity: null, code: 'SOURCE_UNAVAILABLE', isFinal: true } }])
  })

  test('a run that succeeds or is cancelled is not reported', () => {
    const { events, reports } = reporting()
    const cancelled = anEntity('user', { status: 'CANCELLED', error: { code: 'CANCELLED', message: 'stopped' } })
    events.runFinished(aRun({ status: 'SUCCEEDED' }))
    events.runFinished(aRun({ status: 'CANCELLED', entities: [cancelled] }))
    expect(reports).toEqual([])
  })
})

describe('schedules that can’t be reconciled', () => {
  test('Temporal is observed to be away until schedules are reconciled again', () => {
    const { events, reports } = reporting()
    const away = new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal did not answer')
    events.reconcileFailed(away, 1)
    events.reconcileFailed(away, 2)
    events.reconciledAgain()
    expect(reports.map(({ what }) => [what['code'], what['subject'], (what['affected'] as unknown[]).length])).toEqual([
      ['TEMPORAL_UNAVAILABLE', null, 1],
      ['TEMPORAL_UNAVAILABLE', null, 1],
      ['TEMPORAL_UNAVAILABLE', null, 0],
    ])
  })

  test('a new process that reconciles ends what an earlier one has observed, and logs nothing', () => {
    const { events, reports, text } = reporting()
    events.reconciledAgain()
    expect(reports).toMatchObject([{ how: 'observe', what: { code: 'TEMPORAL_UNAVAILABLE', affected: [] } }])
    expect(text()).toBe('')
  })

  test('a schedule that Temporal rejects is reported for its tenant, and an outage is not', () => {
    const { events, reports } = reporting()
    events.scheduleSyncFailed('acme', new Error('refused'))
    events.scheduleSyncFailed('other', new ExportError('TEMPORAL_UNAVAILABLE', 'away'))
    expect(reports).toMatchObject([{ how: 'report', what: { code: 'SCHEDULE_REJECTED', tenantId: 'acme' } }])
  })
})

describe('what a check or a read has found about a table', () => {
  const untracked: SourceFinding = {
    ...{ severity: 'refuse', code: 'SOURCE_CHANGES_UNTRACKED', everyFile: false, table: 's.t' },
    ...{ cause: 'no trigger sets change_xid', fix: 'CREATE TRIGGER' },
  }
  const ahead: SourceFinding = {
    ...{ severity: 'warn', code: 'SOURCE_ROWS_AHEAD', table: 's.t', cause: '1 rows are ahead', fix: 'UPDATE' },
  }

  test('a table without a trigger is reported for all tenants, and rows in the future for one', () => {
    const { events, reports } = reporting()
    events.sourceRead({ entity: 'user', tenantId: 'acme', findings: [untracked, ahead] })
    expect(reports).toMatchObject([
      {
        how: 'finding',
        what: {
          ...{ code: 'SOURCE_CHANGES_UNTRACKED', tenantId: null, entity: 'user' },
          message: expect.stringMatching(/s\.t: no trigger .* CREATE TRIGGER.* request a full load/),
        },
      },
      { how: 'finding', what: { code: 'SOURCE_ROWS_UNDECIDED', tenantId: 'acme', entity: 'user' } },
    ])
  })

  test('a read that finds nothing reports nothing', () => {
    const { events, reports } = reporting()
    events.sourceRead({ entity: 'user', tenantId: 'acme', findings: [] })
    expect(reports).toEqual([])
  })

  test('a refused table is reported for its entity', () => {
    const { events, reports } = reporting()
    events.sourceRefused([{ entity: 'user', code: 'SOURCE_SCHEMA_MISMATCH' }])
    expect(reports).toMatchObject([{ how: 'finding', what: { code: 'SOURCE_SCHEMA_MISMATCH', entity: 'user' } }])
  })
})
