import { describe, expect, test } from 'vitest'
import type { EventFile } from '../../../src/domain/events/file-events.js'
import { eventsOfFiles, filesExpiring } from '../../../src/domain/events/file-events.js'
import { type EndedRun, eventsOfEnd, exportOverdue, type Trouble } from '../../../src/domain/events/run-events.js'
import type { NewEvent } from '../../../src/domain/event.js'
import type { Run, RunEntity } from '../../../src/domain/run.js'
import { tenantMessages } from '../../../src/domain/tenant-messages.js'
import { sampleRun } from '../../support/api/samples.js'
import { schemaProblems } from '../../support/events/event-schema.js'

const [sample] = sampleRun().entities
const at = new Date('2026-11-24T00:00:00Z')

const entityOf = (entity: string, overrides: Partial<RunEntity> = {}): RunEntity => ({
  ...sample!,
  entity,
  ...overrides,
})

function fileOf(entity: string, overrides: Partial<EventFile> = {}): EventFile {
  return {
    ...{ entity, mode: 'DELTA', fullLoadReason: null, from: '2026-11-23T00:00:00.000Z', to: at.toISOString() },
    ...{ day: '2026-11-24', sequence: 5, revision: 1, schemaVersion: 1, rows: 3, bytes: 99 },
    ...{ paths: [`/exports/acme/2026/11/24/${entity}/${entity}.csv`], sha256: 'ab'.repeat(32) },
    ...overrides,
  }
}

function ended(run: Partial<Run>, rest: Partial<Omit<EndedRun, 'run'>> = {}): NewEvent[] {
  const whole = sampleRun({ trigger: 'SCHEDULED', to: at, ...run })
  const events = eventsOfEnd({
    run: whole,
    ...{ day: '2026-11-24', requestedEntities: null, files: [], troubles: [], ...rest },
  })
  const stored = events.map(({ type, data }, index) => ({
    ...{ id: '00000000-0000-4000-8000-000000000001', tenantId: 'acme', number: index + 1, type, at, data },
  }))
  expect(stored.flatMap(schemaProblems)).toEqual([])
  return events
}

const typesOf = (events: readonly NewEvent[]) => events.map(({ type }) => type)

const trouble = (overrides: Partial<Trouble> = {}): Trouble => ({
  type: 'export.failed',
  at: '2026-11-23T00:05:00.000Z',
  trigger: 'SCHEDULED',
  status: 'FAILED',
  entities: [{ entity: 'user' }],
  ...overrides,
})

describe('a run that published files', () => {
  test('a run has one event with all its files and their sums', () => {
    const [event, ...others] = ended({ status: 'SUCCEEDED' }, { files: [fileOf('site', { rows: 0 }), fileOf('user')] })
    expect(others).toEqual([])
    expect(event).toMatchObject({
      type: 'export.files.delivered',
      data: {
        ...{ runId: 'run-1', day: '2026-11-24', manifest: '/exports/acme/2026/11/23/datapackage.json' },
        completedAfterEnd: false,
        entities: [
          { entity: 'site', empty: true },
          { entity: 'user', empty: false, sequence: 5, paths: ['/exports/acme/2026/11/24/user/user.csv'] },
        ],
        totals: { files: 2, rows: 3, bytes: 198 },
      },
    })
  })

  test('the file parts of a split file all count', () => {
    const paths = ['/a/user.0001.csv', '/a/user.0002.csv']
    const [event] = ended({ status: 'SUCCEEDED' }, { files: [fileOf('user', { paths })] })
    expect(event?.data).toMatchObject({ totals: { files: 2, rows: 3 } })
  })

  test('a run with a full load has a second event, which names only the full loads', () => {
    const full = fileOf('user', { mode: 'FULL', fullLoadReason: 'COLUMNS_CHANGED', from: null })
    const events = ended({ status: 'SUCCEEDED' }, { files: [fileOf('site'), full] })
    expect(typesOf(events)).toEqual(['export.files.delivered', 'export.full_load.delivered'])
    expect(events[1]?.data).toMatchObject({ entities: [{ entity: 'user', reason: 'COLUMNS_CHANGED' }] })
  })

  test('a redelivery has its own event, also if its files are full loads', () => {
    const files = [fileOf('user', { mode: 'FULL', fullLoadReason: 'FIRST', from: null })]
    expect(typesOf(ended({ status: 'SUCCEEDED', trigger: 'REDELIVERY' }, { files }))).toEqual([
      'export.files.redelivered',
    ])
  })

  test('a run that published nothing has no event of files', () => {
    expect(ended({ status: 'SUCCEEDED' })).toEqual([])
    expect(ended({ status: 'CANCELLED' })).toEqual([])
  })

  test('files that are found after the end of the run have an event with a key of its own', () => {
    const of = {
      runId: 'run-1',
      trigger: 'SCHEDULED',
      day: '2026-11-24',
      manifest: null,
      files: [fileOf('user')],
    } as const
    const [late] = eventsOfFiles({ ...of, completedAfterEnd: true })
    const [usual] = eventsOfFiles({ ...of, completedAfterEnd: false })
    expect(late?.data).toMatchObject({ completedAfterEnd: true, manifest: null })
    expect(late?.key).not.toBe(usual?.key)
  })
})

describe('a run that failed', () => {
  const failed = entityOf('user', {
    status: 'FAILED',
    error: { code: 'SFTP_UNAVAILABLE', message: 'connect 10.0.0.7:22' },
  })

  test('a failure has the code and the message for tenants, and no internals', () => {
    const [event] = ended({ status: 'FAILED', entities: [failed] })
    expect(event).toMatchObject({
      type: 'export.failed',
      data: {
        ...{ status: 'FAILED', code: 'SFTP_UNAVAILABLE', message: tenantMessages.SFTP_UNAVAILABLE },
        entities: [{ entity: 'user', code: 'SFTP_UNAVAILABLE', message: tenantMessages.SFTP_UNAVAILABLE }],
      },
    })
    expect(JSON.stringify(event)).not.toContain('10.0.0.7')
  })

  test('a partial failure has the event of its files first, and names what has no file', () => {
    const events = ended(
      { status: 'PARTIALLY_FAILED', entities: [entityOf('site'), failed] },
      { files: [fileOf('site')] },
    )
    expect(typesOf(events)).toEqual(['export.files.delivered', 'export.failed'])
    expect(events[1]?.data).toMatchObject({ code: null, entities: [{ entity: 'user' }] })
  })

  test('a run that could not be planned fails without entities', () => {
    const [event] = ended({ status: 'FAILED', entities: [], error: { code: 'SOURCE_UNAVAILABLE', message: 'host db' } })
    expect(event?.data).toMatchObject({ code: 'SOURCE_UNAVAILABLE', entities: [] })
  })
})

describe('the recovery of an export', () => {
  const recovers = (run: Partial<Run>, rest: Partial<Omit<EndedRun, 'run'>>) =>
    typesOf(ended({ status: 'SUCCEEDED', ...run }, rest)).includes('export.recovered')

  test('the first success after a failure or a delay is a recovery, with the time of the first one', () => {
    const troubles = [trouble(), trouble({ type: 'export.overdue', at: '2026-11-23T02:00:00.000Z', status: null })]
    const [event] = ended({ status: 'SUCCEEDED' }, { troubles })
    expect(event).toMatchObject({ type: 'export.recovered', data: { since: '2026-11-23T00:05:00.000Z' } })
  })

  test('a success without trouble, and a run that fails again, are no recovery', () => {
    expect(recovers({}, {})).toBe(false)
    expect(recovers({ status: 'FAILED' }, { troubles: [trouble()] })).toBe(false)
  })

  test('a redelivery neither recovers an export nor needs a recovery', () => {
    expect(recovers({ trigger: 'REDELIVERY' }, { troubles: [trouble()] })).toBe(false)
    expect(recovers({}, { troubles: [trouble({ trigger: 'REDELIVERY' })] })).toBe(false)
  })

  test('a run of some entities recovers the export only if it exports all that was missing', () => {
    const troubles = [trouble(), trouble({ entities: [{ entity: 'site' }], status: 'PARTIALLY_FAILED' })]
    expect(recovers({ trigger: 'RETRY' }, { requestedEntities: ['user'], troubles })).toBe(false)
    expect(recovers({ trigger: 'RETRY' }, { requestedEntities: ['user', 'site'], troubles })).toBe(true)
  })

  test('after a run that was not planned, only a run of all entities recovers the export', () => {
    const troubles = [trouble({ entities: [] })]
    expect(recovers({}, { requestedEntities: ['user'], troubles })).toBe(false)
    expect(recovers({}, { troubles })).toBe(true)
  })

  test('after a failed manifest, a run that writes only the manifest recovers the export', () => {
    const troubles = [trouble({ status: 'PARTIALLY_FAILED', entities: [] })]
    expect(recovers({ trigger: 'RETRY', entities: [] }, { requestedEntities: [], troubles })).toBe(true)
  })
})

test('an overdue boundary has one key, whatever the entities', () => {
  const of = { dueAt: at, expectedBy: new Date('2026-11-24T02:00:00Z') }
  const event = exportOverdue({ ...of, entities: [{ entity: 'user', coveredUntil: null }] })
  expect(event.key).toBe(exportOverdue({ ...of, entities: [] }).key)
  expect(event.data).toEqual({
    dueAt: '2026-11-24T00:00:00.000Z',
    expectedBy: '2026-11-24T02:00:00.000Z',
    entities: [{ entity: 'user', coveredUntil: null }],
  })
})

test('a day of files that expires says on which date they are removed', () => {
  const { key, data } = filesExpiring({ tenantId: 'acme', day: at, retentionDays: 30 })
  expect(data).toEqual({
    ...{ day: '2026-11-24', removedOn: '2026-12-25', retentionDays: 30 },
    manifest: '/exports/acme/2026/11/24/datapackage.json',
  })
  expect(filesExpiring({ tenantId: 'acme', day: at, retentionDays: 60 }).key).not.toBe(key)
})
