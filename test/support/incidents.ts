import { randomUUID } from 'node:crypto'
import type { Incident, IncidentExtent, IncidentReports } from '../../src/domain/incident.js'
import type { Notification } from '../../src/domain/incident-notification.js'

export function anExtent(overrides: Partial<IncidentExtent> = {}): IncidentExtent {
  const message = 'Connecting to sftp.example.com:22: connect ECONNREFUSED'
  return {
    tenants: 1,
    firstTenants: ['acme'],
    files: 1,
    oldestWindow: new Date('2026-11-26T00:00:00Z'),
    failedRuns: 0,
    latest: { message, tenantId: 'acme', entity: 'user', runId: 'run-1', workflowId: 'export-acme', attempts: 2 },
    ...overrides,
  }
}

export function anIncident(overrides: Partial<Incident> = {}): Incident {
  const openedAt = new Date('2026-11-27T00:00:00Z')
  return {
    id: '0199a1c2-7f7e-4e7f-8d3c-5b0f4f3f2a10',
    ...{ code: 'SFTP_UNAVAILABLE', subject: 'sftp.example.com:22' },
    ...{ openedAt, lastSeenAt: openedAt, resolvedAt: null, announcedAt: null },
    extent: anExtent(),
    ...overrides,
  }
}

export function aNotification(overrides: Partial<Notification> = {}): Notification {
  const createdAt = new Date('2026-11-27T00:01:00Z')
  return { id: randomUUID(), kind: 'opened', createdAt, incident: anIncident(), ...overrides }
}

/** Keeps what is reported to it, in order. */
export interface RecordedReports extends IncidentReports {
  readonly reports: { readonly how: string; readonly what: Record<string, unknown> }[]
}

export function recordReports(): RecordedReports {
  const reports: RecordedReports['reports'] = []
  return {
    reports,
    report: async (failure) => void reports.push({ how: 'report', what: { ...failure } }),
    reportFinding: async (code, finding) => void reports.push({ how: 'finding', what: { code, ...finding } }),
    observe: async (code, subject, affected) =>
      void reports.push({ how: 'observe', what: { code, subject, affected } }),
  }
}
