import { describe, expect, test } from 'vitest'
import { namesOf } from '../../src/domain/described.js'
import { exportErrors } from '../../src/domain/errors.js'
import type { Incident } from '../../src/domain/incident.js'
import { dueNotification, type LastNotification, nextPost } from '../../src/domain/incident-notification.js'
import { incidentSubject, type IncidentPlaces, isIncident } from '../../src/domain/incident-subject.js'
import { anExtent, anIncident } from '../support/incidents.js'

const openedAt = new Date('2026-11-27T00:00:00Z')
const after = (seconds: number): Date => new Date(openedAt.getTime() + seconds * 1000)
const due = (incident: Partial<Incident>, last: LastNotification | null, seconds: number) =>
  dueNotification(anIncident({ openedAt, ...incident }), last, { now: after(seconds), delayMs: 60_000 })
const told = (seconds: number, counts: Partial<LastNotification> = {}): LastNotification => ({
  ...{ at: after(seconds), tenants: 1, files: 1, failedRuns: 0 },
  ...counts,
})

describe('when operators are notified', () => {
  test('what can heal is announced once it has lasted for the delay', () => {
    expect(due({}, null, 59)).toBeNull()
    expect(due({}, null, 60)).toBe('opened')
  })

  test('what can’t heal is announced at once', () => {
    expect(due({ code: 'SFTP_HOST_KEY_MISMATCH' }, null, 0)).toBe('opened')
    expect(due({ code: 'NO_WORKER' }, null, 0)).toBe('opened')
  })

  test('the final failure of a run is announced at once, also of what can heal', () => {
    const extent = anExtent({ failedRuns: 1 })
    expect(due({ extent }, null, 0)).toBe('opened')
    expect(due({ extent }, told(1), 2)).toBe('updated')
  })

  test('further final failures and other counts are reported at most every five minutes', () => {
    const extent = anExtent({ tenants: 7, failedRuns: 3 })
    expect(due({ extent }, told(0, { failedRuns: 1 }), 299)).toBeNull()
    expect(due({ extent }, told(0, { failedRuns: 1 }), 300)).toBe('updated')
    expect(due({}, told(0), 300)).toBeNull()
  })

  test('an open incident is repeated every hour, and a warning every day', () => {
    expect(due({}, told(0), 3599)).toBeNull()
    expect(due({}, told(0), 3600)).toBe('updated')
    expect(due({ code: 'FILE_UNUSUALLY_EMPTY' }, told(0), 3600)).toBeNull()
    expect(due({ code: 'FILE_UNUSUALLY_EMPTY' }, told(0), 86_400)).toBe('updated')
  })

  test('the end is reported only of what was announced', () => {
    expect(due({ resolvedAt: after(30) }, null, 30)).toBeNull()
    expect(due({ resolvedAt: after(90) }, told(60), 90)).toBe('resolved')
  })
})

test('a failed post is repeated after pauses of 5 seconds to half an hour, for three days', () => {
  const createdAt = openedAt
  expect(nextPost({ createdAt, attempts: 1 }, after(0))).toEqual(after(5))
  expect(nextPost({ createdAt, attempts: 4 }, after(0))).toEqual(after(40))
  expect(nextPost({ createdAt, attempts: 500 }, after(0))).toEqual(after(1800))
  expect(nextPost({ createdAt, attempts: 150 }, after(3 * 86_400))).toBeNull()
})

describe('what an incident is about', () => {
  const places: IncidentPlaces = {
    ...{ sftp: 'sftp:22', source: 'warehouse:5432/analytics', database: 'postgres:5432/tidemark' },
    ...{ temporal: 'temporal:7233/default', taskQueue: 'tidemark', issuer: 'https://issuer' },
    email: 'mail:587',
  }
  const subject = (code: Incident['code'], tenantId = 'acme') =>
    incidentSubject(code, { tenantId, entity: 'user' }, places)

  test('tenants that fail for the same cause have the same subject', () => {
    for (const code of ['SFTP_UNAVAILABLE', 'SOURCE_UNAVAILABLE', 'SOURCE_SCHEMA_MISMATCH', 'RUN_LOST'] as const) {
      expect(subject(code, 'acme')).toBe(subject(code, 'globex'))
    }
  })

  test.each([
    ['SFTP_NO_SPACE', 'sftp:22'],
    ['SOURCE_SCHEMA_MISMATCH', 'warehouse:5432/analytics user'],
    ['SOURCE_ROWS_UNDECIDED', 'warehouse:5432/analytics acme user'],
    ['SFTP_FOLDER_MISSING', 'sftp:22 acme'],
    ['TEMPORAL_UNAVAILABLE', 'temporal:7233/default'],
    ['DATABASE_UNAVAILABLE', 'postgres:5432/tidemark'],
    ['NO_WORKER', 'tidemark'],
    ['ISSUER_UNAVAILABLE', 'https://issuer'],
    ['EMAIL_UNAVAILABLE', 'mail:587'],
  ] as const)('%s is about %s', (code, expected) => {
    expect(subject(code)).toBe(expected)
  })

  test('exactly the codes that never alert are no incidents', () => {
    const silent = namesOf(exportErrors).filter((code) => exportErrors[code].alert === 'never')
    expect(namesOf(exportErrors).filter((code) => !isIncident(code))).toEqual(silent)
  })
})
